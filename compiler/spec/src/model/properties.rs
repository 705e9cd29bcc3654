//! The settings of each watcher type.

use core::time::Duration;

use chorister_lang::cron::Cron;
use chorister_lang::expr::Compiled;
use chorister_lang::template::Template;

#[cfg(feature = "schema")]
use super::schema;

/// Declares the settings of a type: plain fields, each optional, with the schema of the value where it is no
/// plain text, number or truth value.
macro_rules! properties {
    ($(
        $(#[$meta:meta])*
        $name:ident {
            $($(#[$field_meta:meta])* $field:ident: $type:ty $(as $schema:literal)? $(=> $required:ident)?,)*
        }
    )*) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, Default, PartialEq)]
            #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
            pub struct $name {
                $(
                    $(#[$field_meta])*
                    $(#[cfg_attr(feature = "schema", schemars(with = $schema))])?
                    $(#[cfg_attr(feature = "schema", schemars($required))])?
                    pub $field: $type,
                )*
            }

            impl $name {
                /// The keys that authors may write.
                pub const KEYS: &'static [&'static str] = &[$(stringify!($field)),*];
            }
        )*
    };
}

properties! {
    /// Settings of an `exec` watcher: runs a command; its exit status decides.
    Exec {
        /// The command line, split into words after expansion; no shell.
        command: Option<Template> as "schema::Template" => required,
        /// `NAME=value` entries added to the clean environment.
        environment: Vec<Template> as "Option<Vec<schema::Template>>",
        /// How long a run may take; 10s if it is not set.
        timeout: Option<Duration> as "Option<schema::GoDuration>",
        /// The name of a governor that limits how many nodes run it at once.
        governor: Option<Template> as "Option<schema::Template>",
        /// How long to wait for the governor; 5m if it is not set.
        governor_timeout: Option<Duration> as "Option<schema::GoDuration>",
        /// Whether the output is a JSON object whose keys become machine data.
        parse_as_data: Option<bool>,
        /// Whether a success is not published.
        suppress_success_announce: Option<bool>,
        /// Whether to run soon after start, even before the first interval is over.
        gather_initial_state: Option<bool>,
        /// Whether the command is left running with no deadline.
        disown: Option<bool>,
    }

    /// Settings of a `nagios` watcher: runs a check as Nagios knows it.
    Nagios {
        /// The command line of a monitoring plugin; `{{ o "key" "default" }}` reads an override.
        plugin: Option<Template> as "Option<schema::Template>",
        /// A check that is built in: `heartbeat`, `choria_status` or `goss`.
        builtin: Option<String>,
        /// How long a plugin may take; 10s if it is not set.
        timeout: Option<Duration> as "Option<schema::GoDuration>",
        /// The goss file of `builtin: goss`.
        gossfile: Option<String>,
        /// `choria_status` is critical when the last message is older.
        last_message: Option<Duration> as "Option<schema::GoDuration>",
        /// `choria_status` is critical when the certificate expires sooner.
        pubcert_expire: Option<Duration> as "Option<schema::GoDuration>",
        /// `choria_status` is critical when the token expires sooner.
        token_expire: Option<Duration> as "Option<schema::GoDuration>",
        /// Free text that is copied into events.
        annotations: Vec<(String, String)> as "Option<schema::Pairs>",
    }

    /// Settings of a `file` watcher: looks at a file, or keeps its content.
    File {
        /// The file; a relative path is one in the machine's directory.
        path: Option<String> => required,
        /// Whether the first look is the reference and not a change.
        gather_initial_state: Option<bool>,
        /// What the file has to hold; needs `owner`, `group` and `mode`.
        contents: Option<Template> as "Option<schema::Template>",
        /// The name of its owner.
        owner: Option<Template> as "Option<schema::Template>",
        /// The name of its group.
        group: Option<Template> as "Option<schema::Template>",
        /// Its permissions in octal, in quotes: "0644".
        mode: Option<Template> as "Option<schema::Mode>",
    }

    /// Settings of a `schedule` watcher: is on in windows that begin by the calendar.
    Schedule {
        /// When windows begin: cron expressions of five fields.
        schedules: Vec<Option<Cron>> as "Vec<schema::Cron>" => required,
        /// How long a window is; 1m if it is not set.
        duration: Option<Duration> as "Option<schema::GoDuration>",
        /// A window begins a random time below this one late; at most half of `duration`.
        start_splay: Option<Duration> as "Option<schema::GoDuration>",
        /// Whether entering an active state while on does not fire again.
        skip_trigger_on_reenter: Option<bool>,
        /// The IANA name of the time zone; the node's own if it is not set.
        timezone: Option<String>,
    }

    /// Settings of a `timer` watcher: fires `fail_transition` after a time in a state.
    Timer {
        /// How long it runs, at least 1s.
        timer: Option<Duration> as "schema::GoDuration" => required,
        /// Whether the length is drawn once for a machine, from nothing up to `timer`.
        splay: Option<bool>,
    }

    /// Settings of a `metric` watcher: runs a command that prints a measurement.
    Metric {
        /// The command line, split into words after expansion; no shell.
        command: Option<Template> as "schema::Template" => required,
        /// The time between two runs; 1s if it is not set.
        interval: Option<Duration> as "Option<schema::GoDuration>",
        /// How long a run may take; 10s if it is not set.
        timeout: Option<Duration> as "Option<schema::GoDuration>",
        /// Labels added to each measurement.
        labels: Vec<(String, String)> as "Option<schema::Pairs>",
        /// Whether the measurement is kept out of the Prometheus text file.
        skip_prometheus: Option<bool>,
        /// Whether the measurement becomes machine data.
        store: Option<bool>,
        /// Whether the measurement is offered over HTTP.
        http: Option<bool>,
        /// A Graphite server that receives measurements too.
        graphite_host: Option<Template> as "Option<schema::Template>",
        /// Its TCP port.
        graphite_port: Option<Template> as "Option<schema::Template>",
        /// What names begin with.
        graphite_prefix: Option<Template> as "Option<schema::Template>",
    }

    /// Settings of an `expression` watcher: decides by expressions over facts and machine data.
    Expression {
        /// True means success; asked first.
        success_when: Option<Compiled> as "Option<schema::Expression>",
        /// True means failure.
        fail_when: Option<Compiled> as "Option<schema::Expression>",
    }

    /// Settings of a `kv` watcher: follows a key of a key-value bucket.
    Kv {
        /// The bucket.
        bucket: Option<String> => required,
        /// The key.
        key: Option<Template> as "schema::Template" => required,
        /// How it follows: `poll`.
        mode: Option<String>,
        /// Whether the name of the bucket is put before that of the data item; true if it is not set.
        bucket_prefix: Option<bool>,
        /// Whether every value that was read is a success, also the one that is known.
        on_successful_get: Option<bool>,
        /// Whether a newer revision with the same value is a success.
        on_matching_update: Option<bool>,
        /// The subject on which the bucket's stream publishes values again; they are taken as if they had been read.
        republish_trigger: Option<Template> as "Option<schema::Template>",
        /// Whether the value is Hiera data that is resolved with the node's facts.
        hiera_config: Option<bool>,
        /// The name of the data item, instead of that of the key.
        store_key: Option<Template> as "Option<schema::Template>",
        /// A gjson path that picks a part of the value.
        query: Option<String>,
    }

    /// Settings of an `archive` watcher: keeps an unpacked archive in place.
    Archive {
        /// The URL of the gzipped tar file.
        source: Option<Template> as "schema::Template" => required,
        /// The SHA-256 of the file, in hexadecimal.
        checksum: Option<Template> as "schema::Template" => required,
        /// The directory that the archive holds.
        creates: Option<String> => required,
        /// Where it is unpacked.
        target: Option<String> => required,
        /// The file of checksums in the archive that is verified on each run.
        verify: Option<String>,
        /// The SHA-256 of that file, in hexadecimal.
        verify_checksum: Option<Template> as "Option<schema::Template>",
        /// The user name for the download.
        username: Option<Template> as "Option<schema::Template>",
        /// The password for the download.
        password: Option<Template> as "Option<schema::Template>",
        /// Whether the server's certificate is not verified.
        insecure: Option<bool>,
        /// How long the download may take, at least 5s; 10s if it is not set.
        timeout: Option<Duration> as "Option<schema::GoDuration>",
        /// The name of a governor that limits how many nodes run it at once.
        governor: Option<Template> as "Option<schema::Template>",
        /// How long to wait for the governor; 5m if it is not set.
        governor_timeout: Option<Duration> as "Option<schema::GoDuration>",
    }

    /// Settings of a `plugins` watcher: keeps other machines in place.
    Plugins {
        /// The machine data that holds the specification.
        data_item: Option<String> => required,
        /// Whether machines that are not in the specification are removed.
        purge_unknown: Option<bool>,
        /// How often each machine is looked at; 2m if it is not set.
        plugin_manage_interval: Option<Duration> as "Option<schema::GoDuration>",
        /// The ed25519 key of the specification's signature, in hexadecimal.
        public_key: Option<String>,
        /// Whether a specification that nobody signed is obeyed where no key is known.
        insecure: Option<bool>,
        /// Where machines are unpacked; where the node looks for machines if it is not set.
        plugins_directory: Option<String>,
        /// What the names of the managing machines begin with; `mm` if it is not set.
        manager_machine_prefix: Option<String>,
    }

    /// Settings of a `gossip` watcher: publishes a message again and again.
    Gossip {
        /// The subject of the message.
        subject: Option<Template> as "Option<schema::Template>",
        /// The message.
        payload: Option<Template> as "Option<schema::Template>",
        /// The service that is registered, instead of a subject and a payload.
        registration: Option<Registration>,
        /// How long a registration lives.
        ttl_seconds: Option<u64>,
    }

    /// A service that a `gossip` watcher registers.
    Registration {
        /// The cluster it belongs to.
        cluster: Option<String> => required,
        /// The service.
        service: Option<String> => required,
        /// Its protocol, such as `tcp`.
        protocol: Option<String> => required,
        /// Its address.
        ip: Option<String> => required,
        /// Its port.
        port: Option<u64> as "u16" => required,
        /// Its priority; lower is preferred.
        priority: Option<u64>,
        /// Free text that is published with it.
        annotations: Vec<(String, String)> as "Option<schema::Pairs>",
        /// What the subject begins with.
        prefix: Option<String>,
    }

    /// Settings of an `httpswitch` watcher: a switch that people turn over HTTP.
    HttpSwitch {
        /// States in which the switch shows as on.
        on_when: Vec<Option<String>> as "Option<Vec<String>>",
        /// States in which the switch shows as off.
        off_when: Vec<Option<String>> as "Option<Vec<String>>",
        /// States in which it cannot be turned.
        disable_when: Vec<Option<String>> as "Option<Vec<String>>",
        /// Free text for those who show the switch.
        annotations: Vec<(String, String)> as "Option<schema::Pairs>",
    }

    /// Settings of a `ccm_manifest` watcher: applies a manifest of Choria Configuration Manager.
    CcmManifest {
        /// The file of the manifest, in the machine's directory.
        manifest_file: Option<String>,
        /// The manifest itself.
        manifest: Option<()> as "Option<schema::Anything>",
        /// Whether nothing is changed.
        noop: Option<bool>,
        /// Whether only health checks are run.
        healthcheck_only: Option<bool>,
        /// The name of a governor that limits how many nodes run it at once.
        governor: Option<Template> as "Option<schema::Template>",
        /// How long to wait for the governor; 5m if it is not set.
        governor_timeout: Option<Duration> as "Option<schema::GoDuration>",
        /// Whether the first run is up to 30s late.
        splay: Option<bool>,
        /// How long a run may take; 1m if it is not set.
        timeout: Option<Duration> as "Option<schema::GoDuration>",
    }
}
