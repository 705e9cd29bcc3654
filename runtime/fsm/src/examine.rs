//! Running checks, and what follows from their results.

use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::Arc;

use chorister_ir::{Active, Nagios, Probe, Watcher, WatcherId, WatcherKind};
use chorister_lang::Text;
use chorister_lang::nagios::{Status, perfdata};
use chorister_lang::template::Scope;
use jiff::Timestamp;

use crate::node::{Memory, Nanos, Node, nanos};
use crate::prepare::{command_line, environment};
use crate::snapshot::unix;
use crate::standing::{Rules, Standing};
use crate::{
    Check, CheckProbe, Command, Cx, Effect, Examination, Exit, Fleet, GossFile, Happening, Level,
    Notice, Now, Outcome, Piece, Subject, Work, offset,
};

/// The state in which a check runs at once, whatever its interval.
const FORCED: &str = "FORCE_CHECK";

/// What the first run of a check waits for at most.
const SOON: Duration = Duration::from_secs(30);

const SECOND: i64 = 1_000_000_000;

impl Fleet {
    /// Runs a check where it is its turn.
    pub(crate) fn run_check(&mut self, slot: u32, id: WatcherId, def: &Watcher, cx: &mut Cx<'_>) {
        let Some(node) = self.at(slot) else { return };
        // Compat: go-choria aagent/watchers/nagioswatcher: this state needs not be one of the watcher's.
        let forced = node.machine.state(node.state) == FORCED;
        if !forced && !self.is_active(slot, def) {
            return;
        }
        let reason = match forced {
            true => None,
            false => self.reason_to_skip(slot, cx.now.wall),
        };
        if let Some(reason) = reason {
            self.skip_check(slot, id, reason, cx);
            return;
        }
        let Some(node) = self.node_mut(slot) else {
            return;
        };
        let Some(watch) = node.watches.get_mut(usize::from(id.0)) else {
            return;
        };
        if let Memory::Check(standing) = &mut watch.memory {
            standing.forced = forced;
        }
        if watch.job.is_none() {
            watch.again = false;
            self.start_job(slot, id, def, false, cx);
        } else if forced {
            watch.again = true;
        } else {
            node.counters.coalesced = node.counters.coalesced.saturating_add(1);
        }
    }

    /// Lets a check react to a new state of its machine.
    pub(crate) fn nudge_check(&mut self, slot: u32, id: WatcherId, def: &Watcher, cx: &mut Cx<'_>) {
        let now = nanos(cx.now.mono);
        let Some(node) = self.node_mut(slot) else {
            return;
        };
        let state = node.machine.state(node.state);
        if state == FORCED {
            self.run_check(slot, id, def, cx);
            return;
        }
        let Ok(status) = state.parse::<Status>() else {
            return;
        };
        let retry = node.check.as_ref().and_then(|it| it.retry.interval);
        let Some(watch) = node.watch_mut(id) else {
            return;
        };
        let Memory::Check(standing) = &mut watch.memory else {
            return;
        };
        if standing.told(status) {
            // A remedy is done, or an operator wants to know: that is worth looking.
            if let Some(retry) = retry {
                watch.next = watch.next.min(now.saturating_add(nanos(retry)));
            }
        }
    }

    /// Why a check does not run now although it is its turn.
    fn reason_to_skip(&self, slot: u32, now: Timestamp) -> Option<Arc<str>> {
        let check = self.at(slot)?.check.as_deref()?;
        if check
            .active
            .as_ref()
            .is_some_and(|it| !self.is_open(it, now))
        {
            return Some("outside its active hours".into());
        }
        let critical = |name: &&Text| {
            let other = self.named(name).and_then(|key| self.node(key));
            other.is_some_and(|it| it.machine.state(it.state) == Status::Critical.as_str())
        };
        let mut parents = check.depends_on.iter().filter(critical);
        let parent = parents.find(|it| !self.depends_on(it, slot))?;
        Some(format!("{parent} is CRITICAL").into())
    }

