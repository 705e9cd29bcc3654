//! A program with a node inside, which brings its own agent, facts and health:
//! `cargo run -p chorister --features macros,network --example embedded -- widgets.conf`.

use std::error::Error;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use chorister::ddl::{Failure, RequestContext};
use chorister::{Distribution, Health, Node, network};
use serde_json::json;

chorister::agent!("examples/widgets.ddl.yaml");
use widgets::{MakeInput, MakeOutput, WidgetsAgent, WidgetsService};

static PROGRAM: Distribution = Distribution {
    name: "widgets",
    version: "1.2.0",
    network: Some(network::NODE),
    ..Distribution::EMPTY
};

/// How many widgets there are.
static MADE: AtomicI64 = AtomicI64::new(0);

struct Factory;

impl WidgetsAgent for Factory {
    async fn make(&self, _: &RequestContext, input: MakeInput) -> Result<MakeOutput, Failure> {
        let before = MADE.fetch_max(input.number, Relaxed);
        let made = Some(before.max(input.number));
        Ok(MakeOutput { made })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut node = Node::of(&PROGRAM)
        .agent(WidgetsService(Factory))
        .facts(|| json!({"made": MADE.load(Relaxed)}))
        .health(|| match MADE.load(Relaxed) {
            0..100 => Health::well("there is room for more"),
            made => Health::ill(format!("{made} widgets are too many")),
        });
    if let Some(file) = arguments.next() {
        node = node.configuration(file);
    }
    if let Some(directory) = arguments.next() {
        node = node.state_dir(directory);
    }
    let node = node.start()?;
    // Here the program would do its own work; this one waits for the end of its input.
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    node.stop();
    Ok(())
}
