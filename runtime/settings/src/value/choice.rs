//! Settings that are one of some words.

use chorister_lang::suggest;

use super::{Kind, Mismatch, Shown, Value, one};
use crate::given::Given;

macro_rules! choice {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            const ALL: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];

            /// Its word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl Value for $name {
            const KIND: Kind = Kind::Choice(&[$($word),+]);

            fn read(given: &Given) -> Result<Self, Mismatch> {
                read(given, Self::KIND, Self::ALL)
            }

            fn shown(&self) -> Shown {
                Shown::Plain(self.as_str().into())
            }
        }
    )+};
}

choice! {
    /// How much is logged.
    LogLevel {
        /// Everything.
        Debug = "debug",
        /// What happens.
        #[default]
        Info = "info",
        /// What is suspect, and all that is worse.
        Warn = "warn",
        /// What went wrong.
        Error = "error",
        /// What ends the program.
        Fatal = "fatal",
    }
    /// Who secures a connection and its messages, and how.
    SecurityProvider {
        /// Certificates where Puppet keeps them.
        #[default]
        Puppet = "puppet",
        /// Certificates in files.
        File = "file",
        /// A key that a token device holds.
        Pkcs11 = "pkcs11",
        /// Certificates that cert-manager of Kubernetes issues.
        CertManager = "certmanager",
        /// Signed tokens and ed25519 keys.
        Choria = "choria",
    }
    /// How a client finds nodes.
    DiscoveryMethod {
        /// It asks all of them; the older name.
        #[default]
        Mc = "mc",
        /// It asks all of them.
        Broadcast = "broadcast",
        /// It asks PuppetDB.
        PuppetDb = "puppetdb",
        /// It asks PuppetDB; the older name.
        Choria = "choria",
        /// It runs a command.
        External = "external",
        /// It reads a file.
        Inventory = "inventory",
    }
    /// Which nodes are asked where not all are.
    LimitMethod {
        /// The first of them.
        #[default]
        First = "first",
        /// Some by chance.
        Random = "random",
    }
    /// How filters on facts and classes are understood.
    FilterSemantics {
        /// As Choria does, with its oddities, so that a filter means the same nodes in a mixed network.
        #[default]
        Compatible = "compatible",
        /// As they are meant.
        Corrected = "corrected",
    }
    /// What says who may do what.
    Authorizer {
        /// Action policies.
        #[default]
        ActionPolicy = "action_policy",
        /// Rego.
        Rego = "rego_policy",
        /// The permissions of tokens.
        Aaasvc = "aaasvc",
    }
}

/// The value of a word, in any case: go-choria writes some of them with a capital letter.
fn read<V: Copy>(given: &Given, kind: Kind, all: &[(&'static str, V)]) -> Result<V, Mismatch> {
    one(given, kind, |text| {
        let found = all.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        found.map(|it| it.1)
    })
    .map_err(|mismatch| {
        let text = given.one().unwrap_or_default();
        match suggest::closest(text, all.iter().map(|it| it.0)) {
            Some(meant) => mismatch.help(format!("did you mean `{meant}`?")),
            None => mismatch,
        }
    })
}
