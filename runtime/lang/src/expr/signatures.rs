//! What the functions of the language take and give.

use super::environment::Type;
use super::tree::Builtin;

/// What an argument has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accept {
    /// Anything.
    Any,
    /// A number.
    Number,
    /// A number, or text that is one.
    Numeric,
    /// An integer.
    Int,
    /// Text.
    String,
    /// A list.
    List,
    /// A map.
    Map,
    /// What has a length: a list, a map or text.
    Sized,
    /// A number, or a list of numbers.
    Numbers,
    /// What can be indexed: a list, a map or nothing.
    Indexed,
    /// `"asc"` or `"desc"`.
    Order,
    /// A condition on `#`.
    Predicate,
    /// An expression of `#`.
    Body,
}

/// The arguments of a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arguments {
    /// What each has to be.
    pub(super) accepts: &'static [Accept],
    /// How many must be there.
    pub(super) required: usize,
    /// Whether the last may be repeated.
    pub(super) variadic: bool,
}

impl Accept {
    /// Whether a value of a type may be one.
    pub(super) fn allows(self, ty: &Type) -> bool {
        use Type as T;
        match (self, ty) {
            (Self::Any | Self::Body, _) | (_, T::Any) => true,
            (Self::Number, T::Int | T::Float) => true,
            (Self::Numeric, T::Int | T::Float | T::String) => true,
            (Self::Int, T::Int) => true,
            (Self::String | Self::Order, T::String) => true,
            (Self::List, T::List(_)) => true,
            (Self::Map, T::Map(_)) => true,
            (Self::Sized, T::List(_) | T::Map(_) | T::String) => true,
            (Self::Numbers, T::Int | T::Float) => true,
            (Self::Numbers, T::List(item)) => match &**item {
                T::List(_) => self.allows(item),
                item => Self::Number.allows(item),
            },
            (Self::Indexed, T::List(_) | T::Map(_) | T::Nil) => true,
            (Self::Predicate, T::Bool) => true,
            _ => false,
        }
    }

    /// What messages call it.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Any | Self::Body => "anything",
            Self::Number => "a number",
            Self::Numeric => "a number or a string",
            Self::Int => "an int",
            Self::String => "a string",
            Self::List => "a list",
            Self::Map => "a map",
            Self::Sized => "a list, a map or a string",
            Self::Numbers => "numbers or lists of numbers",
            Self::Indexed => "a list or a map",
            Self::Order => "\"asc\" or \"desc\"",
            Self::Predicate => "a bool",
        }
    }
}

/// What a function takes.
pub(super) fn arguments(builtin: Builtin) -> Arguments {
    use Accept as A;
    use Builtin as B;
    let exactly = |accepts: &'static [Accept]| Arguments {
        accepts,
        required: accepts.len(),
        variadic: false,
    };
    let from = |required, accepts| Arguments {
        accepts,
        required,
        variadic: false,
    };
    let many = |accepts| Arguments {
        accepts,
        required: 1,
        variadic: true,
    };
    match builtin {
        B::All | B::None | B::Any | B::One | B::Filter => exactly(&[A::List, A::Predicate]),
        B::Find | B::FindIndex | B::FindLast | B::FindLastIndex => {
            exactly(&[A::List, A::Predicate])
        }
        B::Count => from(1, &[A::List, A::Predicate]),
        B::Map | B::GroupBy => exactly(&[A::List, A::Body]),
        B::Sum => from(1, &[A::List, A::Body]),
        B::SortBy => from(2, &[A::List, A::Body, A::Order]),
        B::Reduce => from(2, &[A::List, A::Body, A::Any]),
        B::Len => exactly(&[A::Sized]),
        B::Type | B::String | B::ToJson => exactly(&[A::Any]),
        B::Abs | B::Ceil | B::Floor | B::Round => exactly(&[A::Number]),
        B::Int | B::Float => exactly(&[A::Numeric]),
        B::Trim | B::TrimPrefix | B::TrimSuffix => from(1, &[A::String, A::String]),
        B::Upper | B::Lower | B::FromJson | B::ToBase64 | B::FromBase64 => exactly(&[A::String]),
        B::Split | B::SplitAfter => from(2, &[A::String, A::String, A::Int]),
        B::Replace => from(3, &[A::String, A::String, A::String, A::Int]),
        B::Repeat => exactly(&[A::String, A::Int]),
        B::Join => from(1, &[A::List, A::String]),
        B::IndexOf | B::LastIndexOf | B::HasPrefix | B::HasSuffix => {
            exactly(&[A::String, A::String])
        }
        B::Max | B::Min | B::Mean | B::Median => many(&[A::Numbers]),
        B::First | B::Last | B::Reverse | B::Uniq | B::Flatten | B::FromPairs => {
            exactly(&[A::List])
        }
        B::Get => exactly(&[A::Indexed, A::Any]),
        B::Take => exactly(&[A::List, A::Int]),
        B::Keys | B::Values | B::ToPairs => exactly(&[A::Map]),
        B::Concat => many(&[A::List]),
        B::Sort => from(1, &[A::List, A::Order]),
    }
}

/// What a function gives for arguments of these types.
pub(super) fn result(builtin: Builtin, arguments: &[Type]) -> Type {
    use Builtin as B;
    let argument = |at: usize| arguments.get(at).cloned().unwrap_or_default();
    let list = |item: Type| Type::List(Box::new(item));
    match builtin {
        B::All | B::None | B::Any | B::One | B::HasPrefix | B::HasSuffix => Type::Bool,
        B::Count | B::Len | B::Int | B::IndexOf | B::LastIndexOf => Type::Int,
        B::Ceil | B::Floor | B::Round | B::Float | B::Mean | B::Median => Type::Float,
        B::Abs => argument(0),
        B::Type | B::String | B::Trim | B::TrimPrefix | B::TrimSuffix | B::Upper | B::Lower => {
            Type::String
        }
        B::Replace | B::Repeat | B::Join | B::ToJson | B::ToBase64 | B::FromBase64 => Type::String,
        B::Split | B::SplitAfter => list(Type::String),
        B::Filter | B::SortBy | B::Sort | B::Take | B::Reverse | B::Uniq => {
            list(argument(0).item())
        }
        B::Map => list(argument(1)),
        B::Sum if arguments.len() > 1 => argument(1),
        B::Sum => argument(0).item(),
        B::Keys if matches!(argument(0), Type::Map(_)) => list(Type::String),
        B::Keys | B::Values | B::Concat | B::Flatten | B::ToPairs => list(Type::Any),
        // Whether there is such an item is known only then; and `max` of one value is that value.
        B::Find | B::FindLast | B::FindIndex | B::FindLastIndex | B::First | B::Last => Type::Any,
        B::Get | B::FromJson | B::FromPairs | B::GroupBy | B::Reduce | B::Max | B::Min => Type::Any,
    }
}
