#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]
use std::sync::Arc;
fn main() {
    let mut args = std::env::args().skip(1);
    let file = args.next().unwrap();
    let mut vars = chorister_goss::Vars::new(chorister_validate::environment());
    while let Some(a) = args.next() {
        let v = args.next().unwrap();
        if a == "--vars" {
            vars.merge(&std::fs::read(v).unwrap()).unwrap();
        } else {
            vars.replace(v.as_bytes()).unwrap();
        }
    }
    let loaded = match chorister_goss::load(&file, &vars, &chorister_validate::Disk) {
        Ok(l) => l,
        Err(e) => {
            println!("REFUSED {}", e.message);
            return;
        }
    };
    let rt = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let options = chorister_validate::Options {
        concurrency: std::num::NonZeroUsize::new(20).unwrap(),
        ..Default::default()
    };
    let report = rt.block_on(chorister_validate::validate(
        Arc::new(loaded.suite),
        options,
    ));
    let json = chorister_goss::output::render(
        &report,
        chorister_goss::output::Format::Json,
        chorister_goss::output::Options::default(),
    );
    println!("{json}");
    rt.shutdown_background();
}
