//! A distribution as the root of generated code.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chorister_ir::ddl::{DataDdl, Ddl};
use chorister_ir::{CheckClass, ClassRun, List, Machine, Probe, WatcherKind};
use chorister_lang::ConstTokens;
use chorister_spec::distribution::{Budget, Distribution, Fitted, Role};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;

use super::agent::{plugin, service};
use super::imports::Imports;
use super::{doc, print};
use crate::naming::Name;
use crate::standard;

/// What something was compiled from.
pub(crate) struct Spec {
    /// The file as the distribution names it.
    pub(crate) origin: String,
    /// Its text, if that is embedded.
    pub(crate) text: Option<Include>,
}

/// A compiled-in machine and what lies around it.
pub(crate) struct Entry<'a> {
    pub(crate) machine: &'a Machine,
    /// Its module below `machines`.
    pub(crate) name: &'a Name,
    pub(crate) spec: Spec,
    pub(crate) files: Vec<Bundled>,
}

/// A compiled-in check class.
pub(crate) struct ClassEntry<'a> {
    pub(crate) class: &'a CheckClass,
    /// Its module below `checks`.
    pub(crate) name: &'a Name,
    pub(crate) spec: Spec,
}

/// A compiled-in agent or data plugin, and the DDL of this type that describes it.
pub(crate) struct HostedEntry<'a, D> {
    pub(crate) ddl: &'a D,
    /// Its module below `agents` or `data`.
    pub(crate) name: &'a Name,
    pub(crate) spec: Spec,
    /// Who does what it does.
    pub(crate) body: Body<'a>,
}

/// Who does what an agent does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body<'a> {
    /// Its DDL says it all.
    Declared,
    /// The type of this path.
    Author(&'a str),
    /// The library has all of it, in the module of this name.
    Standard(&'a str),
}

/// A compiled-in check.
pub(crate) struct RowEntry<'a> {
    pub(crate) of: &'a Fitted,
    /// The module of its class below `checks`.
    pub(crate) class: &'a Name,
}

/// Everything that a distribution is made of.
pub(crate) struct Surroundings<'a> {
    pub(crate) of: &'a Distribution,
    pub(crate) machines: Vec<Entry<'a>>,
    pub(crate) classes: Vec<ClassEntry<'a>>,
    pub(crate) agents: Vec<HostedEntry<'a, Ddl>>,
    pub(crate) data: Vec<HostedEntry<'a, DataDdl>>,
    pub(crate) rows: Vec<RowEntry<'a>>,
    pub(crate) sandbox: Option<Sandbox<'a>>,
}

/// A file that goes with a machine.
pub(crate) struct Bundled {
    pub(crate) path: String,
    pub(crate) executable: bool,
    pub(crate) content: Include,
}

/// Where rustc finds a file. Neither way says where on this computer that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Include {
    /// Relative to the file that includes it.
    Beside(String),
    /// Relative to the manifest of the crate that is compiled, beginning with `/`.
    Crate(String),
}

/// The file beside `distribution.rs` that is embedded for others to read.
pub(crate) const MANIFEST: &str = "manifest.json";

/// What a node is held to: the lists of [`chorister_ir::Sandbox`], sorted.
#[derive(Debug)]
pub(crate) struct Sandbox<'a> {
    pub(crate) exec: BTreeSet<&'a str>,
    pub(crate) read: BTreeSet<&'a str>,
    pub(crate) write: BTreeSet<&'a str>,
    pub(crate) connect: Ports,
}

/// Where TCP connections may go, as [`chorister_ir::Connect`].
#[derive(Debug)]
pub(crate) enum Ports {
    Listed(BTreeSet<u16>),
    Anywhere,
    Unknown,
}

/// What a distribution links: the drivers for its machines, and the loader.
#[derive(Debug, Default)]
struct Parts {
    drivers: BTreeSet<&'static str>,
    /// Checks that are part of the program, by the names of their constants.
    natives: BTreeSet<String>,
    /// Whether anything may run a goss file.
    goss: bool,
    rego: bool,
    certmanager: bool,
    pkcs11: bool,
    loader: bool,
    check_loader: bool,
    network: bool,
    external: bool,
    /// Whether the standard agent for checks is part of it, which evaluates goss files.
    scout: bool,
    sandbox: bool,
}