    /// Whether what is called `name` is this check, or depends on it: were they to wait for each other, none of them
    /// would ever run again.
    fn depends_on(&self, name: &Text, slot: u32) -> bool {
        let mut names = vec![name];
        let mut seen = BTreeSet::new();
        while let Some(name) = names.pop() {
            let Some(key) = self.named(name) else {
                continue;
            };
            if key.slot == slot {
                return true;
            }
            if seen.insert(key.slot) {
                let check = self.at(key.slot).and_then(|it| it.check.as_deref());
                names.extend(check.into_iter().flat_map(|it| &it.depends_on));
            }
        }
        false
    }

    /// Whether this minute is one of those in which a check runs.
    fn is_open(&self, active: &Active, now: Timestamp) -> bool {
        let zone = self.zones.find(active.timezone.as_deref());
        let zone = zone.unwrap_or_else(|| self.zones.local.clone());
        let minute = now.as_second().div_euclid(60) * 60;
        let before = Timestamp::from_second(minute - 1).unwrap_or(now);
        let next = active.schedule.next_after(before, &zone);
        next.is_some_and(|next| next.as_second() == minute)
    }

    fn skip_check(&mut self, slot: u32, id: WatcherId, reason: Arc<str>, cx: &mut Cx<'_>) {
        let Some(watch) = self.node_mut(slot).and_then(|node| node.watch_mut(id)) else {
            return;
        };
        watch.outcome = Outcome::Skipped;
        if let Memory::Check(standing) = &mut watch.memory
            && standing.skipped.as_ref() != Some(&reason)
        {
            standing.skipped = Some(reason);
            self.observe(slot, id, cx);
        }
    }

    /// Takes what a run of a check came to.
    pub(crate) fn checked(
        &mut self,
        slot: u32,
        id: WatcherId,
        nagios: &Nagios,
        ended: (&Exit, &[u8]),
        epoch: u32,
        cx: &mut Cx<'_>,
    ) {
        let now = unix(cx.now.wall);
        let Some(node) = self.node_mut(slot) else {
            return;
        };
        let Some(def) = node.machine.watchers.get(usize::from(id.0)) else {
            return;
        };
        let check = node.check.as_deref();
        let rules = Rules::of(nagios, def.interval, check);
        let (status, text) = finding(ended, &rules);
        let data = perfdata::parse(&text);
        let Some(watch) = node.watches.get_mut(usize::from(id.0)) else {
            return;
        };
        let began = watch.ran;
        let Memory::Check(standing) = &mut watch.memory else {
            return;
        };
        let judgement = standing.take(status, &text, &data, began, now, &rules);
        if standing.is_soft() {
            let every = rules.retry.interval.or(check.map(|it| it.interval));
            if let Some(every) = every.or(def.interval) {
                watch.next = nanos(cx.now.mono).saturating_add(nanos(every));
            }
        }
        let fires = node.machine.transition_named(status.as_str());
        self.note(slot, id, Outcome::of(status), cx);
        if judgement.is_told {
            self.publish(slot, id, false, cx);
        } else {
            self.observe(slot, id, cx);
        }
        if !judgement.is_hard {
            return;
        }
        if fires.is_none() {
            let text = format!("the machine has no transition {status}");
            self.remark(slot, Some(id), Level::Warning, text, cx);
        }
        self.request(slot, id, fires, epoch);
    }

    /// Tells those who keep a picture of the node, and nobody else.
    fn observe(&mut self, slot: u32, watcher: WatcherId, cx: &mut Cx<'_>) {
        let (Some(machine), Some(node)) = (self.key(slot), self.at(slot)) else {
            return;
        };
        if let Some(report) = node.report(watcher) {
            cx.effects.push(Effect::Observe(Notice {
                machine,
                time: cx.now.wall,
                happening: Happening::Watcher {
                    watcher,
                    report,
                    announced: false,
                },
            }));
        }
    }

