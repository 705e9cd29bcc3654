//! Whether the machines of a distribution make do with what it grants them.

use std::collections::HashMap;
use std::sync::Arc;

use chorister_ir::Sandbox;
use chorister_manifest::limits::{is_own_file, is_own_program, path, program, runs_others, server};
use chorister_manifest::{Capabilities, Cause, Cover, Machine, Manifest, Need, Unknown, Why};
use chorister_spec::diagnostic::Label;
use chorister_spec::distribution::{self, Grants};
use chorister_spec::{Checked, Code, Diagnostic, Mark, Outline};

/// How a grant of some kind is compared with a need.
type Compare = fn(&str, &str) -> Cover;

/// One kind of capability.
struct Kind<'a> {
    /// The key under `capabilities`.
    key: &'static str,
    needs: &'a [Need],
    grants: Option<&'a Grants>,
    compare: Compare,
    /// Whether it belongs to the machine, so that nobody has to grant it.
    is_own: fn(&str) -> bool,
}

/// Checks each need of each machine, and whether each grant is needed.
pub(crate) fn check(
    of: &distribution::Distribution,
    root: &Arc<str>,
    manifest: &Manifest,
    checked: &[Checked],
) -> Vec<Diagnostic> {
    let Some(granted) = &of.capabilities else {
        return Vec::new();
    };
    let named = checked.iter().filter_map(|it| {
        let name = it.outline.name.as_ref()?;
        Some((name.text.as_str(), &it.outline))
    });
    let judge = Judge {
        granted,
        root,
        all: &manifest.capabilities,
        outlines: named.collect(),
    };
    let mut findings: Vec<Diagnostic> = judge.unused(manifest.is_open());
    for machine in &manifest.machines {
        let before = findings.len();
        findings.extend(judge.machine(machine));
        if let Some(new) = findings.get_mut(before..) {
            new.sort_by_key(|it| it.span.start);
        }
    }
    findings
}

/// What the key `capabilities` says with `enforce: true`.
const HELD: &str = "the node is held to this";

struct Judge<'a> {
    granted: &'a distribution::Capabilities,
    /// The file of the distribution.
    root: &'a Arc<str>,
    /// What all machines need.
    all: &'a Capabilities,
    outlines: HashMap<&'a str, &'a Outline>,
}

