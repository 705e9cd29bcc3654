//! Goss files as checks.

use chorister_engine::native::{Finding, FindingFuture, Goss, GossFile, GossRequest};
use chorister_validate::{Source, check};

/// Evaluates goss files in the program itself.
pub const GOSS: Goss = Goss { run };

fn run(request: GossRequest) -> FindingFuture {
    let source = match request.file {
        GossFile::Embedded(files) => {
            let files = files.iter().map(|it| (it.path.clone(), it.text.clone()));
            Source::Embedded(files.collect())
        }
        GossFile::Path(path) => Source::Path(path),
    };
    Box::pin(async move {
        let (status, text) = check(source, request.vars, request.timeout).await;
        Finding { status, text }
    })
}
