//! Did you mean …?

/// The candidate that is most like `name`, if one is.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates.into_iter().find(|it| it.eq_ignore_ascii_case(name))
}
