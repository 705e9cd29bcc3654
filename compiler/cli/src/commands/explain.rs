//! `choristerc explain`: what a finding means.

use anyhow::{Result, bail};
use chorister_spec::Code;
use clap::Args;
use serde_json::json;

use super::examples;
use crate::console::{Console, Outcome};
use crate::page;

/// Say what a finding means, with a wrong and a right example
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "choristerc explain CH0206"
    "choristerc explain 206"
    "choristerc explain --list"
))]
pub(crate) struct Explain {
    /// The code of the finding, such as CH0206
    #[arg(required_unless_present = "list", value_name = "CODE")]
    code: Option<String>,
    /// List every code
    #[arg(long, conflicts_with = "code")]
    list: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Explain {
    pub(crate) fn run(&self, console: &Console) -> Result<Outcome> {
        let Some(wanted) = &self.code else {
            console.print(&self.listed(console))?;
            return Ok(Outcome::Clean);
        };
        let Some(code) = Code::parse(wanted) else {
            let codes = Code::ALL.iter().map(|it| it.as_str());
            let near = chorister_lang::suggest::closest(wanted, codes);
            let near = near
                .map(|it| format!("did you mean {it}? "))
                .unwrap_or_default();
            bail!("there is no code {wanted}: {near}`choristerc explain --list` shows them all");
        };
        if self.json {
            console.print(&format!("{:#}\n", object(code, true)))?;
        } else {
            console.print(&page::render(
                code.page(),
                console.columns(),
                &console.data_styles(),
            ))?;
        }
        Ok(Outcome::Clean)
    }

    fn listed(&self, console: &Console) -> String {
        if self.json {
            let codes: Vec<_> = Code::ALL.iter().map(|it| object(*it, false)).collect();
            return format!("{:#}\n", serde_json::Value::from(codes));
        }
        let styles = console.data_styles();
        let mut text = String::new();
        for code in Code::ALL {
            let (style, severity) = (styles.of(code.severity()), code.severity().as_str());
            text.push_str(&format!(
                "{code}  {style}{severity:<7}{style:#}  {}\n",
                code.title()
            ));
        }
        text
    }
}

fn object(code: Code, with_page: bool) -> serde_json::Value {
    let mut object = json!({
        "code": code.as_str(),
        "severity": code.severity().as_str(),
        "title": code.title(),
    });
    if with_page {
        object["page"] = code.page().into();
    }
    object
}
