//! `choristerc codegen`: writes what is committed under `generated/`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chorister_compiler::{Disk, Layout, Output};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::examples;
use super::expand::refuse;
use crate::agents::Agents;
use crate::console::{Console, Outcome};
use crate::docs;
use crate::export::{self, Subject};
use crate::handbook::Handbook;
use crate::inputs;
use crate::schemas::{self, Format};
use crate::templates::template;

/// Write the code, schemas and documents that follow from the specs of a repository
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "For every specs/NAME/distribution.yaml there is a crate generated/NAME. Beside them are \
     generated/schemas, generated/docs, and in generated/exports what other tools need. Authors of a \
     single distribution do not need this: their build script compiles it.";
    "choristerc codegen"
    "choristerc codegen --check       # for continuous integration"
    "choristerc codegen --docs docs   # only documents about the machines in specs/"
))]
pub(crate) struct Codegen {
    /// The top of the repository
    #[arg(value_name = "ROOT", default_value = ".")]
    root: PathBuf,
    /// Write nothing, and exit with 1 if something is stale
    #[arg(long)]
    check: bool,
    /// Write only the documents, into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    docs: Option<PathBuf>,
}

/// Where generated files go.
const GENERATED: &str = "generated";

/// The formats that the documents lead to.
const DOCUMENTED: [Format; 7] = [
    Format::Class,
    Format::Config,
    Format::Ddl,
    Format::Distribution,
    Format::Goss,
    Format::Machine,
    Format::Test,
];

/// The standard specs.
const STANDARD: &str = "specs/std";

/// The standard agents.
const AGENTS: &str = "specs/std/agents";

/// Features that bring a TLS stack; where there is one, what else can speak TLS costs little.
const TLS: [&str; 4] = [
    "check-bundle",
    "native-http",
    "validate-http",
    "watch-archive",
];

/// Files by their paths below the root, with `/` between folders.
type Files = BTreeMap<String, String>;

impl Codegen {
    pub(crate) fn run(&self, console: &Console) -> Result<Outcome> {
        let distributions = distributions(&self.root)?;
        let mut files = Files::new();
        let mut handbook = Handbook::default();
        for (folder, path) in &distributions {
            let output = self.generate(folder, path)?;
            if output.has_errors() {
                return refuse(&output.diagnostics, &output.sources, console);
            }
            if !chorister_compiler::test(&output, &mut std::io::stderr())? {
                return Ok(Outcome::Faulty);
            }
            handbook.add(&output);
            if self.docs.is_none() {
                exports(&output, path, &mut files)?;
                crate_files(folder, path, output, &mut files)?;
            }
        }
        if let Some(folder) = &self.docs {
            return write_docs(handbook.pages("", &[])?, folder, console);
        }
        let agents = Agents::read(&self.root, AGENTS)?;
        if agents.has_errors() {
            let (findings, sources) = agents.findings();
            return refuse(&findings, &sources, console);
        }
        for (path, text) in agents.files(AGENTS)? {
            files.insert(format!("{GENERATED}/{path}"), text);
        }
        for format in DOCUMENTED {
            files.insert(
                format!("{GENERATED}/schemas/{}", format.file_name()),
                schemas::text(format),
            );
        }
        files.insert(
            format!("{GENERATED}/docs/goss.md"),
            docs::goss::page(&format!("../schemas/{}", Format::Goss.file_name()))?,
        );
        files.insert(
            format!("{GENERATED}/docs/config.md"),
            docs::config::page(&format!("../schemas/{}", Format::Config.file_name()))?,
        );
        let schemas = DOCUMENTED.map(|it| (it.as_str(), it.file_name()));
        for (path, text) in handbook.pages("../schemas/", &schemas)? {
            files.insert(format!("{GENERATED}/docs/{path}"), text);
        }
        if self.check {
            self.verify(&files, console)
        } else {
            self.write(&files, console)
        }
    }

    fn generate(&self, folder: &str, path: &str) -> Result<Output> {
        let standard = self.root.join(STANDARD).is_dir();
        let layout = Layout {
            crate_dir: format!("{GENERATED}/{folder}"),
            standard_dir: standard.then(|| STANDARD.to_owned()),
        };
        chorister_compiler::generate(&Disk::new(&self.root), path, &layout)
            .with_context(|| format!("cannot read {path}"))
    }

    fn write(&self, files: &Files, console: &Console) -> Result<Outcome> {
        let mut count = 0;
        for (path, text) in files {
            let path = self.root.join(path);
            if fs::read(&path).is_ok_and(|old| old == text.as_bytes()) {
                continue;
            }
            chorister_compiler::files::write(&path, text)
                .with_context(|| format!("cannot write {}", path.display()))?;
            console.say(&format!("wrote {}\n", inputs::shown(&path)));
            count += 1;
        }
        for path in self.superfluous(files) {
            let path = self.root.join(path);
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
            console.say(&format!("removed {}\n", inputs::shown(&path)));
            count += 1;
        }
        if count == 0 {
            console.say(&format!("{GENERATED}/ is fresh\n"));
        }
        Ok(Outcome::Clean)
    }

