//! From the names of specs to the identifiers of Rust.
//!
//! Names in specs are free text and stay as they are on the wire. [`Name`] adds the identifiers that stand for
//! one in generated code, and [`Name::distinct`] makes sure that no two names of a scope share one: `OK` and
//! `ok` are two states.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Ident, Span};

/// A name and the identifiers that stand for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// As the spec has it.
    pub raw: String,
    /// For types and variants: `TurnOn`.
    pub type_ident: String,
    /// For constants: `TURN_ON`.
    pub value_ident: String,
    /// For modules: `turn_on`.
    pub module_ident: String,
}

/// Constants that every machine's module has already.
const VALUES_IN_USE: [&str; 5] = ["MACHINE", "STATES", "TRANSITIONS", "WATCHERS", "EDGES"];

/// Words that cannot name a module, and crates that a module of that name would hide.
const NOT_MODULES: [&str; 57] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "chorister",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// Of [`NOT_MODULES`], crates and attributes: fields and methods may have their names.
const CRATES: [&str; 6] = ["alloc", "chorister", "core", "proc_macro", "std", "test"];

/// Longest identifier, so that a module's file has a name that every file system takes.
const MAX_LENGTH: usize = 100;

// === impl Name ===

impl Name {
    /// The names of one scope, in order, each with identifiers of its own.
    ///
    /// Of names that would share an identifier the first keeps it and the others are numbered; an identifier
    /// that Rust or the generated module needs itself gets a trailing underscore.
    #[must_use]
    pub fn distinct<'a>(raws: impl IntoIterator<Item = &'a str>) -> Vec<Self> {
        let raws: Vec<&str> = raws.into_iter().collect();
        let words: Vec<Vec<String>> = raws.iter().map(|raw| words(raw)).collect();
        let each = |case: fn(&[String]) -> String, joint, reserved| {
            distinct(words.iter().map(|it| case(it)).collect(), joint, reserved)
        };
        let types = each(upper_camel, "", &["Self"]);
        let values = each(|it| snake(it).to_ascii_uppercase(), "_", &VALUES_IN_USE);
        let modules = each(snake, "_", &NOT_MODULES);
        raws.into_iter()
            .zip(types.into_iter().zip(values.into_iter().zip(modules)))
            .map(|(raw, (type_ident, (value_ident, module_ident)))| Self {
                raw: raw.to_owned(),
                type_ident,
                value_ident,
                module_ident,
            })
            .collect()
    }

    /// Identifiers of types, in order, different from each other and from `reserved`.
    pub(crate) fn types<'a>(
        raws: impl IntoIterator<Item = &'a str>,
        reserved: &[&str],
    ) -> Vec<Ident> {
        let cased = raws.into_iter().map(|it| upper_camel(&words(it)));
        idents(distinct(cased.collect(), "", reserved))
    }

    /// Identifiers of fields and methods, in order, different from each other, from keywords and from `reserved`.
    pub(crate) fn members<'a>(
        raws: impl IntoIterator<Item = &'a str>,
        reserved: &[&'static str],
    ) -> Vec<Ident> {
        let keywords = NOT_MODULES.into_iter().filter(|it| !CRATES.contains(it));
        let reserved: Vec<_> = keywords.chain(reserved.iter().copied()).collect();
        let cased = raws.into_iter().map(|it| snake(&words(it)));
        idents(distinct(cased.collect(), "_", &reserved))
    }

    /// Identifiers of constants, in order, different from each other and from `reserved`.
    pub(crate) fn constants<'a>(
        raws: impl IntoIterator<Item = &'a str>,
        reserved: &[&str],
    ) -> Vec<Ident> {
        let cased = raws
            .into_iter()
            .map(|it| snake(&words(it)).to_ascii_uppercase());
        idents(distinct(cased.collect(), "_", reserved))
    }

    pub(crate) fn variant(&self) -> Ident {
        Ident::new(&self.type_ident, Span::call_site())
    }

    pub(crate) fn constant(&self) -> Ident {
        Ident::new(&self.value_ident, Span::call_site())
    }

    pub(crate) fn module(&self) -> Ident {
        Ident::new(&self.module_ident, Span::call_site())
    }
}

fn idents(names: Vec<String>) -> Vec<Ident> {
    let span = Span::call_site();
    names.iter().map(|it| Ident::new(it, span)).collect()
}

/// Whether variants of an enum read alike: all begin or end with the same word, or one does with the enum's own name.
///
/// In code that a person wrote, clippy would ask for shorter names, from the third variant on.
pub(crate) fn read_alike(name: &str, variants: &[Name]) -> bool {
    let split: Vec<Vec<String>> = variants.iter().map(|it| words(&it.type_ident)).collect();
    let share = |word: fn(&[String]) -> Option<&String>| {
        split
            .first()
            .is_some_and(|first| split.iter().all(|it| word(it) == word(first)))
    };
    let repeats = |it: &Name| it.type_ident.starts_with(name) || it.type_ident.ends_with(name);
    variants.len() > 2
        && (share(<[String]>::first) || share(<[String]>::last) || variants.iter().any(repeats))
}

