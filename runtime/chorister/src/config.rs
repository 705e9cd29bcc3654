//! The configuration: which files are read, and what comes of them.

mod identity;

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use chorister_settings::{Change, Finding, LIMITS, Layer, Settings, places, resolve};

use crate::Distribution;

/// Where a configuration comes from beside its files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    /// The file that the command line names.
    pub(crate) file: Option<PathBuf>,
    /// Settings of the command line: their names, values, and what the options are called.
    pub(crate) arguments: Vec<(&'static str, String, &'static str)>,
    /// Whether it is a client that is configured.
    pub(crate) client: bool,
}

/// A configuration that was read.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// What it says.
    pub(crate) settings: Settings,
    /// What is wrong with it, which is left at its default.
    pub(crate) findings: Vec<Finding>,
    /// The files that it was read from.
    pub(crate) files: Vec<PathBuf>,
    sources: Sources,
}

/// What came of reading a configuration again.
#[derive(Debug)]
pub(crate) struct Reread {
    pub(crate) config: Config,
    pub(crate) changes: Vec<Change>,
}

/// Reads the configuration of a node or a client.
///
/// # Errors
///
/// Which file cannot be read, and why.
pub(crate) fn read(distribution: &Distribution, sources: Sources) -> Result<Config, String> {
    let home = home();
    let compiled = distribution.defaults.iter().map(|it| (it.key, it.value));
    let mut layers = vec![Layer::compiled(compiled)];
    let mut files = Vec::new();
    let main = match &sources.file {
        Some(file) => Some(file.clone()),
        None => default_file(distribution.name, sources.client, home.as_deref()),
    };
    if let Some(main) = &main {
        layers.push(layer(main, None)?);
        files.push(main.clone());
        if places::has_plugins(main, home.as_deref()) {
            plugins(main, &mut layers, &mut files)?;
        }
    }
    // What the command line names is not overruled by where it was typed.
    if sources.client && sources.file.is_none() {
        let working = std::env::current_dir().unwrap_or_default();
        for file in places::of_projects(&working) {
            if is_trusted(&file) {
                layers.push(layer(&file, None)?);
                files.push(file);
            }
        }
    }
    let variables = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    layers.push(Layer::environment(|name| std::env::var(name).ok()).beside(variables));
    layers.push(Layer::arguments(sources.arguments.iter().cloned()));
    let resolved = resolve(layers, home.as_deref());
    let mut settings = resolved.settings;
    if settings.identity.is_none() {
        let is_configured = main.is_some() || !distribution.defaults.is_empty();
        let (name, how) = identity::find(is_configured);
        settings.identity = Some(name);
        settings.found("identity", how);
    }
    Ok(Config {
        settings,
        findings: resolved.findings,
        files,
        sources,
    })
}

/// The first of the usual files that is there.
fn default_file(name: &str, client: bool, home: Option<&Path>) -> Option<PathBuf> {
    let files = match client {
        true => places::of_client(name, home),
        false => places::of_node(name),
    };
    files.into_iter().find(|it| it.is_file())
}

/// The files of `plugin.d`, in the order of their names.
fn plugins(main: &Path, layers: &mut Vec<Layer>, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let folder = main.with_file_name(places::PLUGIN_FOLDER);
    let unreadable = |error: io::Error| format!("cannot read {}: {error}", folder.display());
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut found = entries
        .map(|it| Ok(it?.path()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(unreadable)?;
    found.sort();
    for file in found {
        if let Some(name) = places::plugin(&file) {
            layers.push(layer(&file, Some(name))?);
            files.push(file);
        }
    }
    Ok(())
}

fn layer(path: &Path, plugin: Option<&str>) -> Result<Layer, String> {
    let shown = path.display().to_string();
    let bytes = bytes(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
    if places::is_native(path) {
        return Ok(Layer::native(&shown, &bytes));
    }
    Ok(Layer::conf(
        &shown,
        &String::from_utf8_lossy(&bytes),
        plugin,
    ))
}

/// A file, and a byte more than it may have, which is told of then.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a pipe would wait for its other end.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file",
        ));
    }
    LIMITS.read(File::open(path)?)
}

/// Whether a project file is one of the user or of root: others do not say where a client connects to.
fn is_trusted(file: &Path) -> bool {
    let own = rustix::process::geteuid().as_raw();
    fs::metadata(file).is_ok_and(|it| it.is_file() && (it.uid() == own || it.uid() == 0))
}

fn home() -> Option<PathBuf> {
    std::env::var_os("HOME")
        .filter(|it| !it.is_empty())
        .map(PathBuf::from)
        .filter(|it| it.is_absolute())
}

// === impl Config ===

impl Config {
    /// Its main file from `/` on, as others are told of it.
    pub(crate) fn main(&self) -> Option<PathBuf> {
        let file = self.files.first()?;
        Some(std::path::absolute(file).unwrap_or_else(|_| file.clone()))
    }

    /// Reads the same again.
    ///
    /// # Errors
    ///
    /// Which file cannot be read any more, and why.
    pub(crate) fn again(&self, distribution: &Distribution) -> Result<Reread, String> {
        let config = read(distribution, self.sources.clone())?;
        let changes = self.settings.changes(&config.settings);
        Ok(Reread { config, changes })
    }

    /// What an operator has to know of it, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        let lines: Vec<String> = self.findings.iter().map(ToString::to_string).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}
