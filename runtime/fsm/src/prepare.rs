//! Beginning jobs.

use core::num::NonZeroU32;
use std::sync::Arc;

use chorister_ir::{Archive, Exec, File, Metric, Watcher, WatcherId, WatcherKind};
use chorister_lang::template::{Scope, Template};
use chorister_lang::words;

use crate::examine::own_command;
use crate::node::{Memory, Node};
use crate::snapshot::unix;
use crate::{
    Command, Content, Cx, Download, Effect, Evidence, Exit, FileLook, Files, Fleet, Job, JobId,
    Level, MachineKey, Outcome, Work,
};
use crate::{network, plugins};

impl Fleet {
    /// Runs a watcher that needs a job, or lets it wait for the one in progress.
    pub(crate) fn run_job(&mut self, slot: u32, id: WatcherId, def: &Watcher, cx: &mut Cx<'_>) {
        let active = self.is_active(slot, def);
        let Some(node) = self.node_mut(slot) else {
            return;
        };
        let Some(watch) = node.watches.get_mut(usize::from(id.0)) else {
            return;
        };
        if watch.job.is_some() {
            if watch.again {
                node.counters.coalesced = node.counters.coalesced.saturating_add(1);
            }
            watch.again = true;
            return;
        }
        watch.again = false;
        if active {
            self.start_job(slot, id, def, false, cx);
        } else {
            watch.outcome = Outcome::Skipped;
            // A watcher that was asked to run has run, even if there was nothing to do.
            watch.ran = unix(cx.now.wall);
        }
    }

    /// Starts a job; `reference` only looks what a file is like before anything changes.
    pub(crate) fn start_job(
        &mut self,
        slot: u32,
        id: WatcherId,
        def: &Watcher,
        reference: bool,
        cx: &mut Cx<'_>,
    ) {
        let Some(node) = self.at(slot) else { return };
        let key = MachineKey {
            slot,
            generation: node.generation,
        };
        let epoch = node.epoch;
        let prepared = match &def.kind {
            WatcherKind::Nagios(nagios) => {
                let prepared = self.prepare_check(node, def, nagios);
                prepared.map(|(work, called)| (work, Some(called)))
            }
            _ => self
                .prepare(node, id, def, reference)
                .map(|work| (work, None)),
        };
        let directory = self.directory(slot);
        let Some(watch) = self.node_mut(slot).and_then(|node| node.watch_mut(id)) else {
            return;
        };
        let (work, called) = match prepared {
            Ok(prepared) => prepared,
            Err(reason) => {
                watch.ran = unix(cx.now.wall);
                match &def.kind {
                    WatcherKind::Nagios(nagios) => {
                        let exit = Exit::Failed(reason.clone());
                        self.checked(slot, id, nagios, (&exit, &[]), epoch, cx);
                    }
                    WatcherKind::Kv(_) => {
                        self.fail_quietly(slot, id, reason.clone(), cx);
                        self.request(slot, id, def.on_failure, epoch);
                    }
                    WatcherKind::Gossip(_) => self.fail_quietly(slot, id, reason.clone(), cx),
                    _ => self.fail(slot, id, reason.clone(), epoch, cx),
                }
                let evidence = Evidence::Reason(reason.into());
                self.decided(slot, id, Outcome::Error, evidence, cx);
                return;
            }
        };
        let serial = watch
            .serial
            .checked_add(1)
            .and_then(NonZeroU32::new)
            .unwrap_or(NonZeroU32::MIN);
        watch.serial = serial.get();
        watch.job = Some(serial);
        watch.epoch = epoch;
        watch.ran = unix(cx.now.wall);
        match &mut watch.memory {
            Memory::File {
                reference: only, ..
            } => *only = reference,
            Memory::Archive(source) => {
                if let Work::Archive(download) = &work {
                    *source = Some(download.source.as_str().into());
                }
            }
            Memory::Kv(seen) => seen.begin(&work, cx.now),
            Memory::Gossip(told) => told.begin(&work, cx.now),
            Memory::Check(standing) => standing.plugin = called.unwrap_or_default(),
            _ => {}
        }
        let id = JobId {
            machine: key,
            watcher: id,
            serial: serial.get(),
        };
        cx.effects.push(Effect::Start(Box::new(Job {
            id,
            directory,
            work,
        })));
    }

    /// Lets a watcher fail that could not do its work.
    pub(crate) fn fail(
        &mut self,
        slot: u32,
        id: WatcherId,
        reason: String,
        epoch: u32,
        cx: &mut Cx<'_>,
    ) {
        let Some(node) = self.at(slot) else { return };
        let Some(def) = node.machine.watchers.get(usize::from(id.0)) else {
            return;
        };
        let fires = def.on_failure;
        self.note(slot, id, Outcome::Error, cx);
        self.remark(slot, Some(id), Level::Warning, reason, cx);
        self.publish(slot, id, false, cx);
        self.request(slot, id, fires, epoch);
    }

    /// Expands everything that a job needs, or says why that is not possible.
    fn prepare(
        &self,
        node: &Node,
        id: WatcherId,
        def: &Watcher,
        reference: bool,
    ) -> Result<Work, String> {
        let scope = Scope {
            facts: &self.facts,
            data: &node.data,
            overrides: None,
        };
        match &def.kind {
            WatcherKind::Exec(exec) => self.prepare_exec(node, def, exec, &scope),
            WatcherKind::Metric(metric) => prepare_metric(node, def, metric, &scope),
            WatcherKind::File(file) => {
                let seen = match node.watch(id).map(|watch| &watch.memory) {
                    Some(Memory::File { seen, .. }) => *seen,
                    _ => None,
                };
                prepare_file(node, file, seen, reference, &scope)
            }
            WatcherKind::Archive(archive) => prepare_archive(node, def, archive, &scope),
            WatcherKind::Kv(kv) => network::read(node, kv, &scope),
            WatcherKind::Gossip(gossip) => network::tell(node, gossip, &scope),
            WatcherKind::Plugins(plugins) => Ok(plugins::provision(self, node, def, plugins)),
            _ => Err("this kind of watcher has no jobs".into()),
        }
    }

