//! How checks are tried: with their parameters as they stand in a file, on the machine that runs the tests.

use core::time::Duration;
use std::path::Path;
use std::sync::Arc;

use chorister_lang::nagios::{Output, Status};

use chorister_engine::native::{Finding, NativeCheck, NativeRequest};

/// What a check under test came to.
pub(crate) struct Probe(pub(crate) Finding);

/// Runs a check that needs no folder.
pub(crate) fn check(check: NativeCheck, parameters: &str) -> Probe {
    check_in(Path::new("/nowhere"), check, parameters)
}

/// Runs a check that remembers things in a folder.
pub(crate) fn check_in(folder: &Path, check: NativeCheck, parameters: &str) -> Probe {
    run(check, request(folder, parameters))
}

/// What a check is asked when nothing is special.
pub(crate) fn request(folder: &Path, parameters: &str) -> NativeRequest {
    NativeRequest {
        parameters: Arc::new(serde_json::from_str(parameters).unwrap()),
        timeout: Duration::from_secs(60),
        directory: folder.to_owned(),
    }
}

/// Runs a check that was asked something special.
pub(crate) fn run(check: NativeCheck, request: NativeRequest) -> Probe {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let finding = runtime.unwrap().block_on((check.run)(request));
    assert!(!finding.text.contains('\n'), "{}", finding.text);
    Probe(finding)
}

impl Probe {
    #[track_caller]
    pub(crate) fn is(self, status: Status) -> Self {
        assert_eq!(self.0.status, status, "{}", self.0.text);
        self
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.0.text.contains(text), "{}", self.0.text);
        self
    }

    /// The value that was measured under a label.
    #[track_caller]
    pub(crate) fn value(&self, label: &str) -> f64 {
        let output = Output::parse(&self.0.text);
        let found = output.measurements.iter().find(|it| it.label == label);
        found
            .and_then(|it| it.value)
            .unwrap_or_else(|| panic!("{label} is not in {}", self.0.text))
    }
}

#[test]
fn every_check_has_a_name_of_its_own_and_answers_what_it_does_not_know() {
    let mut names = std::collections::BTreeSet::new();
    for native in crate::ALL {
        assert!(names.insert(native.name));
        if native.name != "heartbeat" {
            check(*native, r#"{"no such parameter": 1}"#)
                .is(Status::Unknown)
                .says("no such parameter");
        }
    }
}
