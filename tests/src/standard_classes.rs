//! The standard check classes beside the checks that they run: what one declares the other reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use chorister_checks::ALL;
use chorister_engine::native::{NativeCheck, NativeRequest};
use chorister_ir::{CheckClass, ClassRun};
use chorister_spec::{Source, class};

use crate::support::root;

/// A parameter that no check has.
const NOBODYS: &str = "nobody's";

/// The standard classes by the check that each runs.
fn classes() -> BTreeMap<String, CheckClass> {
    let folder = root().join("specs/std/checks");
    let files = fs::read_dir(folder).expect("standard classes");
    let files = files.map(|it| it.expect("a file").path());
    let classes = files.map(|path| {
        let text = fs::read_to_string(&path).expect("text");
        let checked = class::check(&Source::new(path.to_string_lossy(), text));
        let class = checked.class.expect("a class without mistakes");
        match &class.run {
            ClassRun::Native(name) => (name.to_string(), class),
            other => panic!("{} runs {other:?}", class.name),
        }
    });
    classes.collect()
}

/// The names that a check knows, as it lists them to somebody who gave another one.
async fn reads(check: &NativeCheck) -> BTreeSet<String> {
    let place = tempfile::tempdir().expect("a temporary directory");
    let parameters = serde_json::json!({ NOBODYS: true });
    let finding = (check.run)(NativeRequest {
        parameters: Arc::new(parameters.as_object().cloned().expect("an object")),
        timeout: Duration::from_secs(60),
        directory: place.path().to_owned(),
    });
    let said = finding.await.text;
    // One that reads nothing takes no offence.
    let list = said.split_once(&format!("unknown field `{NOBODYS}`"));
    let list = list.map_or("", |it| it.1);
    // Every second part stands between quotes.
    let names = list.split('`').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

#[test]
fn a_class_declares_what_its_check_reads_and_nothing_else() {
    let classes = classes();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    for check in ALL {
        let class = &classes[check.name];
        let declared = class.parameters.iter().map(|it| it.name.to_string());
        let declared: BTreeSet<String> = declared.collect();
        assert_eq!(declared, runtime.block_on(reads(check)), "{}", check.name);
    }
    assert_eq!(classes.len(), ALL.len());
}