impl Judge<'_> {
    fn machine(&self, machine: &Machine) -> Vec<Diagnostic> {
        let kinds = kinds(self.granted, &machine.capabilities);
        let mut findings = Vec::new();
        for kind in &kinds {
            for need in kind.needs {
                findings.extend(need.by.iter().filter_map(|by| self.need(kind, need, by)));
            }
        }
        if self.granted.enforce {
            let unknown = machine.capabilities.unknown.iter();
            findings.extend(unknown.filter_map(|it| self.child(it)));
        }
        findings
    }

    fn need(&self, kind: &Kind<'_>, need: &Need, by: &Cause) -> Option<Diagnostic> {
        let (what, key) = (&need.what, kind.key);
        let does = does(by.why);
        let Some(grants) = kind.grants else {
            // Everything is granted, but a sandbox has to know what that is.
            let unknown = self.granted.enforce && key == "exec" && what.ends_with('*');
            return unknown.then(|| {
                let message = format!("`{by}` {does} `{what}`, which a template decides, and no program is granted for it");
                let help = format!("list what it may become under `capabilities.{key}`");
                let finding = self.finding(Code::CapabilityUnknown, by, message, help);
                self.labelled(finding, &self.granted.place, HELD)
            });
        };
        let cover = grants
            .items
            .iter()
            .map(|it| (kind.compare)(&it.text, what))
            .chain((kind.is_own)(what).then_some(Cover::Inside))
            .max()
            .unwrap_or(Cover::Outside);
        let finding = match cover {
            Cover::Inside => return None,
            Cover::Perhaps => {
                let message = format!(
                    "`{by}` {does} `{what}`, which a template decides: it may be more than `capabilities.{key}` grants"
                );
                let help = format!("grant all that it may become: add \"{what}\"");
                self.finding(Code::CapabilityUnknown, by, message, help)
            }
            Cover::Outside => {
                let message =
                    format!("`{by}` {does} `{what}`, which `capabilities.{key}` does not grant");
                let help = format!("add \"{what}\" to `capabilities.{key}`, or do without it");
                self.finding(Code::CapabilityExceeded, by, message, help)
            }
        };
        Some(self.labelled(finding, &grants.place, "all that is granted"))
    }

    /// A path that a command names and its program may not use.
    fn child(&self, unknown: &Unknown) -> Option<Diagnostic> {
        let granted = [&self.granted.read, &self.granted.write];
        let grants = granted.into_iter().flatten().flat_map(|it| &it.items);
        let needs = self.all.read.iter().chain(&self.all.write);
        let usable: Vec<&str> = grants
            .map(|it| it.text.as_str())
            .chain(needs.map(|it| it.what.as_str()))
            .chain(Sandbox::COMMON_READ)
            .chain(Sandbox::COMMON_WRITE)
            .collect();
        let refused: Vec<&str> = unknown
            .paths
            .iter()
            .map(String::as_str)
            .filter(|it| !usable.iter().any(|grant| path(grant, it) == Cover::Inside))
            .collect();
        let first = *refused.first()?;
        let by = &unknown.by;
        let message = format!(
            "the command of `{by}` names `{}`, which its program may neither read nor write",
            refused.join("`, `")
        );
        let help = format!(
            "add \"{first}\" to `capabilities.read`, or to `capabilities.write` if the program changes it"
        );
        let finding = self.finding(Code::CapabilityOfChild, by, message, help);
        Some(self.labelled(finding, &self.granted.place, HELD))
    }

    /// Grants that no machine needs; what programs do by themselves may need them all the same.
    fn unused(&self, is_open: bool) -> Vec<Diagnostic> {
        if is_open {
            return Vec::new();
        }
        let programs = || self.all.exec.iter().map(|it| it.what.as_str());
        let runs = programs().next().is_some();
        let mut findings = Vec::new();
        // A shell or a script may run whatever it likes.
        if programs().any(runs_others) {
            return findings;
        }
        for kind in kinds(self.granted, self.all) {
            if runs && kind.key != "exec" {
                continue;
            }
            for grant in kind.grants.iter().flat_map(|it| &it.items) {
                let needed = |need: &Need| {
                    (kind.compare)(&grant.text, &need.what) != Cover::Outside
                        && !(kind.is_own)(&need.what)
                };
                if grant.text == "broker" || kind.needs.iter().any(needed) {
                    continue;
                }
                let message = format!("no machine needs `{}`", grant.text);
                let help = "leave it out, unless a program that is run here needs it".to_owned();
                findings.push(at(
                    Code::CapabilityUnused,
                    self.root,
                    &grant.place,
                    message,
                    help,
                ));
            }
        }
        findings
    }

    /// A finding where the watcher says what it needs, or else at the capabilities.
    fn finding(&self, code: Code, by: &Cause, message: String, help: String) -> Diagnostic {
        let outline = self.outlines.get(by.machine.as_str());
        let site = outline.and_then(|outline| {
            let property = by.why.property();
            let mut sites = outline.sites.iter();
            let site = sites.find(|it| it.watcher == by.watcher && it.property == property)?;
            Some((&outline.file, &site.place))
        });
        let (file, place) = site.unwrap_or((self.root, &self.granted.place));
        at(code, file, place, message, help)
    }

    /// The same, with a place of the distribution that explains it.
    fn labelled(&self, mut finding: Diagnostic, place: &Mark, text: &str) -> Diagnostic {
        finding.labels.push(Label {
            file: (finding.file != *self.root).then(|| Arc::clone(self.root)),
            span: place.span,
            text: text.to_owned(),
        });
        finding
    }
}

fn kinds<'a>(granted: &'a distribution::Capabilities, needs: &'a Capabilities) -> [Kind<'a>; 4] {
    let kind =
        |key, needs: &'a [Need], grants: &'a Option<Grants>, compare: Compare, is_own| Kind {
            key,
            needs,
            grants: grants.as_ref(),
            compare,
            is_own,
        };
    [
        kind("exec", &needs.exec, &granted.exec, program, is_own_program),
        kind("read", &needs.read, &granted.read, path, is_own_file),
        kind("write", &needs.write, &granted.write, path, is_own_file),
        kind("connect", &needs.connect, &granted.connect, server, |_| {
            false
        }),
    ]
}

/// What a watcher does with what it needs.
const fn does(why: Why) -> &'static str {
    match why {
        Why::Command => "runs",
        Why::Interpreter => "runs its script with",
        Why::WatchedFile => "watches",
        Why::ManagedFile => "manages",
        Why::ArchiveTarget => "unpacks into",
        Why::ArchiveSource => "downloads from",
        Why::PluginsDirectory => "unpacks machines into",
        Why::GossFile => "reads",
        Why::Graphite => "sends to",
        _ => "needs",
    }
}

/// A finding at a place of a specification.
pub(crate) fn at(
    code: Code,
    file: &Arc<str>,
    place: &Mark,
    message: String,
    help: String,
) -> Diagnostic {
    Diagnostic {
        code,
        severity: code.severity(),
        message,
        help: Some(help),
        file: Arc::clone(file),
        span: place.span,
        path: place.path.clone(),
        labels: Vec::new(),
        notes: Vec::new(),
    }
}
