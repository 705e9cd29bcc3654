//! The JSON Schemas of the formats.

use clap::ValueEnum;
use serde_json::Value;

/// A format that has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Machine,
    Class,
    Ddl,
    Distribution,
    Test,
    Check,
    Config,
    Goss,
    Overrides,
    Bundle,
    BundleManifest,
}

/// The schema as a value.
pub(crate) fn value(of: Format) -> Value {
    let schema = match of {
        Format::Machine => chorister_spec::model::machine_schema(),
        Format::Class => chorister_spec::class::schema(),
        Format::Ddl => chorister_spec::ddl::schema(),
        Format::Distribution => chorister_spec::distribution::schema(),
        Format::Test => chorister_spec::scenario::schema(),
        Format::Check => chorister_spec::check_file::schema(),
        Format::Config => chorister_spec::config::schema(),
        Format::Goss => chorister_spec::goss::schema(),
        Format::Overrides => chorister_spec::overrides::schema(),
        Format::Bundle => chorister_bundle::envelope_schema(),
        Format::BundleManifest => chorister_bundle::manifest_schema(),
    };
    schema.to_value()
}

/// The schema as the text of a file.
pub(crate) fn text(of: Format) -> String {
    format!("{:#}\n", value(of))
}

// === impl Format ===

impl Format {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Class => "class",
            Self::Ddl => "ddl",
            Self::Distribution => "distribution",
            Self::Test => "test",
            Self::Check => "check",
            Self::Config => "config",
            Self::Goss => "goss",
            Self::Overrides => "overrides",
            Self::Bundle => "bundle",
            Self::BundleManifest => "bundle-manifest",
        }
    }

    /// The name of its file.
    pub(crate) fn file_name(self) -> String {
        format!("{}.schema.json", self.as_str())
    }
}
