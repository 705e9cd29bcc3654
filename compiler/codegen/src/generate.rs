//! From a distribution to the files of its code: the one function behind every door.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use chorister_ir::Machine;
use chorister_spec::distribution::{Distribution, Entry, Origin};
use chorister_spec::{Checked, Code, Diagnostic, Options, Severity, Source};

use crate::bundle::{self, BundleFile};
use crate::emit::{self, Bundled, Include, Provenance};
use crate::files::Files;
use crate::naming::Name;
use crate::{in_parallel, standard};

/// Most bytes of a spec; the reader of YAML has the same limit.
const MAX_SPEC: u64 = 4 << 20;

/// How generated code lies relative to its specs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The folder of the crate that is compiled, relative to the base of the files; empty where they are the same.
    pub crate_dir: String,
    /// The folder of the standard machines, relative to the base of the files; `None` writes their specs beside
    /// the code.
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
    /// The text of every spec that was read, for showing findings.
    pub sources: Vec<Source>,
    /// The files and folders that the output depends on, relative to the base of the files.
    pub inputs: BTreeSet<String>,
    /// The features of the facade that the code needs.
    pub features: BTreeSet<&'static str>,
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
    let text = files.read(root, MAX_SPEC)?;
    let text = String::from_utf8(text)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8 text"))?;
    let source = Source::new(root, text);
    let mut output = Output {
        inputs: BTreeSet::from([root.to_owned()]),
        ..Output::default()
    };
    let read = chorister_spec::distribution::check(&source, options);
    output.diagnostics = read.diagnostics;
    let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
    let place = Place {
        files,
        layout,
        folder,
        root: Arc::clone(&source.path),
    };
    output.sources.push(source);
    let Some(distribution) = read.distribution else {
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
    output
        .diagnostics
        .extend(chorister_spec::set::check(&checked));
    output
        .sources
        .extend(loaded.iter().map(|it| it.source.clone()));
    if !output.has_errors() {
        let machines: Vec<&Machine> = checked
            .iter()
            .filter_map(|it| it.machine.as_ref())
            .collect();
        output.features = emit::features(&distribution, &machines);
        if options.build {
            place.emit(&distribution, &loaded, &checked, &mut output);
        }
    }
    output.distribution = Some(distribution);
    Ok(output)
}

/// A machine that was read.
struct Loaded<'a> {
    entry: &'a Entry,
    source: Source,
    bundle: Vec<BundleFile>,
}

struct Place<'a> {
    files: &'a dyn Files,
    layout: &'a Layout,
    /// The folder of the distribution.
    folder: &'a str,
    root: Arc<str>,
}

