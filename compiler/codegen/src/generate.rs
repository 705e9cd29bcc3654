//! From a distribution to the files of its code: the one function behind every door.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use chorister_ir::{CheckClass, Machine};
use chorister_manifest::{Estimate, Manifest};
use chorister_spec::distribution::{self, Distribution, Fitted, Origin};
use chorister_spec::{Checked, Diagnostic, Options, Severity, Source, class};
use chorister_testing::Batch;

use crate::agents::{self, Agent};
use crate::budget;
use crate::emit::{self, Bundled, Include, Provenance};
use crate::files::Files;
use crate::load::{Loaded, MAX_SPEC, Place, below};
use crate::naming::Name;
use crate::one::agent_provenance;
use crate::suites::{Gatherer, Suites};
use crate::{capabilities, classes, goss, in_parallel, manifest, plugins, standard};

/// How generated code lies relative to its specs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The folder of the crate that is compiled, relative to the base of the files; empty where they are the same.
    pub crate_dir: String,
    /// The folder of the standard specs, relative to the base of the files; `None` writes them beside the code.
    pub standard_dir: Option<String>,
}

/// What came of a distribution.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// What the distribution is made of, as far as its file could be read.
    pub distribution: Option<Distribution>,
    /// The files of its code by their paths, with `/` between folders; none if any finding is an error.
    pub files: BTreeMap<String, String>,
    /// All findings, file by file.
    pub diagnostics: Vec<Diagnostic>,
    /// What is only worth knowing of the machines: their operator interfaces, and how soon they come round.
    pub remarks: Vec<Diagnostic>,
    /// The text of every spec that was read, for showing findings.
    pub sources: Vec<Source>,
    /// The files and folders that the output depends on, relative to the base of the files.
    pub inputs: BTreeSet<String>,
    /// The tests of its machines and its own, with their machines; for [`chorister_testing::run`].
    pub tests: Vec<Batch>,
    /// Its check classes; none if any finding is an error.
    pub classes: Vec<CheckClass>,
    /// The features of the facade that the code needs.
    pub features: BTreeSet<&'static str>,
    /// What the distribution is and may do; nothing if any machine or the distribution has an error.
    pub manifest: Option<Manifest>,
    /// What its machines will use; there where the manifest is.
    pub estimate: Option<Estimate>,
    /// The names of its checks, and how often each runs.
    pub timetable: Vec<(String, Duration)>,
    /// The names of its check classes, and how often a check runs that says nothing else.
    pub intervals: Vec<(String, Duration)>,
}

// === impl Output ===

impl Output {
    /// Whether any finding is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|it| it.severity == Severity::Error)
    }

    fn take(&mut self, suites: Suites) {
        self.tests = suites.batches;
        self.diagnostics.extend(suites.diagnostics);
        self.sources.extend(suites.sources);
        self.inputs.extend(suites.inputs);
    }
}

/// Reads, checks and prints the distribution whose file is `root`, relative to the base of `files`.
///
/// # Errors
///
/// What the operating system said about `root` itself. Anything else is a finding.
pub fn generate(files: &dyn Files, root: &str, layout: &Layout) -> io::Result<Output> {
    let options = Options {
        build: true,
        ..Options::default()
    };
    examine(files, root, layout, &options)
}

/// Reads and checks the distribution whose file is `root`, with its machines, and prints nothing.
///
/// What this release cannot build is a warning here and not an error.
///
/// # Errors
///
/// What the operating system said about `root` itself. Anything else is a finding.
pub fn check(files: &dyn Files, root: &str, lenient: bool) -> io::Result<Output> {
    let options = Options {
        lenient,
        build: false,
    };
    examine(files, root, &Layout::default(), &options)
}