/// The words of a name, in lower-case ASCII.
///
/// A word ends at anything that is neither letter nor digit, before a capital that follows a small letter, and
/// before the last of several capitals that a small letter follows (`HTTPServer` is two words). A character
/// beyond ASCII becomes its code point: legible enough, and safe from look-alikes.
fn words(raw: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut characters = raw.chars().peekable();
    let mut before = ' ';
    while let Some(character) = characters.next() {
        let starts = match character {
            _ if !character.is_ascii() => !character.is_whitespace(),
            'A'..='Z' => {
                !before.is_ascii_uppercase()
                    || characters.peek().is_some_and(char::is_ascii_lowercase)
            }
            _ => false,
        };
        if starts || !character.is_ascii_alphanumeric() || !before.is_ascii() {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
        if character.is_ascii_alphanumeric() {
            word.push(character.to_ascii_lowercase());
        } else if !character.is_ascii() && !character.is_whitespace() {
            word = format!("u{:04x}", u32::from(character));
        }
        before = character;
    }
    words.extend((!word.is_empty()).then_some(word));
    match words.first() {
        None => vec!["unnamed".to_owned()],
        Some(first) if first.starts_with(|it: char| it.is_ascii_digit()) => {
            words.insert(0, "n".to_owned());
            words
        }
        Some(_) => words,
    }
}

fn upper_camel(words: &[String]) -> String {
    let capitalised = words.iter().flat_map(|word| {
        let (first, rest) = word.split_at(1.min(word.len()));
        [first.to_ascii_uppercase(), rest.to_owned()]
    });
    shortened(capitalised.collect())
}

fn snake(words: &[String]) -> String {
    shortened(words.join("_"))
}

fn shortened(mut ident: String) -> String {
    ident.truncate(MAX_LENGTH);
    ident.truncate(ident.trim_end_matches('_').len());
    ident
}

fn distinct(idents: Vec<String>, joint: &str, reserved: &[&str]) -> Vec<String> {
    let mut taken: HashSet<String> = idents.iter().cloned().collect();
    let mut seen = HashMap::<String, usize>::new();
    idents
        .into_iter()
        .map(|ident| {
            let count = seen
                .entry(ident.clone())
                .and_modify(|it| *it += 1)
                .or_insert(1);
            if *count == 1 {
                return if reserved.contains(&ident.as_str()) {
                    ident + "_"
                } else {
                    ident
                };
            }
            loop {
                let numbered = format!("{ident}{joint}{count}");
                if taken.insert(numbered.clone()) {
                    return numbered;
                }
                *count += 1;
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expect: [&str; 3]) {
        let names = Name::distinct([raw]);
        let [name] = names.as_slice() else {
            panic!("one name gives one")
        };
        assert_eq!(
            [&*name.type_ident, &*name.value_ident, &*name.module_ident],
            expect,
            "{raw:?}"
        );
    }

    fn types(raws: &[&str]) -> Vec<String> {
        Name::distinct(raws.iter().copied())
            .into_iter()
            .map(|it| it.type_ident)
            .collect()
    }

    #[test]
    fn casing_follows_the_words() {
        check("turn_on", ["TurnOn", "TURN_ON", "turn_on"]);
        check("turnOn", ["TurnOn", "TURN_ON", "turn_on"]);
        check("OK", ["Ok", "OK", "ok"]);
        check("FORCE_CHECK", ["ForceCheck", "FORCE_CHECK", "force_check"]);
        check("HTTPServer", ["HttpServer", "HTTP_SERVER", "http_server"]);
        check("v2Beta", ["V2Beta", "V2_BETA", "v2_beta"]);
        check(
            "  disk-space.root ",
            ["DiskSpaceRoot", "DISK_SPACE_ROOT", "disk_space_root"],
        );
    }

    #[test]
    fn whatever_cannot_be_an_identifier_becomes_one() {
        check("2fast", ["N2fast", "N_2FAST", "n_2fast"]);
        check("", ["Unnamed", "UNNAMED", "unnamed"]);
        check("---", ["Unnamed", "UNNAMED", "unnamed"]);
        check("caf\u{e9}s", ["CafU00e9S", "CAF_U00E9_S", "caf_u00e9_s"]);
        check("\u{1f4a1}", ["U1f4a1", "U1F4A1", "u1f4a1"]);
    }

    #[test]
    fn what_rust_needs_itself_is_left_to_it() {
        check("self", ["Self_", "SELF", "self_"]);
        check("type", ["Type", "TYPE", "type_"]);
        check("core", ["Core", "CORE", "core_"]);
        check("machine", ["Machine", "MACHINE_", "machine"]);
    }

    #[test]
    fn names_that_differ_have_identifiers_that_differ() {
        assert_eq!(types(&["OK", "ok", "Ok"]), ["Ok", "Ok2", "Ok3"]);
        assert_eq!(types(&["ok", "ok2", "OK"]), ["Ok", "Ok2", "Ok3"]);
        assert_eq!(
            types(&["a-b", "a_b", "aB", "AB"]),
            ["AB", "AB2", "AB3", "Ab"]
        );
        assert_eq!(
            types(&["self", "Self", "SELF"]),
            ["Self_", "Self2", "Self3"]
        );
    }

    #[test]
    fn a_long_name_stays_a_file_name() {
        let long = "x".repeat(1000);
        let names = Name::distinct([long.as_str(), &format!("{long}y")]);
        assert!(
            names
                .iter()
                .all(|it| it.module_ident.len() <= MAX_LENGTH + 4)
        );
        assert_ne!(names[0].module_ident, names[1].module_ident);
    }
}