    /// What a run of a check needs, and how it is called.
    pub(crate) fn prepare_check(
        &self,
        node: &Node,
        def: &Watcher,
        nagios: &Nagios,
    ) -> Result<(Work, Arc<str>), String> {
        let overrides = self.overrides.get(node.machine.name.as_ref());
        let scope = Scope {
            facts: &self.facts,
            data: &node.data,
            overrides,
        };
        let examine = |subject, called: &str| {
            let timeout = nagios.timeout;
            let work = Work::Check(Examination { subject, timeout });
            Ok((work, called.into()))
        };
        match &nagios.probe {
            Probe::Check => match node.check.as_deref() {
                Some(check) => prepare_own(node, def, check),
                None => Err("there is no check to run".to_owned()),
            },
            Probe::Plugin(plugin) => {
                let (line, argv) = command_line("the plugin", plugin, &scope)?;
                let command = Command {
                    argv,
                    environment: environment(node, def, &[], &scope)?,
                    secrets: Vec::new(),
                    timeout: Some(nagios.timeout),
                    files: None,
                    disown: false,
                    governor: None,
                };
                Ok((Work::Exec(command), line.into()))
            }
            Probe::Heartbeat => examine(Subject::Heartbeat, "heartbeat"),
            Probe::NodeStatus(limits) => examine(Subject::NodeStatus(*limits), "choria_status"),
            Probe::Goss(path) => {
                let file = GossFile::Path(node.directory.join(path.as_ref()));
                // Compat: go-choria aagent/watchers/nagioswatcher: all overrides, not only those of this check.
                let vars = Arc::clone(&self.overrides);
                examine(Subject::Goss { file, vars }, "goss")
            }
        }
    }

    /// When a check runs next: at the times that its name gives it.
    pub(crate) fn next_check(
        &self,
        node: &Node,
        def: &Watcher,
        every: Duration,
        now: Now,
    ) -> Nanos {
        let every_ns = i128::try_from(every.as_nanos().max(1)).unwrap_or(i128::MAX);
        let offset = offset(&self.identity, &node.machine.name, &def.name, every);
        let offset = i128::try_from(offset.as_nanos()).unwrap_or_default();
        let wait = (offset - now.wall.as_nanosecond()).rem_euclid(every_ns);
        // What is due right now is being run.
        let wait = if wait == 0 { every_ns } else { wait };
        nanos(now.mono).saturating_add(Nanos::try_from(wait).unwrap_or(Nanos::MAX))
    }

    /// When a check runs that has not run yet, or not for too long: soon, but not all at once.
    pub(crate) fn soon(&self, node: &Node, def: &Watcher, every: Duration, now: Now) -> Nanos {
        let within = every.min(SOON);
        let wait = offset(&self.identity, &node.machine.name, &def.name, within);
        nanos(now.mono).saturating_add(nanos(wait))
    }

    /// Runs the remedy of a check where it may run once more.
    pub(crate) fn run_remedy(&mut self, slot: u32, id: WatcherId, def: &Watcher, cx: &mut Cx<'_>) {
        let Some(node) = self.at(slot) else { return };
        let is_idle = node.watch(id).is_some_and(|watch| watch.job.is_none());
        if !is_idle || !self.is_active(slot, def) || self.may_remedy(slot) {
            self.run_job(slot, id, def, cx);
        }
    }

    /// Whether the remedy of a check may run once more; counts it.
    fn may_remedy(&mut self, slot: u32) -> bool {
        let Some(node) = self.node_mut(slot) else {
            return false;
        };
        let Some(remedy) = node.check.as_ref().and_then(|it| it.remedy.as_ref()) else {
            return false;
        };
        let attempts = remedy.attempts;
        let Some(standing) = node.standing_mut() else {
            return true;
        };
        if attempts.is_some_and(|most| standing.remedies >= most) {
            return false;
        }
        standing.remedies = standing.remedies.saturating_add(1);
        true
    }