    fn prepare_exec(
        &self,
        node: &Node,
        def: &Watcher,
        exec: &Exec,
        scope: &Scope<'_>,
    ) -> Result<Work, String> {
        if exec.remedies {
            let remedy = node.check.as_ref().and_then(|it| it.remedy.as_ref());
            let remedy = remedy.ok_or_else(|| "there is no remedy to run".to_owned())?;
            let command = own_command(node, def, &remedy.argv, remedy.timeout, &[]);
            return Ok(Work::Exec(command));
        }
        Ok(Work::Exec(Command {
            argv: command_line("the command", &exec.command, scope)?.1,
            environment: environment(node, def, &exec.environment, scope)?,
            secrets: Vec::new(),
            timeout: (!exec.disown).then_some(exec.timeout),
            files: Some(Files {
                facts: Arc::clone(&self.facts),
                data: Arc::clone(&node.data),
            }),
            disown: exec.disown,
            governor: network::queue(node, def, exec.governor.as_ref(), scope)?,
        }))
    }
}

fn prepare_metric(
    node: &Node,
    def: &Watcher,
    metric: &Metric,
    scope: &Scope<'_>,
) -> Result<Work, String> {
    Ok(Work::Exec(Command {
        argv: command_line("the command", &metric.command, scope)?.1,
        environment: names(node, def),
        secrets: Vec::new(),
        timeout: Some(metric.timeout),
        files: None,
        disown: false,
        governor: None,
    }))
}

fn prepare_file(
    node: &Node,
    file: &File,
    seen: Option<crate::Stamp>,
    reference: bool,
    scope: &Scope<'_>,
) -> Result<Work, String> {
    let content = match &file.content {
        Some(content) if !reference => Some(Content {
            contents: expand("the contents", &content.contents, scope)?,
            owner: expand("the owner", &content.owner, scope)?,
            group: expand("the group", &content.group, scope)?,
            mode: mode(&expand("the mode", &content.mode, scope)?)?,
        }),
        _ => None,
    };
    Ok(Work::File(FileLook {
        path: node.directory.join(file.path.as_ref()),
        seen,
        content,
    }))
}

fn prepare_archive(
    node: &Node,
    def: &Watcher,
    archive: &Archive,
    scope: &Scope<'_>,
) -> Result<Work, String> {
    let optional = |what: &str, template: &Option<Template>| {
        template
            .as_ref()
            .map_or_else(|| Ok(String::new()), |it| expand(what, it, scope))
    };
    let verify = match &archive.verify {
        Some(verify) => {
            let checksum = expand("the checksum of the sums", &verify.checksum, scope)?;
            Some((verify.sums.as_ref().to_owned(), checksum))
        }
        None => None,
    };
    Ok(Work::Archive(Download {
        source: expand("the source", &archive.source, scope)?,
        checksum: expand("the checksum", &archive.checksum, scope)?,
        creates: archive.creates.as_ref().to_owned(),
        target: node.directory.join(archive.target.as_ref()),
        verify,
        username: optional("the user name", &archive.username)?,
        password: optional("the password", &archive.password)?,
        insecure: archive.insecure,
        timeout: archive.timeout,
        governor: network::queue(node, def, archive.governor.as_ref(), scope)?,
    }))
}

/// A command line as it is written, and its words; `what` it is, for people.
pub(crate) fn command_line(
    what: &str,
    command: &Template,
    scope: &Scope<'_>,
) -> Result<(String, Vec<String>), String> {
    let line = expand(what, command, scope)?;
    let argv = words::split(&line)
        .map_err(|error| format!("could not split {what} into words: {error}"))?;
    match argv.first() {
        Some(program) if !program.is_empty() => Ok((line, argv)),
        _ => Err(format!("{what} is empty")),
    }
}

/// The variables that tell a command who it runs for.
pub(crate) fn names(node: &Node, def: &Watcher) -> Vec<(String, String)> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    vec![
        pair("MACHINE_WATCHER_NAME", &def.name),
        pair("MACHINE_NAME", &node.machine.name),
    ]
}

/// The variables that tell a command who it runs for, and those of its own. An entry that expands to
/// nothing is left out, so that a template can decide whether there is one.
pub(crate) fn environment(
    node: &Node,
    def: &Watcher,
    entries: &[Template],
    scope: &Scope<'_>,
) -> Result<Vec<(String, String)>, String> {
    let mut environment = names(node, def);
    for entry in entries {
        let text = expand("the environment", entry, scope)?;
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                environment.push((name.to_owned(), value.to_owned()));
            }
            None if text.trim().is_empty() => {}
            _ => return Err(format!("environment entry {text:?} is not NAME=value")),
        }
    }
    Ok(environment)
}

/// Permissions in octal, with or without `0` or `0o` before them.
fn mode(text: &str) -> Result<u32, String> {
    let digits = text.trim();
    let digits = digits.strip_prefix("0o").unwrap_or(digits);
    match u32::from_str_radix(digits, 8) {
        Ok(mode) if mode <= 0o7777 => Ok(mode),
        _ => Err(format!("mode {text:?} is not an octal number up to 7777")),
    }
}

pub(crate) fn expand(what: &str, template: &Template, scope: &Scope<'_>) -> Result<String, String> {
    template
        .expand(scope)
        .map_err(|error| format!("could not expand {what}: {error}"))
}
