//! `NAME validate`: the arguments of goss, and the variables of the environment that it reads them from.

use core::num::NonZeroUsize;
use core::time::Duration;
use std::path::PathBuf;

use chorister_validate::PackageManager;
use clap::Args;
use clap::builder::FalseyValueParser;

#[derive(Args, Debug)]
pub(crate) struct Validate {
    /// The goss file, YAML or JSON; `-` for standard input
    #[arg(value_name = "FILE", default_value = "./goss.yaml", env = "GOSS_FILE")]
    pub(crate) file: PathBuf,
    /// Variables for its templates, YAML or JSON; later files add to earlier ones
    #[arg(long, value_name = "FILE", env = "GOSS_VARS")]
    pub(crate) vars: Vec<PathBuf>,
    /// Variables as YAML or JSON text, which replace those of files
    #[arg(
        long,
        value_name = "TEXT",
        env = "GOSS_VARS_INLINE",
        hide_env_values = true
    )]
    pub(crate) vars_inline: Option<String>,
    /// Ask this one about packages instead of the manager of this system: apk, dpkg, pacman or rpm
    #[arg(long, value_name = "MANAGER", value_parser = package_manager)]
    pub(crate) package: Option<PackageManager>,
    /// How to print the results: documentation, json, junit, nagios, prometheus, rspecish, silent, structured or tap
    #[arg(
        long,
        short,
        value_name = "FORMAT",
        default_value = "rspecish",
        env = "GOSS_FMT"
    )]
    pub(crate) format: String,
    /// Change the format: exclude_raw, perfdata, pretty, sort or verbose; may be given several times
    #[arg(
        long,
        short = 'o',
        value_name = "OPTION",
        value_delimiter = ',',
        env = "GOSS_FMT_OPTIONS"
    )]
    pub(crate) format_options: Vec<String>,
    /// Print JSON, as with --format json and whatever else is said
    #[arg(long)]
    pub(crate) json: bool,
    /// Run the tests again until they pass, for as long as this
    #[arg(
        long,
        short,
        value_name = "DURATION",
        default_value = "0",
        value_parser = delay,
        env = "GOSS_RETRY_TIMEOUT"
    )]
    pub(crate) retry_timeout: Duration,
    /// Wait this long before they are run again
    #[arg(
        long,
        short,
        value_name = "DURATION",
        default_value = "1s",
        value_parser = delay,
        env = "GOSS_SLEEP"
    )]
    pub(crate) sleep: Duration,
    /// Look at no more resources at the same time than this, nor than five for each processor
    #[arg(
        long,
        value_name = "COUNT",
        default_value = "50",
        env = "GOSS_MAX_CONCURRENT"
    )]
    pub(crate) max_concurrent: NonZeroUsize,
    /// Print with colours even if nobody looks
    #[arg(long, env = "GOSS_COLOR", value_parser = FalseyValueParser::new())]
    pub(crate) color: bool,
    /// Print without colours
    #[arg(long, env = "GOSS_NOCOLOR", value_parser = FalseyValueParser::new())]
    pub(crate) no_color: bool,
}

/// What the help of the command ends with.
pub(super) fn help(name: &str) -> String {
    format!(
        "Exit codes: 0 all is as expected, 1 something is not, 2 the same with --format nagios, or wrong arguments, \
         3 it did not become so in time, 78 the file or its variables cannot be used.\n\n\
         Examples:\n  {name} validate goss.yaml\n  {name} validate --vars site.yaml --format documentation goss.yaml\n  \
         {name} validate --retry-timeout 5m --sleep 10s goss.yaml\n  \
         {name} validate goss.yaml --json | jq '.results[] | select(.result == 1)'"
    )
}

fn package_manager(name: &str) -> Result<PackageManager, String> {
    PackageManager::named(name).ok_or_else(|| "there are apk, dpkg, pacman and rpm".to_owned())
}

/// A length of time as goss takes it, which may be nothing.
fn delay(text: &str) -> Result<Duration, String> {
    match chorister_lang::duration::parse_go(text) {
        Ok(nanos @ 0..) => Ok(Duration::from_nanos(nanos.unsigned_abs())),
        Ok(_) => Err("time does not go back; write 500ms, 10s or 5m".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
