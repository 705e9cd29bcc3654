//! The machines that come with Chorister, by the names that follow `std/`.

/// A name of the registry with the spec of that name.
macro_rules! standard {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!(
                "../../../specs/std/machines/",
                $name,
                ".machine.yaml"
            )),
        )
    };
}

/// Every standard machine: its name and the text of its spec, sorted by name.
pub const MACHINES: &[(&str, &str)] = &[
    standard!("disk-space"),
    standard!("heartbeat"),
    standard!("load"),
];

/// The text of a standard machine.
#[must_use]
pub fn text(name: &str) -> Option<&'static str> {
    let at = MACHINES.binary_search_by_key(&name, |(it, _)| it).ok()?;
    MACHINES.get(at).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_lists_every_file() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/std/machines");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|it| {
                it.unwrap()
                    .file_name()
                    .to_str()
                    .unwrap()
                    .strip_suffix(".machine.yaml")
                    .map(str::to_owned)
            })
            .collect();
        files.sort();
        assert_eq!(
            MACHINES.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            files
        );
    }
}
