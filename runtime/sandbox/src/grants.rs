//! From what is named to the files and directories that a rule is made for.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chorister_ir::Sandbox;
use chorister_lang::glob;

use crate::Node;
use crate::loaders::loaders;

/// What may be done with a file, or with everything below a directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) read: bool,
    /// Also made, removed and renamed.
    pub(crate) write: bool,
    pub(crate) execute: bool,
}

/// The files and directories that rules are made for; all of them exist.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    pub(crate) rules: BTreeMap<PathBuf, Access>,
    pub(crate) wider: Vec<String>,
    pub(crate) absent: Vec<String>,
}

const READ: Access = Access {
    read: true,
    write: false,
    execute: false,
};

const WRITE: Access = Access {
    read: true,
    write: true,
    execute: false,
};

const EXECUTE: Access = Access {
    read: true,
    write: false,
    execute: true,
};

const ALL: Access = Access {
    read: true,
    write: true,
    execute: true,
};

/// What connections by name and with certificates read.
const NETWORK: [&str; 8] = [
    "/etc/resolv.conf",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/certs",
    "/etc/ca-certificates",
];

/// Where things are files that nobody replaces by others.
const KERNEL: [&str; 3] = ["/dev", "/proc", "/sys"];

impl Grants {
    pub(crate) fn of(sandbox: &Sandbox, node: &Node) -> Self {
        let mut grants = Self::default();
        grants.common(sandbox, node);
        grants.node(node);
        for path in sandbox.read {
            grants.named(path, READ);
        }
        for path in sandbox.write {
            grants.written(Path::new(path));
        }
        for program in sandbox.exec {
            grants.program(program, node);
        }
        grants
    }

    /// What every program uses, as far as it is there.
    fn common(&mut self, sandbox: &Sandbox, node: &Node) {
        let network =
            sandbox.connect.ports().is_none_or(|it| !it.is_empty()) || !node.connect.is_empty();
        let network = NETWORK.iter().filter(|_| network);
        for path in Sandbox::COMMON_READ.iter().chain(network) {
            self.add(Path::new(path), READ);
        }
        for path in Sandbox::COMMON_WRITE {
            self.add(Path::new(path), WRITE);
        }
        for loader in loaders() {
            self.add(&loader, EXECUTE);
        }
        // Where a service keeps the answers of name servers, the file is replaced there.
        if let Ok(path) = fs::canonicalize("/etc/resolv.conf")
            && let Some(folder) = path.parent().filter(|it| *it != Path::new("/etc"))
        {
            self.add(folder, READ);
        }
    }

    fn node(&mut self, node: &Node) {
        self.add(&node.state_dir, WRITE);
        // Its machines have their programs there.
        self.add(&node.state_dir.join("machines"), ALL);
        self.add(Path::new("/proc/self"), READ);
        if let Some(path) = &node.events {
            self.written(path);
        }
        let folders = node.files.iter().filter_map(|it| parent(it));
        for folder in folders.chain(node.folders.iter().map(PathBuf::as_path)) {
            self.add(folder, READ);
        }
        for folder in node.read.iter().filter_map(|it| parent(it)) {
            self.add(folder, READ);
        }
        for program in &node.exec {
            self.program(program, node);
        }
        if let Some(folder) = &node.textfile_dir {
            self.add(folder, WRITE);
        }
        if let Some(folder) = &node.machines {
            self.add(folder, ALL);
        }
    }

    fn named(&mut self, path: &str, access: Access) {
        if !self.add(Path::new(path), access) {
            self.absent.push(path.to_owned());
        }
    }

    /// A file is replaced by renaming another, which takes the directory around it.
    fn written(&mut self, path: &Path) {
        let keeps =
            path.is_dir() || (path.exists() && KERNEL.iter().any(|it| path.starts_with(it)));
        if keeps {
            self.add(path, WRITE);
            return;
        }
        match parent(path) {
            Some(folder) if self.add(folder, WRITE) => self.wider.push(format!(
                "all of {} may be written, since {} is replaced there",
                folder.display(),
                path.display()
            )),
            _ => self.absent.push(path.display().to_string()),
        }
    }

    fn program(&mut self, program: &str, node: &Node) {
        let mut found = false;
        if let Some((folder, name)) = program.rsplit_once('/') {
            let folder = if folder.is_empty() { "/" } else { folder };
            if !glob::is_pattern(name) {
                return self.named(program, EXECUTE);
            }
            found = self.programs_in(Path::new(folder), name);
        } else {
            for folder in std::env::split_paths(&node.search).filter(|it| it.is_absolute()) {
                found |= self.programs_in(&folder, program);
            }
        }
        if !found {
            self.absent.push(program.to_owned());
        }
    }

    /// Grants the programs of a folder that fit, and says whether there are any.
    fn programs_in(&mut self, folder: &Path, name: &str) -> bool {
        if name == "*" {
            // A directory, so that it holds for what is installed later.
            return self.add(folder, EXECUTE);
        }
        if !glob::is_pattern(name) {
            let path = folder.join(name);
            return path.is_file() && self.add(&path, EXECUTE);
        }
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut found = false;
        for entry in entries {
            if glob::matches(name, &entry.file_name().to_string_lossy()) {
                found |= self.add(&entry.path(), EXECUTE);
            }
        }
        found
    }

    /// Adds to what may be done with something, and says whether it is there.
    fn add(&mut self, path: &Path, access: Access) -> bool {
        if !path.exists() {
            return false;
        }
        let known = self.rules.entry(path.to_owned()).or_default();
        known.read |= access.read;
        known.write |= access.write;
        known.execute |= access.execute;
        true
    }
}

/// The directory that a path is in.
fn parent(path: &Path) -> Option<&Path> {
    path.parent().map(|it| {
        if it.as_os_str().is_empty() {
            Path::new(".")
        } else {
            it
        }
    })
}