fn examine(
    files: &dyn Files,
    root: &str,
    layout: &Layout,
    options: &Options,
) -> io::Result<Output> {
    let bytes = files.read(root, MAX_SPEC)?;
    let mut output = Output {
        inputs: BTreeSet::from([root.to_owned()]),
        ..Output::default()
    };
    let source = match Source::from_bytes(root, bytes) {
        Ok(source) => source,
        Err(finding) => {
            output.diagnostics.push(*finding);
            return Ok(output);
        }
    };
    let mut read = distribution::check(&source, options);
    output.diagnostics = core::mem::take(&mut read.diagnostics);
    let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
    let place = Place {
        files,
        layout,
        folder,
        root: Arc::clone(&source.path),
    };
    output.sources.push(source.clone());
    let Some(distribution) = &read.distribution else {
        return Ok(output);
    };

    let loaded: Vec<Loaded<'_>> = distribution
        .machines
        .iter()
        .filter_map(|entry| place.load(entry, &mut output))
        .collect();
    output.diagnostics.sort_by_key(|it| it.span.start);
    let checked = in_parallel(&loaded, |it| {
        let options = Options {
            lenient: it.entry.lenient || options.lenient,
            ..*options
        };
        chorister_spec::machine::check(&it.source, &options)
    });
    output
        .diagnostics
        .extend(checked.iter().flat_map(|it| it.diagnostics.iter().cloned()));
    output.diagnostics.extend(
        checked
            .iter()
            .flat_map(|it| crate::bundle::check_programs(files, it)),
    );
    let gossfiles = checked.iter().map(|it| goss::check_gossfiles(files, it));
    let gossfiles: Vec<_> = gossfiles.collect();
    let found = gossfiles.iter().flat_map(|it| it.diagnostics.clone());
    output.diagnostics.extend(found);
    output
        .diagnostics
        .extend(chorister_spec::set::check(&checked));
    output
        .diagnostics
        .extend(plugins::check(distribution, &place.root, &checked));
    let explored = crate::explore::explore(&checked.iter().collect::<Vec<_>>());
    output.diagnostics.extend(explored.findings);
    output.remarks = explored.remarks;
    output
        .sources
        .extend(loaded.iter().map(|it| it.source.clone()));
    let gossfiles = gossfiles.into_iter().flat_map(|it| it.sources);
    output.sources.extend(gossfiles);
    let agents = agents::load(&place, distribution, &checked, options, &mut output);
    let data = agents::load_data(&place, distribution, options, &mut output);
    let classes: Vec<Loaded<'_>> = distribution
        .classes
        .iter()
        .filter_map(|entry| place.load(entry, &mut output))
        .collect();
    let checked_classes = in_parallel(&classes, |it| classes::check_class(files, &it.source));
    let of_classes = checked_classes
        .iter()
        .flat_map(|it| &it.machine.diagnostics);
    output.diagnostics.extend(of_classes.cloned());
    output
        .sources
        .extend(classes.iter().map(|it| it.source.clone()));
    let gossfiles = checked_classes.iter().flat_map(|it| &it.gossfiles);
    let gossfiles: Vec<_> = gossfiles.cloned().collect();
    for path in gossfiles.iter().map(|it| &*it.path) {
        // An include may stand for any file of a folder.
        let folder = path.rsplit_once('/').map(|it| it.0.to_owned());
        output
            .inputs
            .extend(folder.into_iter().chain([path.to_owned()]));
    }
    output.sources.extend(gossfiles);
    let names: Vec<&str> = checked
        .iter()
        .filter_map(|it| Some(it.outline.name.as_ref()?.text.as_str()))
        .collect();
    let borrowed: Vec<_> = checked_classes.iter().collect();
    let (checks, findings) = distribution::fit(&read, &source.path, &borrowed, &names);
    output.diagnostics.extend(findings);
    let findings = classes::together(&checked_classes, &checks, &source.path, &names);
    output.diagnostics.extend(findings);
    output.timetable = classes::timetable(&checked_classes, &checks);
    output.intervals = classes::intervals(&checked_classes);
    let mut tests = Gatherer::new(files, options.lenient);
    for (loaded, checked) in classes.iter().zip(&checked_classes) {
        tests.class(&loaded.source.path, checked);
    }
    let machines = loaded.iter().zip(&checked);
    let machines: Vec<_> = machines
        .map(|(loaded, checked)| (loaded.source.path.to_string(), checked))
        .collect();
    tests.distribution(&source, &read, &machines);
    output.take(tests.finish());
    if !output.has_errors() {
        let mut manifest = manifest::of(files, distribution, &loaded, &checked);
        let loads = distribution.loaded_checks.is_some();
        manifest.add(classes::machines(&checked_classes, &checks, loads));
        let findings = capabilities::check(distribution, &place.root, &manifest, &checked);
        output.diagnostics.extend(findings);
        let estimate = chorister_manifest::estimate(&manifest);
        let findings = budget::check(distribution, &place.root, &manifest, &estimate);
        output.diagnostics.extend(findings);
        let remark = budget::remark(distribution, &place.root, &estimate);
        output.remarks.extend(remark);
        output.estimate = Some(estimate);
        output.manifest = Some(manifest);
    }
    if !output.has_errors() {
        let machines: Vec<&Machine> = checked
            .iter()
            .filter_map(|it| it.machine.as_ref())
            .collect();
        let compiled: Vec<&CheckClass> = checked_classes
            .iter()
            .filter_map(|it| it.class.as_ref())
            .collect();
        output.features = emit::features(distribution, &machines, &compiled);
        if options.build {
            let checked = Everything {
                machines: loaded.iter().zip(&checked).collect(),
                classes: classes.iter().zip(&checked_classes).collect(),
                checks: &checks,
                agents: &agents,
                data: &data,
            };
            place.emit(distribution, &checked, &mut output);
        }
        let classes = checked_classes.into_iter();
        output.classes = classes.filter_map(|it| it.class).collect();
    }
    output.distribution = read.distribution;
    Ok(output)
}

