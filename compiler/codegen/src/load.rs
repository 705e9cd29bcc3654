//! Reading what a distribution lists.

use std::io;
use std::sync::Arc;

use chorister_spec::distribution::{Entry, Origin, Sort};
use chorister_spec::{Code, Diagnostic, Source};

use crate::bundle::{self, BundleFile};
use crate::files::Files;
use crate::generate::{Layout, Output};
use crate::standard;

/// Most bytes of a spec; the reader of YAML has the same limit.
pub(crate) const MAX_SPEC: u64 = 4 << 20;

/// A machine or a class that was read.
pub(crate) struct Loaded<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) source: Source,
    pub(crate) bundle: Vec<BundleFile>,
}

impl Loaded<'_> {
    /// The folder of the spec.
    pub(crate) fn folder(&self) -> &str {
        self.source
            .path
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder)
    }
}

/// Where a distribution is.
pub(crate) struct Place<'a> {
    pub(crate) files: &'a dyn Files,
    pub(crate) layout: &'a Layout,
    /// The folder of the distribution.
    pub(crate) folder: &'a str,
    /// The file of the distribution.
    pub(crate) root: Arc<str>,
}

impl Place<'_> {
    /// Reads the file of an entry; what is wrong with it is reported at the entry.
    pub(crate) fn load<'e>(&self, entry: &'e Entry, output: &mut Output) -> Option<Loaded<'e>> {
        let loaded = match &entry.origin {
            Origin::Standard(name) => self.load_standard(entry, name, output),
            Origin::File(path) => self.load_file(entry, path, output),
        };
        loaded
            .map_err(|finding| output.diagnostics.push(*finding))
            .ok()
    }

    fn load_standard<'e>(
        &self,
        entry: &'e Entry,
        name: &str,
        output: &mut Output,
    ) -> Result<Loaded<'e>, Box<Diagnostic>> {
        let Some(text) = standard::text(entry.sort, name) else {
            return Err(Box::new(self.not_standard(entry, name)));
        };
        let path = self.standard_input(entry.sort, name);
        output.inputs.extend(path.clone());
        let path = path.unwrap_or_else(|| format!("std/{}", standard::file(entry.sort, name)));
        Ok(Loaded {
            entry,
            source: Source::new(path, text),
            bundle: Vec::new(),
        })
    }

    fn load_file<'e>(
        &self,
        entry: &'e Entry,
        path: &str,
        output: &mut Output,
    ) -> Result<Loaded<'e>, Box<Diagnostic>> {
        let path = below(self.folder, path);
        output.inputs.insert(path.clone());
        let bytes = self
            .files
            .read(&path, MAX_SPEC)
            .map_err(|error| Box::new(self.unreadable(entry, &path, &error)))?;
        let source = Source::from_bytes(path.as_str(), bytes)?;
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
        // Beside any other spec lie other specs, and not what belongs to it.
        if folder.is_empty() || !matches!(file, "machine.yaml" | "machine.yml" | "machine.json") {
            return Ok(Loaded {
                entry,
                source,
                bundle: Vec::new(),
            });
        }
        output.inputs.insert(folder.to_owned());
        let bundle = bundle::collect(self.files, folder, file).unwrap_or_else(|refusal| {
            let help = Some(refusal.help.to_owned());
            let finding = self.finding(entry, Code::Bundle, refusal.message, help);
            output.diagnostics.push(finding);
            Vec::new()
        });
        Ok(Loaded {
            entry,
            source,
            bundle,
        })
    }

    /// The path of a standard spec, where the layout has one.
    pub(crate) fn standard_input(&self, sort: Sort, name: &str) -> Option<String> {
        let folder = self.layout.standard_dir.as_ref()?;
        Some(below(folder, &standard::path(sort, name)))
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
            notes: Vec::new(),
        }
    }

    fn not_standard(&self, entry: &Entry, name: &str) -> Diagnostic {
        let names = standard::all(entry.sort).iter().map(|(name, _)| *name);
        let help = match chorister_lang::suggest::closest(name, names.clone()) {
            Some(meant) => format!("did you mean `std/{meant}`?"),
            None if names.clone().next().is_none() => "name a file: there are none".to_owned(),
            None => {
                let names: Vec<_> = names.map(|it| format!("`std/{it}`")).collect();
                format!("there are {}", names.join(", "))
            }
        };
        let message = format!("there is no standard {} `std/{name}`", entry.sort.noun());
        self.finding(entry, entry.sort.not_standard(), message, Some(help))
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
        self.finding(entry, entry.sort.unreadable(), message, help)
    }
}

/// The path of what is called `path` in a folder.
pub(crate) fn below(folder: &str, path: &str) -> String {
    let (mut folder, mut path) = (folder, path);
    // `../x` below `a/b` is `a/x`, so that one file has one path.
    while let Some(rest) = path.strip_prefix("../")
        && !folder.is_empty()
        && !folder.ends_with("..")
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
