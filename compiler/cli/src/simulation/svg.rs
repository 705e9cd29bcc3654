//! A time line as a picture: a lane for each machine, a bar for each time in a state, a tick for each run.

mod look;

use core::fmt::Write as _;
use core::time::Duration;
use std::collections::BTreeSet;

use chorister_fsm::{MachineRef, Outcome};
use chorister_ir::StateId;
use chorister_sim::{Entry, Fault, Setup, What, human};

use look::{STYLE, cut, escape, fill};

/// Sizes, in pixels.
const WIDTH: f64 = 1_000.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 56.0;
const LANE: f64 = 46.0;
const BAR: f64 = 22.0;

/// Things nearer to each other than this are drawn as one.
const GRAIN: f64 = 0.5;

/// No bar is narrower.
const SHORTEST: f64 = 1.5;

/// Most machines that are drawn: a picture of more shows nothing.
const MOST: usize = 60;

/// Collects what is drawn.
#[derive(Debug)]
pub(crate) struct Lanes {
    title: String,
    scale: f64,
    until: Duration,
    lanes: Vec<Lane>,
    left_out: usize,
    faults: Vec<(Duration, String)>,
}

#[derive(Debug)]
struct Lane {
    machine: MachineRef,
    state: Option<StateId>,
    since: Duration,
    bars: Vec<Bar>,
    /// Runs that went well and runs that failed, in grains.
    good: BTreeSet<u32>,
    bad: BTreeSet<u32>,
}

/// A time in a state.
#[derive(Clone, Copy, Debug)]
struct Bar {
    from: Duration,
    to: Duration,
    state: StateId,
}

impl Lanes {
    /// A picture of a world with this setup until then.
    pub(crate) fn new(setup: &Setup, until: Duration) -> Self {
        let lanes = setup.machines.iter().take(MOST).map(|member| Lane {
            machine: member.machine.clone(),
            state: None,
            since: Duration::ZERO,
            bars: Vec::new(),
            good: BTreeSet::new(),
            bad: BTreeSet::new(),
        });
        Self {
            title: format!("{} from {}", human(until), setup.start),
            scale: (WIDTH - LEFT - RIGHT) / until.as_secs_f64().max(1e-3),
            until,
            lanes: lanes.collect(),
            left_out: setup.machines.len().saturating_sub(MOST),
            faults: Vec::new(),
        }
    }

    /// Takes the next entry of the time line.
    pub(crate) fn add(&mut self, entry: &Entry) {
        let grain = self.grain(entry.at);
        if let What::Fault(fault) = entry.what {
            let text = match fault {
                Fault::Clock(by) => {
                    let sign = if by.is_negative() { '−' } else { '+' };
                    format!("clock {sign}{}", human(by.unsigned_abs()))
                }
                Fault::Crash(after) => format!("down {}", human(after)),
                Fault::Disk { full: true } => "disk full".to_owned(),
                Fault::Disk { full: false } => "disk free".to_owned(),
            };
            self.faults.push((entry.at, text));
            if let Fault::Crash(_) = fault {
                for lane in &mut self.lanes {
                    lane.enter(None, entry.at);
                }
            }
            return;
        }
        let Some(lane) = self.lanes.get_mut(entry.machine) else {
            return;
        };
        match entry.what {
            What::Started { state, .. } | What::Transition { to: state, .. } => {
                lane.enter(Some(state), entry.at);
            }
            What::Ran { outcome, .. } => {
                let is_bad = matches!(outcome, Outcome::Error | Outcome::FailedWhen);
                let ticks = if is_bad {
                    &mut lane.bad
                } else {
                    &mut lane.good
                };
                ticks.insert(grain);
            }
            _ => {}
        }
    }

