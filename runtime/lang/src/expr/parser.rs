//! Tokens to a tree: precedence climbing with the operator table of expr-lang.

mod table;

use super::Limits;
use super::lexer::{Token, TokenKind, lex};
use super::syntax::{Kind, Node, Span};
use super::tree::Operator;
use crate::syntax::SyntaxError;
use table::{is_comparison, operator, operator_of_comparison, precedence};

/// The tree of an expression.
pub(super) fn parse(source: &str) -> Result<Node, Vec<SyntaxError>> {
    let tokens = lex(source)?;
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        nesting: 0,
        predicates: 0,
        nodes: 0,
    };
    parser.program().map_err(|error| vec![error])
}

type Parsed<T = Node> = Result<T, SyntaxError>;

/// Functions whose second argument is evaluated for each item of the first.
pub(super) const PREDICATES: &[&str] = &[
    "all",
    "none",
    "any",
    "one",
    "filter",
    "map",
    "count",
    "sum",
    "find",
    "findIndex",
    "findLast",
    "findLastIndex",
    "groupBy",
    "sortBy",
    "reduce",
];

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    /// Calls of [`Parser::expression`] that have not returned.
    nesting: usize,
    /// Predicates around the current token, in which `#` has a meaning.
    predicates: usize,
    /// Nodes made so far.
    nodes: usize,
}

/// What stands after the last token.
static END: Token = Token {
    kind: TokenKind::End,
    span: 0..0,
};

impl<'a> Parser<'a> {
    // --- tokens