/// Settings that only mean something in a network.
const OF_NETWORK: [&str; 7] = [
    "brokers",
    "collectives",
    "main_collective",
    "network",
    "provisioning",
    "rpc",
    "security",
];

/// Every driver with the feature that it is behind.
const DRIVERS: [(&str, &str); 9] = [
    ("ARCHIVE", "watch-archive"),
    ("EXEC", "watch-exec"),
    ("FILE", "watch-file"),
    ("GOSSIP", "watch-gossip"),
    ("HTTPSWITCH", "watch-httpswitch"),
    ("KV", "watch-kv"),
    ("METRIC", "watch-metric"),
    ("NAGIOS", "watch-nagios"),
    ("PLUGINS", "watch-plugins"),
];

/// The text of `distribution.rs`.
pub(crate) fn distribution(all: &Surroundings<'_>, path: &str) -> String {
    let mut header = String::new();
    let count = |number: usize, what: &str| match number {
        1 => format!("1 {what}"),
        number => format!("{number} {what}s"),
    };
    let mut parts = vec![count(all.machines.len(), "machine")];
    if !all.rows.is_empty() {
        parts.push(count(all.rows.len(), "check"));
    }
    if !all.agents.is_empty() {
        parts.push(count(all.agents.len(), "agent"));
    }
    if !all.data.is_empty() {
        parts.push(count(all.data.len(), "data plugin"));
    }
    let (name, version) = (doc::code(&all.of.name), &all.of.version);
    let _ = writeln!(
        header,
        "// Distribution {name} {version}: {}.",
        parts.join(", ")
    );
    let _ = writeln!(
        header,
        "//\n// @generated by choristerc from {path}. Edit that file, not this one."
    );
    let machines = all.machines.iter().map(|it| it.name);
    let classes = all.classes.iter().map(|it| it.name);
    let agents = all.agents.iter().filter(|it| !it.body.is_standard());
    let agents = agents.map(|it| it.name);
    let data = all.data.iter().map(|it| it.name);
    let modules = [
        modules("data", "The data plugins", &all.of.name, data),
        modules("agents", "The RPC agents", &all.of.name, agents),
        modules("machines", "The machines", &all.of.name, machines),
        modules("checks", "The check classes", &all.of.name, classes),
    ];
    print(
        &header,
        modules.into_iter().flatten().chain([constant(all)]),
    )
}

/// The features of the facade that the generated code needs.
pub(crate) fn features(
    of: &Distribution,
    machines: &[&Machine],
    classes: &[&CheckClass],
) -> BTreeSet<&'static str> {
    let parts = Parts::of(of, machines, classes);
    let drivers = DRIVERS
        .iter()
        .filter(|(driver, _)| parts.drivers.contains(driver));
    drivers
        .map(|(_, feature)| *feature)
        .chain(parts.loader.then_some("machine-loader"))
        .chain(parts.check_loader.then_some("check-loader"))
        .chain(of.loaded_bundle.is_some().then_some("check-bundle"))
        .chain((!parts.natives.is_empty()).then_some("native-checks"))
        // Its TLS stack is larger than all the others together.
        .chain(parts.natives.contains("HTTP").then_some("native-http"))
        .chain(parts.goss.then_some("goss"))
        .chain(parts.rego.then_some("rego"))
        .chain(parts.certmanager.then_some("certmanager"))
        .chain(parts.pkcs11.then_some("pkcs11"))
        .chain((parts.goss || parts.scout).then_some("validate-http"))
        .chain(parts.network.then_some("network"))
        .chain(of.roles.contains(&Role::Client).then_some("client"))
        .chain(of.roles.contains(&Role::Emulator).then_some("emulator"))
        .chain(parts.external.then_some("external-agents"))
        .chain(parts.scout.then_some("agent-scout"))
        .chain(parts.sandbox.then_some("sandbox"))
        .chain(presets(of, "http.address").then_some("http"))
        .chain(presets(of, "http.certificate").then_some("http-tls"))
        .collect()
}

