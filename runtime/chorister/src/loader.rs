//! The parts that load machines and checks at run time, for distributions that ask for them.

use core::fmt;
use core::pin::Pin;
use std::path::PathBuf;

use chorister_engine::{Driver, EngineHandle};
use chorister_ir::CheckClass;

/// Loads machines from a directory at run time.
#[derive(Clone, Copy)]
pub struct Loader {
    run: fn(PathBuf, &'static [Driver], EngineHandle) -> Loading,
}

type Loading = Pin<Box<dyn Future<Output = ()>>>;
type JudgeKey = fn(&str) -> Result<(), String>;
type LoadChecks = fn(CheckOrigin, Vec<&'static CheckClass>, EngineHandle) -> Loading;

/// Machines in the format of `machine.yaml`, one in each sub-directory.
#[cfg(feature = "machine-loader")]
pub const MACHINES: Loader = Loader {
    run: |directory, drivers, engine| {
        Box::pin(chorister_loader::machines::run(directory, drivers, engine))
    },
};

impl Loader {
    /// Keeps the machines of the engine as the directory says, until the engine stops.
    pub(crate) async fn run(
        self,
        directory: PathBuf,
        drivers: &'static [Driver],
        engine: EngineHandle,
    ) {
        (self.run)(directory, drivers, engine).await;
    }
}

impl fmt::Debug for Loader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Loader")
    }
}

/// Loads checks of compiled classes from files at run time.
#[derive(Clone, Copy)]
pub struct CheckLoader {
    run: LoadChecks,
    /// Reads a public key; `None` where bundles are not linked in.
    key: Option<JudgeKey>,
}

/// Where a node's checks come from.
#[derive(Clone, Debug)]
pub struct CheckOrigin {
    /// The directory of check files.
    pub directory: PathBuf,
    /// Whether somebody asked for it, so that it is a problem if there is none.
    pub is_required: bool,
    /// A signed bundle beside it.
    pub bundle: Option<BundleOrigin>,
}

/// Where a node's bundle comes from.
#[derive(Clone, Debug)]
pub struct BundleOrigin {
    /// A file, an HTTPS URL, or `kv:BUCKET/KEY` in the node's network.
    pub source: String,
    /// Public keys, as 64 hexadecimal digits.
    pub keys: Vec<String>,
    /// Where the last good one is remembered.
    pub memory: PathBuf,
    /// The node's name.
    pub identity: String,
}

/// Check files in a directory, and where the feature `check-bundle` is on a signed bundle of them.
#[cfg(feature = "check-loader")]
pub const CHECKS: CheckLoader = CheckLoader {
    run: |origin, classes, engine| {
        use chorister_loader::Trust;
        use chorister_loader::checks::{self, Origin};

        let CheckOrigin {
            directory,
            is_required,
            bundle,
        } = origin;
        let origin = Origin::new(directory, is_required, Trust::of_process());
        #[cfg(feature = "check-bundle")]
        let origin = origin.with_bundle(bundle.map(|it| chorister_loader::bundle::BundleOrigin {
            source: it.source,
            keys: it.keys.iter().filter_map(|it| it.parse().ok()).collect(),
            memory: it.memory,
            identity: it.identity,
        }));
        #[cfg(not(feature = "check-bundle"))]
        drop(bundle);
        Box::pin(checks::run(origin, classes.into(), engine))
    },
    #[cfg(feature = "check-bundle")]
    key: Some(|text| {
        text.parse::<chorister_loader::bundle::PublicKey>()
            .map(drop)
    }),
    #[cfg(not(feature = "check-bundle"))]
    key: None,
};

impl CheckLoader {
    /// Keeps the checks of the engine as the files say, until the engine stops.
    pub(crate) async fn run(
        self,
        origin: CheckOrigin,
        classes: Vec<&'static CheckClass>,
        engine: EngineHandle,
    ) {
        (self.run)(origin, classes, engine).await;
    }

    /// Whether signed bundles are part of it.
    pub(crate) const fn follows_bundles(self) -> bool {
        self.key.is_some()
    }

    /// Whether a text is a public key.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn check_key(self, text: &str) -> Result<(), String> {
        self.key.map_or(Ok(()), |it| it(text))
    }
}

impl CheckOrigin {
    /// The file of the bundle, if it comes from one.
    #[cfg(feature = "sandbox")]
    pub(crate) fn bundle_file(&self) -> Option<PathBuf> {
        let source = &self.bundle.as_ref()?.source;
        let path = source.strip_prefix("file://").unwrap_or(source);
        (!path.contains("://") && !path.starts_with("kv:")).then(|| path.into())
    }
}

impl fmt::Debug for CheckLoader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckLoader")
    }
}
