//! Rules that are followed while they change, and the log of who asked for what.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use chorister_engine::EngineHandle;
use chorister_engine::audit::{Audit, AuditFile, Entry};
use chorister_engine::watch::Watch;
use chorister_loader::policies::{Read, seen};
use chorister_node::Record;
use chorister_outbox::submission::unique_id;
use chorister_outbox::{Letters, Line};
use chorister_policy::Authorizer;
use chorister_settings::Settings;
use chorister_system::accounts::group;
use serde_json::Value;
use tokio::sync::watch;

use super::SOURCE;
use super::events::Events;
use crate::rules::Rules;

/// How often policies are looked at although nobody said that they have changed.
const RESCAN: Duration = Duration::from_secs(15);

/// How long it may take to find out the number of a group.
const LOOK_UP: Duration = Duration::from_secs(5);

/// Decides by what the files say from now on, until the engine stops.
pub(super) async fn follow(
    rules: Rules,
    engine: EngineHandle,
    deciding: watch::Sender<Arc<Authorizer>>,
) {
    let directory = &rules.origin.directory;
    let mut watch = Watch::new(RESCAN);
    let mut reloads = engine.reloads();
    // Files may have changed between reading them and watching them.
    let mut known = BTreeMap::new();
    loop {
        // The directory itself may be made later, or replaced.
        let around = directory.parent().map(Path::to_owned);
        let all = [directory.clone(), directory.join("rego")]
            .into_iter()
            .chain(around);
        watch.set(all.collect());
        let found = seen(directory);
        if found != known {
            known = found;
            deciding.send_replace(Arc::new(authorizer(&rules, &engine).await));
        }
        tokio::select! {
            () = watch.stirred() => {}
            asked = reloads.changed() => match asked {
                Ok(()) => known.clear(),
                Err(_) => return,
            },
        }
    }
}

/// Reads them where they decide, and tells what is wrong with them.
pub(super) async fn authorizer(rules: &Rules, engine: &EngineHandle) -> Authorizer {
    let Read { policies, problems } = rules.read();
    let problem = (!problems.is_empty()).then(|| problems.join("; "));
    // A node that has stopped has no problems.
    let _ = engine.report(SOURCE, "policies", problem).await;
    rules.authorizer(policies)
}

/// Who asked for what: in a file, on its way to a stream, or both.
pub(super) struct AuditLog {
    file: Option<Audit>,
    stream: Option<(String, Letters)>,
}

impl AuditLog {
    /// Opens what the settings name; `None` where requests are not written down.
    ///
    /// # Errors
    /// It cannot be opened: a node that is to write down what it does must not do it unseen.
    pub(super) async fn open(settings: &Settings, events: &Events) -> Result<Option<Self>, String> {
        let log = &settings.rpc.audit_log;
        if !settings.rpc.audit || (log.file.is_none() && log.subject.is_none()) {
            return Ok(None);
        }
        let file = match &log.file {
            Some(path) => Some(Self::file(settings, path).await?),
            None => None,
        };
        let stream = match &log.subject {
            Some(subject) => Some((subject.clone(), events.letters()?)),
            None => None,
        };
        Ok(Some(Self { file, stream }))
    }

    async fn file(settings: &Settings, path: &Path) -> Result<Audit, String> {
        let log = &settings.rpc.audit_log;
        let unusable = |what: &str| format!("the audit log {}: {what}", path.display());
        let mode = u32::from_str_radix(&log.mode, 8)
            .map_err(|_| unusable(&format!("`{}` is no mode in octal digits", log.mode)))?;
        let group = match log.group.as_deref() {
            None => None,
            Some(name) => match group(name, LOOK_UP).await {
                Ok(Some(group)) => Some(group.id),
                Ok(None) => return Err(unusable(&format!("there is no group `{name}`"))),
                Err(error) => return Err(unusable(&error.to_string())),
            },
        };
        let file = AuditFile {
            mode,
            group,
            ..AuditFile::new(path)
        };
        Audit::open(file).map_err(|error| unusable(&error.to_string()))
    }

    /// Opens the file again, which may have been moved away.
    pub(super) fn reopen(&self) {
        if let Some(file) = &self.file {
            file.reopen();
        }
    }

    /// Waits until everything is written, but no longer than this.
    pub(super) fn finish(&self, limit: Duration) {
        if let Some(file) = &self.file {
            file.finish(limit);
        }
        if let Some((_, stream)) = &self.stream {
            stream.finish(limit);
        }
    }
}

impl chorister_node::Audit for AuditLog {
    fn record(&self, record: &Record<'_>) {
        let asked = &record.request.request;
        let entry = Entry {
            time: record.time,
            request_id: &asked.id,
            request_time: asked.time.as_second(),
            caller: &record.request.caller.id,
            sender: &asked.sender,
            agent: &asked.agent,
            action: record.action,
            data: &Value::Object(record.data.clone()),
            secrets: &BTreeSet::new(),
            allowed: record.decision.allow,
        };
        if let Some(file) = &self.file {
            file.record(&entry);
        }
        if let Some((subject, stream)) = &self.stream {
            let (id, line) = (unique_id(), entry.line());
            stream.put(Line {
                subject,
                id: &id,
                payload: line.as_bytes(),
            });
        }
    }
}