    /// Lets a check go on where it stood.
    pub(crate) fn resume_check(
        &mut self,
        slot: u32,
        id: WatcherId,
        def: &Watcher,
        memory: &crate::CheckMemory,
        cx: &mut Cx<'_>,
    ) {
        let standing = Standing::restore(memory);
        let Some(node) = self.at(slot) else { return };
        let next = node.every(def).map(|every| {
            let ran = standing.check_time.unwrap_or(i64::MIN);
            let ago = unix(cx.now.wall).saturating_sub(ran);
            let most = i64::try_from(every.as_nanos()).unwrap_or(i64::MAX);
            match ago < most.saturating_add(SECOND) {
                true => self.next_check(node, def, every, cx.now),
                false => self.soon(node, def, every, cx.now),
            }
        });
        let Some(watch) = self.node_mut(slot).and_then(|node| node.watch_mut(id)) else {
            return;
        };
        watch.next = next.unwrap_or(watch.next);
        watch.memory = Memory::Check(Box::new(standing));
    }
}

impl Node {
    /// Time between two runs of a watcher.
    pub(crate) fn every(&self, def: &Watcher) -> Option<Duration> {
        let check = self.check.as_deref();
        match &def.kind {
            WatcherKind::Nagios(_) => check.map(|it| it.interval).or(def.interval),
            WatcherKind::Exec(exec) if exec.remedies => check
                .and_then(|it| it.remedy.as_ref())
                .map(|it| it.interval),
            _ => def.interval,
        }
    }

    /// How its check stands.
    fn standing_mut(&mut self) -> Option<&mut Standing> {
        self.watches.iter_mut().find_map(|it| match &mut it.memory {
            Memory::Check(standing) => Some(standing.as_mut()),
            _ => None,
        })
    }
}

/// What a check of a class runs.
fn prepare_own(node: &Node, def: &Watcher, check: &Check) -> Result<(Work, Arc<str>), String> {
    let subject = match &check.probe {
        CheckProbe::Plugin { argv, environment } => {
            let command = own_command(node, def, argv, check.timeout, environment);
            return Ok((Work::Exec(command), argv.join(" ").into()));
        }
        CheckProbe::Goss { file, vars } => Subject::Goss {
            file: file.clone(),
            vars: Arc::clone(vars),
        },
        CheckProbe::Native { name, parameters } => Subject::Native {
            name: name.clone(),
            parameters: Arc::clone(parameters),
        },
    };
    let called = match &subject {
        Subject::Native { name, .. } => name.as_ref().into(),
        _ => "goss".into(),
    };
    let timeout = check.timeout;
    Ok((Work::Check(Examination { subject, timeout }), called))
}

/// A command of a check, word for word.
pub(crate) fn own_command(
    node: &Node,
    def: &Watcher,
    argv: &[String],
    timeout: Duration,
    secrets: &[(String, Vec<Piece>)],
) -> Command {
    Command {
        argv: argv.to_vec(),
        environment: crate::prepare::names(node, def),
        secrets: secrets.to_vec(),
        timeout: Some(timeout),
        files: None,
        disown: false,
        governor: None,
    }
}

/// What a run came to, and what it says.
// Compat: go-choria aagent/watchers/nagioswatcher: what is no status counts as UNKNOWN. It says why there only in
// the log, and codes 4 and 5 come to nothing.
fn finding((exit, output): (&Exit, &[u8]), rules: &Rules<'_>) -> (Status, String) {
    let output = String::from_utf8_lossy(output).replace('\0', "\u{fffd}");
    let output = output.trim();
    let why = match exit {
        Exit::Code(code) => match Status::of_code(*code) {
            Some(status) => return (status, output.to_owned()),
            None => format!("the plugin ended with status {code}, which is none of 0 to 3"),
        },
        Exit::Signal(signal) => format!("the plugin was ended by signal {signal}"),
        Exit::Timeout => format!("no result within {}", rules.timeout_text()),
        Exit::Failed(reason) => reason.clone(),
    };
    let text = match output {
        "" => format!("UNKNOWN: {why}"),
        output => format!("UNKNOWN: {why}: {output}"),
    };
    (Status::Unknown, text)
}