impl Place<'_> {
    fn load<'e>(&self, entry: &'e Entry, output: &mut Output) -> Option<Loaded<'e>> {
        match &entry.origin {
            Origin::Standard(name) => match standard::text(name) {
                Some(text) => {
                    let source = Source::new(format!("std/{name}.machine.yaml"), text);
                    output.inputs.extend(self.standard_input(name));
                    Some(Loaded {
                        entry,
                        source,
                        bundle: Vec::new(),
                    })
                }
                None => {
                    output
                        .diagnostics
                        .push(self.no_standard_machine(entry, name));
                    None
                }
            },
            Origin::File(path) => self.load_file(entry, path, output),
        }
    }

    fn load_file<'e>(
        &self,
        entry: &'e Entry,
        path: &str,
        output: &mut Output,
    ) -> Option<Loaded<'e>> {
        let path = below(self.folder, path);
        output.inputs.insert(path.clone());
        let text = self.files.read(&path, MAX_SPEC).and_then(|it| {
            String::from_utf8(it).map_err(|_| io::Error::other("it is not UTF-8 text"))
        });
        let text = match text {
            Ok(text) => text,
            Err(error) => {
                output
                    .diagnostics
                    .push(self.unreadable(entry, &path, &error));
                return None;
            }
        };
        let source = Source::new(path.as_str(), text);
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
        // Beside any other spec lie other specs, and not what belongs to it.
        let bundle = if !folder.is_empty()
            && matches!(file, "machine.yaml" | "machine.yml" | "machine.json")
        {
            output.inputs.insert(folder.to_owned());
            bundle::collect(self.files, folder, file)
        } else {
            Ok(Vec::new())
        };
        let bundle = bundle.unwrap_or_else(|refusal| {
            output.diagnostics.push(self.finding(
                entry,
                Code::Bundle,
                refusal.message,
                Some(refusal.help.to_owned()),
            ));
            Vec::new()
        });
        Some(Loaded {
            entry,
            source,
            bundle,
        })
    }

    fn finding(
        &self,
        entry: &Entry,
        code: Code,
        message: String,
        help: Option<String>,
    ) -> Diagnostic {
        Diagnostic {
            code,
            severity: code.severity(),
            message,
            help,
            file: Arc::clone(&self.root),
            span: entry.place.span,
            path: entry.place.path.clone(),
            labels: Vec::new(),
        }
    }

    fn no_standard_machine(&self, entry: &Entry, name: &str) -> Diagnostic {
        let names = standard::MACHINES.iter().map(|(name, _)| *name);
        let help = match chorister_lang::suggest::closest(name, names.clone()) {
            Some(meant) => format!("did you mean `std/{meant}`?"),
            None => format!(
                "there are {}",
                names
                    .map(|it| format!("`std/{it}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        };
        let message = format!("there is no standard machine `std/{name}`");
        self.finding(entry, Code::StandardMachine, message, Some(help))
    }

    fn unreadable(&self, entry: &Entry, path: &str, error: &io::Error) -> Diagnostic {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let names = self.files.list(folder).unwrap_or_default();
        let near = chorister_lang::suggest::closest(file, names.iter().map(|it| it.name.as_str()));
        let help = near
            .filter(|it| *it != file)
            .map(|it| format!("did you mean `{it}` in the same folder?"));
        let message = match error.kind() {
            io::ErrorKind::NotFound => format!("there is no file `{path}`"),
            _ => format!("`{path}` cannot be read: {error}"),
        };
        self.finding(entry, Code::MachineFile, message, help)
    }

    fn emit(
        &self,
        of: &Distribution,
        loaded: &[Loaded<'_>],
        checked: &[Checked],
        output: &mut Output,
    ) {
        let machines: Vec<&Machine> = checked
            .iter()
            .filter_map(|it| it.machine.as_ref())
            .collect();
        let names = Name::distinct(machines.iter().map(|it| it.name.as_ref()));
        let jobs: Vec<_> = machines.iter().zip(loaded.iter().zip(checked)).collect();
        let texts = in_parallel(&jobs, |(machine, (loaded, checked))| {
            emit::machine(machine, &provenance(&loaded.source, checked))
        });
        let entries: Vec<_> = machines
            .iter()
            .zip(&names)
            .zip(loaded)
            .map(|((machine, name), loaded)| emit::Entry {
                machine,
                name,
                origin: loaded.entry.origin.to_string(),
                text: of
                    .embed_specs
                    .then(|| self.spec_text(loaded, &mut output.files)),
                files: self.bundled(loaded),
            })
            .collect();
        let root = emit::distribution(of, &self.root, &entries);
        output.files.insert("distribution.rs".to_owned(), root);
        output.files.extend(
            names
                .iter()
                .zip(texts)
                .map(|(name, text)| (format!("machines/{}.rs", name.module_ident), text)),
        );
    }

    /// How the code includes the text of a spec.
    fn spec_text(&self, loaded: &Loaded<'_>, files: &mut BTreeMap<String, String>) -> Include {
        let Origin::Standard(name) = &loaded.entry.origin else {
            return self.include(&loaded.source.path);
        };
        if let Some(path) = self.standard_input(name) {
            return self.include(&path);
        }
        let path = format!("std/{name}.machine.yaml");
        files.insert(path.clone(), loaded.source.text.to_string());
        Include::Beside(path)
    }

    /// The path of a standard machine's spec, where the layout has one.
    fn standard_input(&self, name: &str) -> Option<String> {
        self.layout
            .standard_dir
            .as_ref()
            .map(|folder| below(folder, &format!("{name}.machine.yaml")))
    }

    fn bundled(&self, loaded: &Loaded<'_>) -> Vec<Bundled> {
        let folder = loaded
            .source
            .path
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
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
        .map(|it| it.start.line as usize);
    Provenance {
        path: source.path.to_string(),
        watcher_lines: lines.collect(),
    }
}

fn below(folder: &str, path: &str) -> String {
    let mut folder = folder;
    let mut path = path;
    // `../x` below `a/b` is `a/x`, so that one file has one path.
    while let Some(rest) = path
        .strip_prefix("../")
        .filter(|_| !folder.is_empty() && !folder.ends_with(".."))
    {
        path = rest;
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
    }
    if folder.is_empty() {
        path.to_owned()
    } else {
        format!("{folder}/{path}")
    }
}