/// Whether a setting is compiled in.
fn presets(of: &Distribution, name: &str) -> bool {
    of.defaults.iter().any(|(key, _)| key == name)
}

/// The modules of a folder; nothing where there are none.
fn modules<'a>(
    folder: &str,
    what: &str,
    of: &str,
    names: impl Iterator<Item = &'a Name>,
) -> Option<TokenStream> {
    let modules: Vec<_> = names.map(Name::module).collect();
    if modules.is_empty() {
        return None;
    }
    let about = format!(" {what} of {}.", doc::code(of));
    let folder = Ident::new(folder, Span::call_site());
    Some(quote! {
        #[doc = #about]
        pub mod #folder {
            #(pub mod #modules;)*
        }
    })
}

/// Imports stay inside the value: around it is the author's own code.
fn constant(all: &Surroundings<'_>) -> TokenStream {
    let machines: Vec<&Machine> = all.machines.iter().map(|it| it.machine).collect();
    let classes: Vec<&CheckClass> = all.classes.iter().map(|it| it.class).collect();
    let of = all.of;
    let parts = Parts::of(of, &machines, &classes);
    let value = value(all, &parts);
    let mut imports = Imports::default();
    imports.scan(&value);
    let named = [
        (!parts.drivers.is_empty(), "drivers"),
        (parts.loader || parts.check_loader, "loader"),
        (!parts.natives.is_empty(), "natives"),
        (parts.network, "network"),
        (parts.certmanager, "enrolment"),
        (parts.pkcs11, "card"),
        (parts.external, "external"),
        (
            all.agents.iter().any(|it| it.body.is_standard()),
            "standard",
        ),
        (parts.goss, "GOSS"),
        (parts.rego, "REGO"),
    ];
    for (_, name) in named.iter().filter(|(is_used, _)| *is_used) {
        imports.add(name);
    }
    let imports = imports.surface();
    let docs = doc::lines(&of.description);
    let docs = if docs.is_empty() {
        vec![format!(" The distribution {}.", doc::code(&of.name))]
    } else {
        docs
    };
    quote! {
        #(#[doc = #docs])*
        pub static DISTRIBUTION: chorister::codegen::Distribution = {
            #imports
            #value
        };
    }
}