/// What was read and checked of a distribution.
struct Everything<'a> {
    machines: Vec<(&'a Loaded<'a>, &'a Checked)>,
    classes: Vec<(&'a Loaded<'a>, &'a class::Checked)>,
    checks: &'a [Fitted],
    agents: &'a [Agent<'a>],
    data: &'a [Agent<'a>],
}

impl Place<'_> {
    fn emit(&self, of: &Distribution, all: &Everything<'_>, output: &mut Output) {
        // Without an error each has its machine; were one missing, the others would still be themselves.
        let jobs: Vec<_> = all
            .machines
            .iter()
            .filter_map(|(loaded, checked)| Some((checked.machine.as_ref()?, *loaded, *checked)))
            .collect();
        let names = Name::distinct(jobs.iter().map(|(machine, ..)| machine.name.as_ref()));
        let texts = in_parallel(&jobs, |(machine, loaded, checked)| {
            emit::machine(machine, &provenance(&loaded.source, checked))
        });
        let machines: Vec<_> = jobs
            .iter()
            .zip(&names)
            .map(|((machine, loaded, _), name)| emit::Entry {
                machine,
                name,
                spec: self.spec(loaded, of, &mut output.files),
                files: self.bundled(loaded),
            })
            .collect();
        let compiled = all
            .classes
            .iter()
            .filter_map(|(loaded, checked)| Some((checked.class.as_ref()?, *loaded, *checked)));
        let compiled: Vec<_> = compiled.collect();
        let class_names = Name::distinct(compiled.iter().map(|(class, ..)| class.name.as_ref()));
        let classes: Vec<_> = compiled
            .iter()
            .zip(&class_names)
            .map(|((class, loaded, _), name)| emit::ClassEntry {
                class,
                name,
                spec: self.spec(loaded, of, &mut output.files),
            })
            .collect();
        let agents: Vec<_> = all
            .agents
            .iter()
            .filter_map(|it| Some((it, it.checked.agent()?)))
            .collect();
        let agent_names = Name::distinct(agents.iter().map(|(_, ddl)| ddl.metadata.name.as_ref()));
        let hosted = agents.iter().zip(&agent_names);
        let hosted: Vec<_> = hosted
            .map(|((agent, ddl), name)| emit::HostedEntry {
                ddl: *ddl,
                name,
                spec: self.spec(&agent.loaded, of, &mut output.files),
                body: agent.body(),
            })
            .collect();
        let plugins: Vec<_> = all
            .data
            .iter()
            .filter_map(|it| Some((it, it.checked.plugin()?)))
            .collect();
        let data_names = Name::distinct(plugins.iter().map(|(_, ddl)| ddl.metadata.name.as_ref()));
        let data = plugins.iter().zip(&data_names);
        let data: Vec<_> = data
            .map(|((plugin, ddl), name)| emit::HostedEntry {
                ddl: *ddl,
                name,
                spec: self.spec(&plugin.loaded, of, &mut output.files),
                body: plugin.body(),
            })
            .collect();
        let rows = all.checks.iter().filter_map(|of| {
            let class = class_names.get(of.class)?;
            Some(emit::RowEntry { of, class })
        });
        let surroundings = emit::Surroundings {
            of,
            machines,
            classes,
            agents: hosted,
            data,
            rows: rows.collect(),
            sandbox: output
                .manifest
                .as_ref()
                .filter(|it| it.limits.enforce)
                .map(manifest::sandbox),
        };
        let root = emit::distribution(&surroundings, &self.root);
        output.files.insert("distribution.rs".to_owned(), root);
        let manifest = output.manifest.as_ref().map(Manifest::to_json);
        output
            .files
            .extend(manifest.map(|it| (emit::MANIFEST.to_owned(), it)));
        output.files.extend(
            names
                .iter()
                .zip(texts)
                .map(|(name, text)| (format!("machines/{}.rs", name.module_ident), text)),
        );
        let texts = agents.iter().zip(&agent_names);
        let texts = texts.filter(|((agent, _), _)| !agent.body().is_standard());
        let texts = texts.map(|((agent, ddl), name)| {
            let text = emit::agent(ddl, &agent_provenance(&agent.loaded.source, &agent.checked));
            (format!("agents/{}.rs", name.module_ident), text)
        });
        output.files.extend(texts);
        let texts = plugins.iter().zip(&data_names);
        let texts = texts.map(|((plugin, ddl), name)| {
            let provenance = agent_provenance(&plugin.loaded.source, &plugin.checked);
            let path = format!("data/{}.rs", name.module_ident);
            (path, emit::data(ddl, &provenance))
        });
        output.files.extend(texts);
        let texts = compiled
            .iter()
            .zip(&class_names)
            .map(|((class, loaded, checked), name)| {
                let text = emit::class(class, &classes::provenance(&loaded.source, checked));
                (format!("checks/{}.rs", name.module_ident), text)
            });
        output.files.extend(texts);
    }

    /// What the code says of a spec.
    fn spec(
        &self,
        loaded: &Loaded<'_>,
        of: &Distribution,
        files: &mut BTreeMap<String, String>,
    ) -> emit::Spec {
        emit::Spec {
            origin: loaded.entry.origin.to_string(),
            text: of.embed_specs.then(|| self.spec_text(loaded, files)),
        }
    }

    /// How the code includes the text of a spec.
    fn spec_text(&self, loaded: &Loaded<'_>, files: &mut BTreeMap<String, String>) -> Include {
        let Origin::Standard(name) = &loaded.entry.origin else {
            return self.include(&loaded.source.path);
        };
        if let Some(path) = self.standard_input(loaded.entry.sort, name) {
            return self.include(&path);
        }
        let path = format!("std/{}", standard::file(loaded.entry.sort, name));
        files.insert(path.clone(), loaded.source.text.to_string());
        Include::Beside(path)
    }

    fn bundled(&self, loaded: &Loaded<'_>) -> Vec<Bundled> {
        let folder = loaded.folder();
        let bundled = loaded.bundle.iter().map(|file| Bundled {
            path: file.path.clone(),
            executable: file.executable,
            content: self.include(&below(folder, &file.path)),
        });
        bundled.collect()
    }

    /// How the code includes a file that is named relative to the base of the files.
    fn include(&self, path: &str) -> Include {
        let up = self
            .layout
            .crate_dir
            .split('/')
            .filter(|it| !it.is_empty())
            .map(|_| "../");
        Include::Crate(format!("/{}{path}", up.collect::<String>()))
    }
}

/// What generated code says of where it comes from.
pub(crate) fn provenance(source: &Source, checked: &Checked) -> Provenance {
    let lines = checked
        .outline
        .watchers
        .iter()
        .map(|it| it.whole.start.line as usize);
    Provenance {
        path: source.path.to_string(),
        watcher_lines: lines.collect(),
    }
}