    /// The picture of a time line that ends at `end`.
    pub(crate) fn finish(mut self, end: Duration) -> String {
        for lane in &mut self.lanes {
            lane.enter(None, end);
        }
        let names = self.names();
        let bottom = TOP + LANE * self.lanes.len() as f64;
        let mut legend = String::new();
        let height = bottom + 34.0 + self.legend(&names, bottom + 42.0, &mut legend);
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
             height=\"{height}\" role=\"img\">\n<title>{}</title>\n{STYLE}\
             <rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\"/>\n\
             <text class=\"title\" x=\"14\" y=\"24\">{}</text>\n",
            escape(&self.title),
            escape(&self.title),
        );
        self.axis(bottom, &mut out);
        for (place, lane) in self.lanes.iter().enumerate() {
            self.lane(lane, TOP + LANE * place as f64, &names, &mut out);
        }
        for (at, text) in &self.faults {
            let x = self.x(*at);
            let _ = writeln!(
                out,
                "<line class=\"fault\" x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\">\
                 <title>{} at {}</title></line>",
                TOP - 10.0,
                escape(text),
                human(*at)
            );
        }
        self.fault_labels(&mut out);
        out.push_str(&legend);
        out.push_str("</svg>\n");
        out
    }

    fn lane(&self, lane: &Lane, y: f64, names: &[String], out: &mut String) {
        let name = lane.machine.name.as_ref();
        let _ = writeln!(
            out,
            "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            LEFT - 12.0,
            y + 15.5,
            escape(&cut(name, 19))
        );
        // Short times are drawn over long ones, so that they are seen at all.
        let is_short = |bar: &&Bar| self.x(bar.to) - self.x(bar.from) < SHORTEST;
        let (short, long): (Vec<&Bar>, Vec<&Bar>) = lane.bars.iter().partition(is_short);
        let mut drawn = BTreeSet::new();
        for bar in long.into_iter().chain(short) {
            if drawn.insert((self.grain(bar.from), self.grain(bar.to), bar.state)) {
                self.bar(bar, &lane.machine, y, names, out);
            }
        }
        let mut ticks = |class: &str, ticks: &BTreeSet<u32>, length: f64| {
            if ticks.is_empty() {
                return;
            }
            let _ = write!(out, "<path class=\"{class}\" d=\"");
            for grain in ticks {
                let x = f64::from(*grain) * GRAIN;
                let _ = write!(out, "M{x:.1} {:.1}v{length}", y + BAR + 3.0);
            }
            out.push_str("\"/>\n");
        };
        ticks("good", &lane.good, 5.0);
        ticks("bad", &lane.bad, 9.0);
    }

    fn bar(&self, bar: &Bar, machine: &MachineRef, y: f64, names: &[String], out: &mut String) {
        let left = self.x(bar.from);
        let width = (self.x(bar.to) - left).max(SHORTEST);
        let state = machine.state(bar.state);
        let fill = fill(state, names);
        let _ = write!(
            out,
            "<rect class=\"bar\" x=\"{left:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\" fill=\"{fill}\">\
             <title>{} from {} to {}</title></rect>",
            escape(state),
            human(bar.from),
            human(bar.to)
        );
        if width > 7.2 * state.chars().count() as f64 + 8.0 {
            let _ = write!(
                out,
                "<text class=\"state\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                left + width / 2.0,
                y + 15.0,
                escape(state)
            );
        }
        out.push('\n');
    }

    fn axis(&self, bottom: f64, out: &mut String) {
        const MINUTE: u64 = 60;
        const HOUR: u64 = 60 * MINUTE;
        const DAY: u64 = 24 * HOUR;
        const STEPS: [u64; 16] = [
            1,
            5,
            10,
            30,
            MINUTE,
            5 * MINUTE,
            10 * MINUTE,
            30 * MINUTE,
            HOUR,
            3 * HOUR,
            6 * HOUR,
            12 * HOUR,
            DAY,
            7 * DAY,
            30 * DAY,
            365 * DAY,
        ];
        let seconds = self.until.as_secs();
        let step = STEPS.into_iter().find(|step| seconds / step <= 12);
        let step = step.unwrap_or(seconds.max(1));
        for at in (0..=seconds / step).map(|it| Duration::from_secs(it * step)) {
            let x = self.x(at);
            let _ = writeln!(
                out,
                "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\"/>\
                 <text class=\"time\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
                TOP - 6.0,
                bottom + 14.0,
                human(at)
            );
        }
    }

    /// Says at the top what went wrong, as long as there is room.
    fn fault_labels(&self, out: &mut String) {
        let mut free = 0.0;
        for (at, text) in &self.faults {
            let x = self.x(*at);
            let width = 6.4 * text.chars().count() as f64;
            if x >= free && x + width < WIDTH {
                let _ = writeln!(
                    out,
                    "<text class=\"what\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                    x - 2.0,
                    TOP - 14.0,
                    escape(text)
                );
                free = x + width + 8.0;
            }
        }
    }

    /// What the colours mean; returns the height that takes.
    fn legend(&self, names: &[String], y: f64, out: &mut String) -> f64 {
        let (mut x, mut y) = (LEFT, y);
        let top = y;
        for name in names {
            let width = 7.2 * name.chars().count() as f64 + 34.0;
            if x + width > WIDTH - RIGHT {
                (x, y) = (LEFT, y + 20.0);
            }
            let _ = writeln!(
                out,
                "<rect class=\"bar\" x=\"{x:.1}\" y=\"{:.1}\" width=\"12\" height=\"12\" fill=\"{}\"/>\
                 <text class=\"key\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                y - 10.0,
                fill(name, names),
                x + 17.0,
                y,
                escape(name)
            );
            x += width;
        }
        if self.left_out > 0 {
            y += 20.0;
            let _ = writeln!(
                out,
                "<text class=\"key\" x=\"{LEFT}\" y=\"{y:.1}\">and {} more machines</text>",
                self.left_out
            );
        }
        y - top + 20.0
    }

    /// The names of the states that are drawn, in the order of the machines.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for lane in &self.lanes {
            let seen: BTreeSet<StateId> = lane.bars.iter().map(|bar| bar.state).collect();
            for state in seen {
                let name = lane.machine.state(state);
                if !names.iter().any(|it| it == name) {
                    names.push(name.to_owned());
                }
            }
        }
        names
    }

    fn grain(&self, at: Duration) -> u32 {
        (self.x(at) / GRAIN) as u32
    }

    fn x(&self, at: Duration) -> f64 {
        LEFT + self.scale * at.as_secs_f64()
    }
}

// === impl Lane ===

impl Lane {
    fn enter(&mut self, state: Option<StateId>, at: Duration) {
        if let Some(before) = self.state.filter(|_| at > self.since) {
            self.bars.push(Bar {
                from: self.since,
                to: at,
                state: before,
            });
        }
        self.state = state;
        self.since = at;
    }
}