    fn token(&self) -> &'a Token {
        self.tokens
            .get(self.at)
            .or(self.tokens.last())
            .unwrap_or(&END)
    }

    fn ahead(&self) -> &'a Token {
        self.tokens
            .get(self.at + 1)
            .or(self.tokens.last())
            .unwrap_or(&END)
    }

    fn symbol(&self) -> Option<&'static str> {
        match self.token().kind {
            TokenKind::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }

    fn is(&self, symbol: &str) -> bool {
        self.symbol() == Some(symbol)
    }

    fn accept(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str, what_for: &str) -> Parsed<Span> {
        let span = self.token().span.clone();
        if self.accept(symbol) {
            return Ok(span);
        }
        Err(self.unexpected(&format!("expected `{symbol}` {what_for}")))
    }

    fn name(&mut self, what_for: &str) -> Parsed<(String, Span)> {
        match &self.token().kind {
            TokenKind::Name(name) => {
                let found = (name.clone(), self.token().span.clone());
                self.at += 1;
                Ok(found)
            }
            _ => Err(self.unexpected(&format!("expected {what_for}"))),
        }
    }

    fn unexpected(&self, expected: &str) -> SyntaxError {
        let token = self.token();
        let found = match &token.kind {
            TokenKind::End => "the text ends here".to_owned(),
            TokenKind::Name(name) => format!("found `{name}`"),
            TokenKind::Symbol(symbol) => format!("found `{symbol}`"),
            TokenKind::Int(_) | TokenKind::Float(_) => "found a number".to_owned(),
            TokenKind::Str(_) => "found a text".to_owned(),
        };
        let error = SyntaxError::new(token.span.clone(), format!("{expected}, {found}"));
        match self.symbol() {
            Some("=") if expected.contains("operator") => {
                error.with_help("two values are compared with `==`")
            }
            Some("#") => {
                error.with_help("`#` is the item inside predicates, as in `filter(list, # > 1)`")
            }
            _ => error,
        }
    }

    /// The end of the last token that was taken.
    fn end(&self) -> usize {
        self.at
            .checked_sub(1)
            .and_then(|at| self.tokens.get(at))
            .map_or(0, |token| token.span.end)
    }

    // --- nodes

    fn node(&mut self, start: usize, kind: Kind) -> Parsed {
        let end = self.end();
        self.node_at(start..end.max(start), kind)
    }

    fn node_at(&mut self, span: Span, kind: Kind) -> Parsed {
        let mut depth = 0;
        kind.for_each(|part| depth = depth.max(part.depth));
        depth += 1;
        self.nodes += 1;
        if depth > Limits::DEPTH || self.nodes > Limits::NODES {
            return Err(SyntaxError::new(span, "this expression is too large"));
        }
        Ok(Node { span, kind, depth })
    }

    // --- grammar

    fn program(&mut self) -> Parsed {
        let node = self.sequence()?;
        match self.token().kind {
            TokenKind::End => Ok(node),
            _ => Err(self.unexpected("expected an operator or the end")),
        }
    }

    fn sequence(&mut self) -> Parsed {
        let start = self.token().span.start;
        let first = self.expression(0)?;
        let mut nodes = vec![first];
        while self.accept(";") {
            if self.token().kind == TokenKind::End {
                break;
            }
            nodes.push(self.expression(0)?);
        }
        match nodes.pop() {
            Some(only) if nodes.is_empty() => Ok(only),
            last => {
                nodes.extend(last);
                self.node(start, Kind::Sequence(nodes))
            }
        }
    }

    fn expression(&mut self, least: u16) -> Parsed {
        self.nesting += 1;
        if self.nesting > Limits::DEPTH {
            return Err(SyntaxError::new(
                self.token().span.clone(),
                "this is nested too deeply",
            ));
        }
        let node = match self.symbol() {
            Some("let") if least == 0 => self.declaration(),
            Some("if") if least == 0 => self.condition(),
            _ => self.operation(least),
        };
        self.nesting -= 1;
        node
    }

    fn declaration(&mut self) -> Parsed {
        let start = self.token().span.start;
        self.at += 1;
        let (name, name_span) = self.name("a name after `let`")?;
        self.expect("=", "after the name")?;
        let value = Box::new(self.expression(0)?);
        self.expect(";", "after the value")?;
        let rest = Box::new(self.sequence()?);
        self.node(
            start,
            Kind::Let {
                name,
                name_span,
                value,
                rest,
            },
        )
    }

    fn condition(&mut self) -> Parsed {
        let start = self.token().span.start;
        self.at += 1;
        let condition = self.expression(0)?;
        let then = self.block()?;
        if !self.accept("else") {
            return Err(self.unexpected("expected `else`"));
        }
        let otherwise = if self.is("if") {
            self.expression(0)?
        } else {
            self.block()?
        };
        self.node(
            start,
            Kind::If(condition.into(), then.into(), otherwise.into()),
        )
    }

    fn block(&mut self) -> Parsed {
        self.expect("{", "before what depends on the condition")?;
        let node = self.sequence()?;
        self.expect("}", "after it")?;
        Ok(node)
    }

    fn operation(&mut self, least: u16) -> Parsed {
        let mut left = self.primary()?;
        let mut coalesced = false;
        while let Some(mut symbol) = self.symbol() {
            let negated = symbol == "not";
            if negated {
                match self.ahead().kind {
                    TokenKind::Symbol(
                        word @ ("in" | "matches" | "contains" | "startsWith" | "endsWith"),
                    ) => symbol = word,
                    _ => {
                        self.at += 1;
                        return Err(self.unexpected("expected `in`, `matches`, `contains`, `startsWith` or `endsWith` after `not`"));
                    }
                }
            }
            let Some((strength, from_right)) = precedence(symbol).filter(|it| it.0 >= least) else {
                break;
            };
            let operator_span = self.token().span.clone();
            self.at += 1 + usize::from(negated);
            let Some(operator) = operator(symbol) else {
                left = self.pipe(left)?;
                coalesced = false;
                continue;
            };
            if coalesced && operator != Operator::Coalesce {
                let message = format!("`{symbol}` and `??` cannot be mixed without parentheses");
                return Err(SyntaxError::new(operator_span, message)
                    .with_help("write `(a ?? b)` for the value with its default"));
            }
            coalesced = operator == Operator::Coalesce;
            let start = left.span.start;
            let right = self.expression(if from_right { strength } else { strength + 1 })?;
            left = if is_comparison(operator) {
                self.comparison(left, operator, right, strength)?
            } else {
                self.node(start, Kind::Binary(operator, left.into(), right.into()))?
            };
            if negated {
                left = self.node(start, Kind::Not(left.into()))?;
            }
        }
        if least == 0 {
            self.ternary(left)
        } else {
            Ok(left)
        }
    }

    /// `a < b` and what follows when that is a comparison too.
    fn comparison(&mut self, left: Node, operator: Operator, right: Node, strength: u16) -> Parsed {
        let start = left.span.start;
        let mut rest = vec![(operator, right)];
        while let Some(next) = self.symbol().and_then(operator_of_comparison) {
            self.at += 1;
            rest.push((next, self.expression(strength + 1)?));
        }
        match rest.pop() {
            Some((operator, right)) if rest.is_empty() => {
                self.node(start, Kind::Binary(operator, left.into(), right.into()))
            }
            last => {
                rest.extend(last);
                self.node(start, Kind::Comparison(left.into(), rest))
            }
        }
    }

    fn ternary(&mut self, mut node: Node) -> Parsed {
        while self.accept("?") {
            let start = node.span.start;
            let kind = if self.accept(":") {
                Kind::Elvis(node.into(), self.expression(0)?.into())
            } else {
                let then = self.expression(0)?;
                self.expect(":", "between the two values of `? :`")?;
                Kind::If(node.into(), then.into(), self.expression(0)?.into())
            };
            node = self.node(start, kind)?;
        }
        Ok(node)
    }

    fn pipe(&mut self, left: Node) -> Parsed {
        let start = left.span.start;
        let (name, name_span) = self.name("the name of a function after `|`")?;
        // Nothing but an operator follows: `a | f().b` is no expression, `(a | f()).b` is.
        self.call(name, name_span, Some(left), start)
    }

    fn primary(&mut self) -> Parsed {
        let token = self.token();
        let start = token.span.start;
        let node = match &token.kind {
            TokenKind::Symbol(symbol @ ("not" | "!" | "-" | "+")) => {
                self.at += 1;
                let logic = matches!(*symbol, "not" | "!");
                let operand = self.expression(if logic { 50 } else { 90 })?;
                let kind = if logic {
                    Kind::Not(operand.into())
                } else {
                    Kind::Sign(*symbol == "-", operand.into())
                };
                self.node(start, kind)?
            }
            TokenKind::Symbol("(") => {
                self.at += 1;
                let node = self.sequence()?;
                self.expect(")", "to close the parenthesis")?;
                node
            }
            TokenKind::Symbol("#") if self.predicates > 0 => {
                self.at += 1;
                let name = match &self.token().kind {
                    TokenKind::Name(name) => {
                        self.at += 1;
                        Some(name.clone())
                    }
                    _ => None,
                };
                self.node(start, Kind::Pointer(name))?
            }
            // `.name` in a predicate is `#.name`.
            TokenKind::Symbol(".") if self.predicates > 0 => {
                self.node_at(start..start, Kind::Pointer(None))?
            }
            TokenKind::Symbol("[") => self.array()?,
            TokenKind::Symbol("{") => self.map()?,
            TokenKind::Name(name) => {
                self.at += 1;
                match name.as_str() {
                    // Nothing follows these: `nil.x` is no expression.
                    "true" => return self.node(start, Kind::Bool(true)),
                    "false" => return self.node(start, Kind::Bool(false)),
                    "nil" => return self.node(start, Kind::Nil),
                    _ if self.is("(") => {
                        self.call(name.clone(), token.span.clone(), None, start)?
                    }
                    _ => self.node(start, Kind::Name(name.clone()))?,
                }
            }
            TokenKind::Int(value) => {
                self.at += 1;
                return self.node(start, Kind::Int(*value));
            }
            TokenKind::Float(value) => {
                self.at += 1;
                return self.node(start, Kind::Float(*value));
            }
            TokenKind::Str(text) => {
                self.at += 1;
                self.node(start, Kind::Str(text.clone()))?
            }
            TokenKind::Symbol(_) | TokenKind::End => {
                return Err(self.unexpected("expected a value"));
            }
        };
        self.postfix(node)
    }

    fn array(&mut self) -> Parsed {
        let start = self.token().span.start;
        self.at += 1;
        let mut items = Vec::new();
        while !self.is("]") {
            items.push(self.expression(0)?);
            if !self.accept(",") {
                break;
            }
        }
        self.expect("]", "to close the list")?;
        self.node(start, Kind::Array(items))
    }

    fn map(&mut self) -> Parsed {
        let start = self.token().span.start;
        self.at += 1;
        let mut entries = Vec::new();
        while !self.is("}") {
            let token = self.token();
            let key = match &token.kind {
                TokenKind::Symbol("(") => self.expression(0)?,
                TokenKind::Name(text) | TokenKind::Str(text) => self.key(text.clone())?,
                TokenKind::Int(value) => self.key(value.to_string())?,
                TokenKind::Float(value) => self.key(value.to_string())?,
                _ => {
                    return Err(self
                        .unexpected("expected a key: a name, a text, a number or `(expression)`"));
                }
            };
            self.expect(":", "after the key")?;
            entries.push((key, self.expression(0)?));
            if !self.accept(",") {
                break;
            }
        }
        self.expect("}", "to close the map")?;
        self.node(start, Kind::Map(entries))
    }

    fn key(&mut self, text: String) -> Parsed {
        let start = self.token().span.start;
        self.at += 1;
        self.node(start, Kind::Str(text))
    }

    /// The arguments of a call; what stands before a pipe is the first.
    fn call(&mut self, name: String, name_span: Span, piped: Option<Node>, start: usize) -> Parsed {
        self.expect("(", "after the name of a function")?;
        let predicate = PREDICATES.contains(&name.as_str());
        let mut arguments = Vec::from_iter(piped);
        while !self.is(")") {
            let argument = if predicate && arguments.len() == 1 {
                self.predicate()?
            } else {
                self.expression(0)?
            };
            arguments.push(argument);
            if !self.accept(",") {
                break;
            }
        }
        self.expect(")", "to close the arguments")?;
        self.node(
            start,
            Kind::Call {
                name,
                name_span,
                arguments,
            },
        )
    }

    fn predicate(&mut self) -> Parsed {
        self.predicates += 1;
        let node = if self.accept("{") {
            let node = self.sequence()?;
            self.expect("}", "to close the predicate")?;
            node
        } else {
            let node = self.expression(0)?;
            if self.is(";") {
                return Err(self
                    .unexpected("expected the end of the predicate")
                    .with_help("put several expressions in braces: `{ a; b }`"));
            }
            node
        };
        self.predicates -= 1;
        Ok(node)
    }

    fn postfix(&mut self, mut node: Node) -> Parsed {
        loop {
            let optional = self.is("?.");
            if optional && matches!(self.ahead().kind, TokenKind::Symbol("[")) {
                self.at += 1;
                node = self.subscript(node, true)?;
            } else if optional || self.is(".") {
                self.at += 1;
                node = self.property(node, optional)?;
            } else if self.is("[") {
                node = self.subscript(node, false)?;
            } else {
                return Ok(node);
            }
        }
    }

    fn property(&mut self, base: Node, optional: bool) -> Parsed {
        let start = base.span.start;
        let token = self.token();
        let name = match &token.kind {
            TokenKind::Name(name) => name.clone(),
            TokenKind::Symbol(word) if word.starts_with(char::is_alphabetic) => (*word).to_owned(),
            _ => return Err(self.unexpected("expected a name after the dot")),
        };
        self.at += 1;
        if self.is("(") {
            let message = format!("values have no methods, so there is no `{name}` to call");
            return Err(
                SyntaxError::new(token.span.clone(), message).with_help(format!(
                    "a function is called as `{name}(value)` or `value | {name}()`"
                )),
            );
        }
        let key = self.node_at(token.span.clone(), Kind::Str(name))?;
        // What follows `?.` belongs to the same chain: `a?.b.c` is nil as a whole when `a` is.
        let (base, chained) = match base.kind {
            Kind::Chain(inner) => (*inner, true),
            _ => (base, optional),
        };
        let member = self.node(start, Kind::Member(base.into(), key.into(), optional))?;
        if chained {
            self.node(start, Kind::Chain(member.into()))
        } else {
            Ok(member)
        }
    }

    fn subscript(&mut self, base: Node, optional: bool) -> Parsed {
        let start = base.span.start;
        self.at += 1;
        let from = if self.is(":") {
            None
        } else {
            Some(Box::new(self.expression(0)?))
        };
        let kind = match from {
            Some(key) if !self.is(":") => Kind::Member(base.into(), key, optional),
            from => {
                self.at += 1;
                let to = if self.is("]") {
                    None
                } else {
                    Some(Box::new(self.expression(0)?))
                };
                Kind::Slice(base.into(), from, to)
            }
        };
        self.expect("]", "to close the index")?;
        let chained = optional && matches!(kind, Kind::Member(..));
        let node = self.node(start, kind)?;
        if chained {
            self.node(start, Kind::Chain(node.into()))
        } else {
            Ok(node)
        }
    }
}