/// The value; what is as in `Distribution::EMPTY` is left out.
fn value(all: &Surroundings<'_>, parts: &Parts) -> TokenStream {
    let of = all.of;
    let (name, version, description) = (&of.name, &of.version, &of.description);
    let mut fields = vec![quote!(name: #name), quote!(version: #version)];
    if !description.is_empty() {
        fields.push(quote!(description: #description));
    }
    if !of.roles.is_empty() {
        let roles = of.roles.iter().map(role);
        fields.push(quote!(roles: &[#(#roles),*]));
    }
    if !all.machines.is_empty() {
        let machines = all.machines.iter().map(compiled_machine);
        fields.push(quote!(machines: &[#(#machines),*]));
    }
    if !all.classes.is_empty() {
        let classes = all.classes.iter().map(compiled_class);
        fields.push(quote!(classes: &[#(#classes),*]));
    }
    if !all.agents.is_empty() {
        let agents = all.agents.iter().map(compiled_agent);
        fields.push(quote!(agents: &[#(#agents),*]));
    }
    if !all.data.is_empty() {
        let data = all.data.iter().map(compiled_data);
        fields.push(quote!(data: &[#(#data),*]));
    }
    if !all.rows.is_empty() {
        let rows = all.rows.iter().map(row);
        fields.push(quote!(checks: &[#(#rows),*]));
    }
    if !parts.drivers.is_empty() {
        let drivers = parts
            .drivers
            .iter()
            .map(|it| Ident::new(it, Span::call_site()));
        fields.push(quote!(drivers: &[#(drivers::#drivers),*]));
    }
    if !parts.natives.is_empty() {
        let natives = parts
            .natives
            .iter()
            .map(|it| Ident::new(it, Span::call_site()));
        fields.push(quote!(natives: &[#(natives::#natives),*]));
    }
    if parts.goss {
        fields.push(quote!(goss: Some(GOSS)));
    }
    if parts.rego {
        fields.push(quote!(rego: Some(REGO)));
    }
    if parts.loader {
        fields.push(quote!(loader: Some(loader::MACHINES)));
    }
    if parts.check_loader {
        fields.push(quote!(check_loader: Some(loader::CHECKS)));
    }
    if parts.network {
        fields.push(quote!(network: Some(network::NODE)));
    }
    if parts.certmanager {
        fields.push(quote!(certmanager: Some(enrolment::CERTMANAGER)));
    }
    if of.roles.contains(&Role::Client) {
        fields.push(quote!(client: Some(network::CLIENT)));
    }
    if of.roles.contains(&Role::Emulator) {
        fields.push(quote!(emulator: Some(network::EMULATOR)));
    }
    if parts.pkcs11 {
        fields.push(quote!(pkcs11: Some(card::PKCS11)));
    }
    if parts.external {
        fields.push(quote!(external_agents: Some(external::PROGRAMS)));
    }
    fields.extend(loaded(of));
    if !of.defaults.is_empty() {
        let settings = of
            .defaults
            .iter()
            .map(|(key, value)| quote!(Setting { key: #key, value: #value }));
        fields.push(quote!(defaults: &[#(#settings),*]));
    }
    if of.budget != Budget::default() {
        fields.push(budget(of.budget));
    }
    if let Some(sandbox) = &all.sandbox {
        let sandbox = self::sandbox(sandbox);
        fields.push(quote!(sandbox: Some(#sandbox)));
    }
    if let Some(size) = of.max_size {
        let size = Literal::u64_unsuffixed(size);
        fields.push(quote!(max_size: Some(#size)));
    }
    if of.insecure_for_tests {
        fields.push(quote!(features: Features { insecure_for_tests: true }));
    }
    let manifest = Include::Beside(MANIFEST.to_owned()).expression(&quote!(include_str));
    fields.push(quote!(manifest: #manifest));
    quote!(Distribution { #(#fields,)* ..Distribution::EMPTY })
}

/// Where things come from at run time.
fn loaded(of: &Distribution) -> Option<TokenStream> {
    let machines = of
        .loaded_machines
        .as_ref()
        .map(|it| quote!(machines: Some(#it)));
    let checks = of
        .loaded_checks
        .as_ref()
        .map(|it| quote!(checks: Some(#it)));
    let bundle = of.loaded_bundle.as_ref().map(|it| {
        let keys = &it.keys;
        let source = match &it.source {
            Some(source) => quote!(Some(#source)),
            None => quote!(None),
        };
        quote!(bundle: Some(LoadedBundle { keys: &[#(#keys),*], source: #source }))
    });
    let agents = of
        .loaded_external_agents
        .as_ref()
        .map(|it| quote!(external_agents: Some(#it)));
    let all = [machines, checks, bundle, agents];
    let fields: Vec<_> = all.into_iter().flatten().collect();
    match fields.len() {
        0 => None,
        4 => Some(quote!(loaded: Loaded { #(#fields),* })),
        _ => Some(quote!(loaded: Loaded { #(#fields,)* ..Loaded::NOTHING })),
    }
}

/// What a node is held to; what is as in `Sandbox::EMPTY` is left out.
fn sandbox(of: &Sandbox<'_>) -> TokenStream {
    let lists = [
        (quote!(exec), &of.exec),
        (quote!(read), &of.read),
        (quote!(write), &of.write),
    ];
    let lists = lists
        .into_iter()
        .filter(|(_, items)| !items.is_empty())
        .map(|(key, items)| {
            let items = items.iter();
            quote!(#key: &[#(#items),*])
        });
    let ports = match &of.connect {
        Ports::Anywhere => Some(quote!(connect: Connect::Anywhere)),
        Ports::Unknown => Some(quote!(connect: Connect::Unknown)),
        Ports::Listed(ports) if ports.is_empty() => None,
        Ports::Listed(ports) => {
            let ports = ports.iter().map(|it| Literal::u16_unsuffixed(*it));
            Some(quote!(connect: Connect::Ports(&[#(#ports),*])))
        }
    };
    let fields = lists.chain(ports);
    quote!(Sandbox { #(#fields,)* ..Sandbox::EMPTY })
}

fn role(role: &Role) -> TokenStream {
    match role {
        Role::Server => quote!(Role::Server),
        Role::Client => quote!(Role::Client),
        Role::Emulator => quote!(Role::Emulator),
        // Not reached: a role that cannot be built is an error of the distribution.
        _ => quote!(),
    }
}

impl Spec {
    fn value(&self) -> TokenStream {
        let path = &self.origin;
        let text = match &self.text {
            Some(text) => text.expression(&quote!(include_str)),
            None => quote!(""),
        };
        quote!(Spec { path: #path, text: #text })
    }
}

fn compiled_machine(entry: &Entry<'_>) -> TokenStream {
    let module = entry.name.module();
    let spec = entry.spec.value();
    let files = entry.files.iter().map(|file| {
        let (path, executable) = (&file.path, file.executable);
        let content = file.content.expression(&quote!(include_bytes));
        quote!(BundledFile { path: #path, executable: #executable, content: #content })
    });
    quote! {
        CompiledMachine {
            machine: &machines::#module::MACHINE,
            spec: #spec,
            files: &[#(#files),*],
        }
    }
}

fn compiled_class(entry: &ClassEntry<'_>) -> TokenStream {
    let module = entry.name.module();
    let spec = entry.spec.value();
    quote! {
        CompiledClass {
            class: &checks::#module::CLASS,
            spec: #spec,
        }
    }
}

fn compiled_agent(entry: &HostedEntry<'_, Ddl>) -> TokenStream {
    let module = entry.name.module();
    let spec = entry.spec.value();
    let (service, has_author) = service(entry.ddl);
    let path = entry.body.path();
    let (ddl, start) = match (entry.body, path.filter(|_| has_author)) {
        (Body::Standard(name), _) => {
            let name = Ident::new(name, Span::call_site());
            (quote!(standard::#name::DDL), quote!(standard::#name::start))
        }
        (_, Some(path)) => (
            quote!(agents::#module::DDL),
            quote!(|| Box::new(agents::#module::#service::<#path>(Default::default()))),
        ),
        (_, None) => (
            quote!(agents::#module::DDL),
            quote!(|| Box::new(agents::#module::#service)),
        ),
    };
    quote! {
        CompiledAgent {
            ddl: &#ddl,
            spec: #spec,
            start: #start,
        }
    }
}

fn compiled_data(entry: &HostedEntry<'_, DataDdl>) -> TokenStream {
    let module = entry.name.module();
    let spec = entry.spec.value();
    let (plugin, has_author) = plugin(entry.ddl);
    let answers = match entry.body.path().filter(|_| has_author) {
        Some(path) => quote!(data::#module::#plugin::<#path>(Default::default())),
        None => quote!(data::#module::#plugin),
    };
    quote! {
        CompiledData {
            ddl: &data::#module::DDL,
            spec: #spec,
            start: || Box::new(#answers),
        }
    }
}

fn row(entry: &RowEntry<'_>) -> TokenStream {
    let module = entry.class.module();
    let name = entry.of.name.text.as_str();
    let with = List::from(entry.of.with.clone()).const_tokens();
    let settings = entry.of.settings.const_tokens();
    quote! {
        CheckRow {
            name: text(#name),
            class: &checks::#module::CLASS,
            with: #with,
            settings: #settings,
        }
    }
}

fn budget(budget: Budget) -> TokenStream {
    let some = |value: Option<u64>| match value.map(Literal::u64_unsuffixed) {
        Some(value) => quote!(Some(#value)),
        None => quote!(None),
    };
    let rss = some(budget.rss);
    let events = some(budget.events_per_second.map(u64::from));
    let forks = some(budget.forks_per_second.map(u64::from));
    quote!(budget: Budget { rss: #rss, events_per_second: #events, forks_per_second: #forks })
}

// === impl Body ===

impl Body<'_> {
    pub(crate) const fn is_standard(self) -> bool {
        matches!(self, Self::Standard(_))
    }

    /// The author's type.
    fn path(self) -> Option<syn::Path> {
        match self {
            Self::Author(path) => syn::parse_str(path).ok(),
            Self::Declared | Self::Standard(_) => None,
        }
    }
}

// === impl Include ===

impl Include {
    fn expression(&self, by: &TokenStream) -> TokenStream {
        match self {
            Self::Beside(path) => quote!(#by!(#path)),
            Self::Crate(path) => quote!(#by!(concat!(env!("CARGO_MANIFEST_DIR"), #path))),
        }
    }
}

// === impl Parts ===

impl Parts {
    /// A distribution that loads machines cannot know which drivers they need: it has all of them. What checks run is
    /// known from their classes, wherever they come from.
    fn of(of: &Distribution, machines: &[&Machine], classes: &[&CheckClass]) -> Self {
        let natives = classes.iter().filter_map(|it| match &it.run {
            ClassRun::Native(name) => Some(constant_of(name)),
            _ => None,
        });
        let by_class = classes.iter().any(|it| matches!(it.run, ClassRun::Goss(_)));
        let mut watchers = machines.iter().flat_map(|it| it.watchers.iter());
        let by_machine = watchers.any(
            |it| matches!(&it.kind, WatcherKind::Nagios(it) if matches!(it.probe, Probe::Goss(_))),
        );
        let mut parts = Self {
            drivers: BTreeSet::new(),
            natives: natives.collect(),
            goss: by_class || by_machine || of.loaded_machines.is_some(),
            rego: of.rego,
            certmanager: of.certmanager,
            pkcs11: of.pkcs11 && of.roles.contains(&Role::Client),
            loader: of.loaded_machines.is_some(),
            check_loader: of.loaded_checks.is_some(),
            network: of.roles.iter().any(|it| *it != Role::Server)
                || !of.agents.is_empty()
                || !of.data.is_empty()
                || of.certmanager
                || of.loaded_external_agents.is_some()
                || of.defaults.iter().any(|(key, _)| is_of_network(key))
                || machines
                    .iter()
                    .flat_map(|it| it.watchers.iter())
                    .any(|it| it.kind.needs_network()),
            external: of.loaded_external_agents.is_some(),
            scout: of
                .agents
                .iter()
                .any(|it| standard::hosted(it) == Some("scout")),
            sandbox: of.capabilities.as_ref().is_some_and(|it| it.enforce),
        };
        if parts.loader {
            parts.drivers = DRIVERS.iter().map(|(driver, _)| *driver).collect();
            return parts;
        }
        let of_classes = classes.iter().map(|it| &it.machine);
        let kinds = machines.iter().copied().chain(of_classes);
        let kinds = kinds.flat_map(|it| it.watchers.iter()).map(|it| &it.kind);
        parts.drivers = kinds.flat_map(drivers).collect();
        parts
    }
}

/// Whether a setting such as `rpc.audit` only means something in a network.
fn is_of_network(key: &str) -> bool {
    let group = key.split_once('.').map_or(key, |(group, _)| group);
    OF_NETWORK.contains(&group)
}

/// The name of the constant that is a check.
fn constant_of(native: &str) -> String {
    native.to_ascii_uppercase()
}

/// The drivers that a watcher needs; none where the engine's core does it alone.
fn drivers(kind: &WatcherKind) -> Vec<&'static str> {
    match kind {
        WatcherKind::Exec(_) => vec!["EXEC"],
        WatcherKind::File(_) => vec!["FILE"],
        WatcherKind::Archive(_) => vec!["ARCHIVE"],
        WatcherKind::HttpSwitch(_) => vec!["HTTPSWITCH"],
        WatcherKind::Nagios(_) => vec!["NAGIOS"],
        WatcherKind::Kv(_) => vec!["KV"],
        WatcherKind::Gossip(_) => vec!["GOSSIP"],
        WatcherKind::Plugins(_) => vec!["PLUGINS"],
        // Measurements over HTTP come from the server of the switches.
        WatcherKind::Metric(it) if it.http => vec!["HTTPSWITCH", "METRIC"],
        WatcherKind::Metric(_) => vec!["METRIC"],
        WatcherKind::Schedule(_) | WatcherKind::Timer(_) | WatcherKind::Expression(_) => Vec::new(),
    }
}
