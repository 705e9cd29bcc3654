//! The machines, check classes and agents that come with Chorister, by the names that follow `std/`.

use chorister_spec::distribution::{AgentEntry, Origin, Sort};

/// A name of the registry with the spec of that name.
macro_rules! standard {
    ($folder:literal, $stem:literal, $($name:literal),* $(,)?) => {
        &[$((
            $name,
            include_str!(concat!("../../../specs/std/", $folder, "/", $name, ".", $stem, ".yaml")),
        )),*]
    };
}

/// Every standard machine: its name and the text of its spec, sorted by name.
pub const MACHINES: &[(&str, &str)] =
    standard!("machines", "machine", "disk-space", "heartbeat", "load");

/// Every standard check class: its name and the text of its spec, sorted by name.
pub const CLASSES: &[(&str, &str)] = standard!(
    "checks",
    "check",
    "disk",
    "dns",
    "file_age",
    "heartbeat",
    "http",
    "inode",
    "load",
    "log_pattern",
    "memory",
    "node_status",
    "ntp_offset",
    "process",
    "swap",
    "systemd_unit",
    "tcp",
);

/// Every standard agent: its name and the text of its DDL, sorted by name.
pub const AGENTS: &[(&str, &str)] = standard!(
    "agents",
    "ddl",
    "backplane",
    "choria_registry",
    "choria_util",
    "executor",
    "program",
    "rpcutil",
    "scout",
);

/// The standard agents that are in the library, so that nobody has to implement them; sorted by name.
pub const HOSTED: [&str; 6] = [
    "backplane",
    "choria_registry",
    "choria_util",
    "executor",
    "rpcutil",
    "scout",
];

/// The name of the standard agent that is hosted as it is in the library.
#[must_use]
pub fn hosted(entry: &AgentEntry) -> Option<&'static str> {
    let Origin::Standard(name) = &entry.entry.origin else {
        return None;
    };
    let known = HOSTED.into_iter().find(|it| it == name)?;
    entry.implementation.is_none().then_some(known)
}

/// Everything of a sort.
#[must_use]
pub const fn all(sort: Sort) -> &'static [(&'static str, &'static str)] {
    match sort {
        Sort::Machine => MACHINES,
        Sort::Class => CLASSES,
        Sort::Agent => AGENTS,
        Sort::Data => &[],
    }
}

/// The text of a standard spec.
#[must_use]
pub fn text(sort: Sort, name: &str) -> Option<&'static str> {
    let all = all(sort);
    let at = all.binary_search_by_key(&name, |(it, _)| it).ok()?;
    all.get(at).map(|(_, text)| *text)
}

/// Where a standard spec lies, below the folder of them all.
#[must_use]
pub fn path(sort: Sort, name: &str) -> String {
    let folder = match sort {
        Sort::Machine => "machines",
        Sort::Class => "checks",
        Sort::Agent => "agents",
        Sort::Data => "data",
    };
    format!("{folder}/{}", file(sort, name))
}

/// The name of the file of a spec.
#[must_use]
pub fn file(sort: Sort, name: &str) -> String {
    format!("{name}.{}.yaml", sort.stem())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sort: Sort) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/std");
        let folder = std::path::Path::new(folder).join(path(sort, ""));
        let ending = format!(".{}.yaml", sort.stem());
        let files = std::fs::read_dir(folder.parent().unwrap()).unwrap();
        let files = files.map(|it| it.unwrap().file_name());
        let mut files: Vec<String> = files
            .filter_map(|it| {
                it.to_str()
                    .unwrap()
                    .strip_suffix(&ending)
                    .map(str::to_owned)
            })
            .collect();
        files.sort();
        let names: Vec<_> = all(sort).iter().map(|(name, _)| *name).collect();
        assert_eq!(names, files);
    }

    #[test]
    fn the_registry_lists_every_file() {
        check(Sort::Machine);
        check(Sort::Class);
        check(Sort::Agent);
    }

    #[test]
    fn standard_classes_are_called_as_their_files_and_nothing_is_wrong_with_them() {
        for (name, text) in CLASSES {
            let source = chorister_spec::Source::new(file(Sort::Class, name), *text);
            let checked = chorister_spec::class::check(&source);
            assert_eq!(checked.machine.diagnostics, [], "{name}");
            assert_eq!(checked.class.unwrap().name, *name);
        }
    }
}