    fn verify(&self, files: &Files, console: &Console) -> Result<Outcome> {
        let mut stale = Vec::new();
        for (path, text) in files {
            match fs::read(self.root.join(path)) {
                Ok(old) if old == text.as_bytes() => {}
                Ok(_) => stale.push(format!("stale    {path}")),
                Err(_) => stale.push(format!("missing  {path}")),
            }
        }
        stale.extend(
            self.superfluous(files)
                .into_iter()
                .map(|path| format!("unknown  {path}")),
        );
        if stale.is_empty() {
            console.say(&format!("{GENERATED}/ is fresh: {} files\n", files.len()));
            return Ok(Outcome::Clean);
        }
        console.say(&format!("{}\n", stale.join("\n")));
        let styles = console.message_styles();
        let error = styles.error;
        let files = if stale.len() == 1 {
            "1 file".to_owned()
        } else {
            format!("{} files", stale.len())
        };
        console.say(&format!(
            "{error}error{error:#}: {files} under {GENERATED}/ differ from the specs: run `cargo codegen`\n"
        ));
        Ok(Outcome::Faulty)
    }

    /// Files that an earlier run wrote and this one does not; what others wrote is theirs.
    fn superfluous(&self, files: &Files) -> Vec<String> {
        let mut found = Vec::new();
        below(&self.root.join(GENERATED), GENERATED, &mut found);
        found.retain(|path| !files.contains_key(path) && is_ours(&self.root.join(path)));
        found
    }
}

/// What every file that this command writes says at its top, as far as its format has remarks.
const MARK: &str = "@generated by choristerc";

fn is_ours(path: &Path) -> bool {
    let mut top = Vec::new();
    let read = fs::File::open(path).and_then(|it| it.take(1024).read_to_end(&mut top));
    read.is_ok() && String::from_utf8_lossy(&top).contains(MARK)
}

/// The distributions of a repository: the folder of each and the path of its file.
fn distributions(root: &Path) -> Result<Vec<(String, String)>> {
    let specs = root.join("specs");
    let mut found = Vec::new();
    if specs.join("distribution.yaml").is_file() {
        found.push((String::new(), "specs/distribution.yaml".to_owned()));
    }
    let entries =
        fs::read_dir(&specs).with_context(|| format!("cannot read {}", specs.display()))?;
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let path = format!("specs/{name}/distribution.yaml");
        if root.join(&path).is_file() {
            found.push((name, path));
        }
    }
    found.sort();
    if found.is_empty() {
        bail!("{} has no specs/NAME/distribution.yaml", root.display());
    }
    Ok(found)
}

/// The crate of a distribution.
fn crate_files(folder: &str, spec: &str, output: Output, files: &mut Files) -> Result<()> {
    let Some(of) = output.distribution else {
        return Ok(());
    };
    if folder.is_empty() {
        bail!(
            "{spec} is compiled by a build script; only specs/NAME/distribution.yaml has a crate of its own"
        );
    }
    let description = if of.description.is_empty() {
        format!("The distribution {}", of.name)
    } else {
        of.description
    };
    let manifest = template!("distribution/Cargo.toml").render(&json!({
        "source": spec,
        "package": format!("chorister-{folder}"),
        "name": of.name,
        "description": description.replace('\\', "\\\\").replace('"', "\\\""),
        "version": of.version,
        "features": output.features,
        "tls": output.features.iter().any(|it| TLS.contains(it)),
    }))?;
    let main = template!("scaffold/main.rs").render(&json!({
        "about": format!("The distribution `{}`.", of.name),
        "source": spec,
        "include": "include!(\"distribution.rs\");",
    }))?;
    let top = format!("{GENERATED}/{folder}");
    files.insert(format!("{top}/Cargo.toml"), manifest);
    files.insert(format!("{top}/src/main.rs"), main);
    files.extend(
        output
            .files
            .into_iter()
            .map(|(path, text)| (format!("{top}/src/{path}"), text)),
    );
    Ok(())
}

/// What other tools need to use the check classes of a distribution.
fn exports(output: &Output, spec: &str, files: &mut Files) -> Result<()> {
    let Some(subject) = Subject::of(output, spec) else {
        return Ok(());
    };
    for format in export::Format::value_variants() {
        let folder = format!("{GENERATED}/exports/{}/{}", subject.name, format.as_str());
        for (path, text) in export::files(*format, &subject)? {
            files.insert(format!("{folder}/{path}"), text);
        }
    }
    Ok(())
}

fn write_docs(pages: Files, folder: &Path, console: &Console) -> Result<Outcome> {
    for (path, text) in pages {
        let path = folder.join(path);
        chorister_compiler::files::write(&path, &text)
            .with_context(|| format!("cannot write {}", path.display()))?;
        console.say(&format!("wrote {}\n", inputs::shown(&path)));
    }
    Ok(Outcome::Clean)
}

/// All files below a folder, by their paths below the root; build output is left alone.
fn below(folder: &Path, path: &str, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{path}/{name}");
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && name != "target" => below(&entry.path(), &path, found),
            Ok(kind) if kind.is_file() && !name.starts_with('.') => found.push(path),
            _ => {}
        }
    }
}
