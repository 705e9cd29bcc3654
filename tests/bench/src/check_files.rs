//! Check files: how long a node takes until all checks of a full directory run.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chorister_engine::Engine;
use chorister_ir::CheckClass;
use chorister_loader::Trust;
use chorister_loader::checks::{self, Classes, Origin};
use chorister_spec::{Source, class};

use crate::figure::{Budget, Figure, Unit, time};

/// As many files as a node obeys.
const FILES: usize = 10_000;

const CLASS: &str = "class: queue\nparameters:\n  queue: {type: string, default: mail}\n  \
                     warn: {type: integer, default: 100}\nrun: {plugin: [/bin/true, \"{{queue}}\", \"{{warn}}\"]}\n\
                     interval: 1h\n";

/// From the start of the loader until the engine has every check; the floor reads the same files.
pub(crate) fn figures() -> Result<Vec<Figure>> {
    let directory = tempfile::tempdir()?;
    for at in 0..FILES {
        let text = format!(
            "checks:\n  queue_{at}: {{class: queue, with: {{queue: q{at}, warn: {at}}}, annotations: {{team: mail}}}}\n"
        );
        fs::write(directory.path().join(format!("{at:05}.yaml")), text)?;
    }
    let floor = time(3, 1, || {
        let _ = read_all(directory.path());
    });
    let load = load(directory.path())?;
    Ok(vec![Figure {
        what: format!("{FILES} check files: until every check runs"),
        value: load,
        unit: Unit::Seconds,
        floor: Some((floor, "reading the files")),
        budget: Some(Budget::Value(2.0)),
    }])
}

fn read_all(directory: &Path) -> Result<usize> {
    let mut bytes = 0;
    for entry in fs::read_dir(directory)? {
        bytes += fs::read(entry?.path())?.len();
    }
    Ok(bytes)
}

fn load(directory: &Path) -> Result<f64> {
    let class = class::check(&Source::new("queue.check.yaml", CLASS))
        .class
        .context("the class is good")?;
    let class: &'static CheckClass = Box::leak(Box::new(class));
    let classes: Classes = Arc::new([class]);
    let state = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let tasks = tokio::task::LocalSet::new();
    tasks.block_on(&runtime, async {
        let engine = Engine::builder("bench", state.path())
            .without_control()
            .build()?;
        let handle = engine.handle();
        let running = tokio::task::spawn_local(engine.run());
        let origin = Origin::new(directory.to_owned(), true, Trust::of_process());
        let start = Instant::now();
        tokio::task::spawn_local(checks::run(origin, classes, handle.clone()));
        while handle.status().await?.machines < FILES {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let took = start.elapsed();
        handle.stop().await;
        running.await?;
        Ok(took.as_secs_f64())
    })
}
