//! The compiler: a thousand machines from text to Rust, and one of them again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::io;

use anyhow::{Result, ensure};
use chorister_compiler::files::Found;
use chorister_compiler::{Files, Layout, generate};
use chorister_spec::{Options, Source, machine};

use crate::figure::{Budget, Figure, Unit, time};
use crate::specs;

const MACHINES: usize = 1000;

/// Specs in memory, so that the disk has no part in the figures.
struct Memory(BTreeMap<String, String>);

impl Files for Memory {
    fn read(&self, path: &str, _limit: u64) -> io::Result<Vec<u8>> {
        let text = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(text.clone().into_bytes())
    }

    fn list(&self, _folder: &str) -> io::Result<Vec<Found>> {
        Ok(Vec::new())
    }
}

/// What checking and printing cost.
pub(crate) fn figures() -> Result<Vec<Figure>> {
    let mut list = String::new();
    let mut files = BTreeMap::new();
    for number in 0..MACHINES {
        let path = format!("machines/m{number}.machine.yaml");
        let _ = writeln!(list, "  - {path}");
        files.insert(path, specs::usual(number));
    }
    let distribution = format!("name: bench\nversion: 1.0.0\nroles: [server]\nmachines:\n{list}");
    files.insert("distribution.yaml".to_owned(), distribution);
    let files = Memory(files);
    let first = specs::usual(0);

    let mut emitted = 0;
    let all = time(3, 1, || {
        if let Ok(output) = generate(&files, "distribution.yaml", &Layout::default()) {
            emitted = output.files.len();
        }
    });
    ensure!(emitted > MACHINES, "only {emitted} files were printed");
    let parse_all = time(3, 1, || {
        for text in files.0.values() {
            let _ = black_box(serde_yaml::from_str::<serde_yaml::Value>(text));
        }
    });
    let one = time(21, 10, || {
        let source = Source::new("machines/m0.machine.yaml", first.as_str());
        black_box(machine::check(&source, &Options::default()));
    });
    let parse_one = time(21, 10, || {
        let _ = black_box(serde_yaml::from_str::<serde_yaml::Value>(&first));
    });
    Ok(vec![
        Figure {
            what: format!(
                "check and emit of {MACHINES} machines (8 states, 8 transitions, 4 watchers each)"
            ),
            value: all,
            unit: Unit::Seconds,
            floor: Some((parse_all, "serde_yaml reads the same text")),
            budget: Some(Budget::Value(1.0)),
        },
        Figure {
            what: "re-check of one of them".into(),
            value: one,
            unit: Unit::Seconds,
            floor: Some((parse_one, "serde_yaml reads the same text")),
            budget: Some(Budget::Value(20e-3)),
        },
    ])
}
