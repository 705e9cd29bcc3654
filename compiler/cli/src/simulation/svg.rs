//! A time line as a picture: a lane for each machine, a bar for each time in a state, a tick for each run.

use core::fmt::Write as _;
use core::time::Duration;
use std::collections::BTreeSet;

use chorister_fsm::{MachineRef, Outcome};
use chorister_ir::StateId;
use chorister_sim::{Entry, Fault, Setup, What, human};

/// Sizes, in pixels.
const WIDTH: f64 = 1_000.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 56.0;
const LANE: f64 = 46.0;
const BAR: f64 = 22.0;

/// Things nearer to each other than this are drawn as one.
const GRAIN: f64 = 0.5;

/// Most machines that are drawn: a picture of more shows nothing.
const MOST: usize = 60;

/// Fills on which white letters can be read, on light and dark pages alike.
const FILLS: [&str; 8] = [
    "#2f6fb0", "#00707d", "#6a3fa0", "#8a5a00", "#a13670", "#4c6a2f", "#7a4a36", "#4a5a80",
];

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
    bars: Vec<(Duration, Duration, StateId)>,
    /// Runs that went well and runs that failed, in grains.
    good: BTreeSet<u32>,
    bad: BTreeSet<u32>,
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
        let grain = (self.x(entry.at) / GRAIN) as u32;
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
        let mut drawn = -1.0;
        for (from, to, state) in &lane.bars {
            let (left, right) = (self.x(*from), self.x(*to));
            // Of times too short to be seen, the first stands for its neighbours.
            if right - drawn < GRAIN {
                continue;
            }
            drawn = right;
            let state = lane.machine.state(*state);
            let width = (right - left).max(1.0);
            let fill = fill(state, names);
            let _ = write!(
                out,
                "<rect class=\"bar\" x=\"{left:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\" \
                 fill=\"{fill}\"><title>{} from {} to {}</title></rect>",
                escape(state),
                human(*from),
                human(*to)
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
            let seen: BTreeSet<StateId> = lane.bars.iter().map(|(_, _, state)| *state).collect();
            for state in seen {
                let name = lane.machine.state(state);
                if !names.iter().any(|it| it == name) {
                    names.push(name.to_owned());
                }
            }
        }
        names
    }

    fn x(&self, at: Duration) -> f64 {
        LEFT + self.scale * at.as_secs_f64()
    }
}

// === impl Lane ===

impl Lane {
    fn enter(&mut self, state: Option<StateId>, at: Duration) {
        if let Some(before) = self.state.filter(|_| at > self.since) {
            self.bars.push((self.since, at, before));
        }
        self.state = state;
        self.since = at;
    }
}

/// The colour of a state: by what people often call theirs, else by its place.
fn fill(state: &str, names: &[String]) -> &'static str {
    match state.to_ascii_uppercase().as_str() {
        "OK" | "GOOD" | "HEALTHY" | "RUNNING" | "UP" => "#2e7d32",
        "WARNING" | "DEGRADED" | "UNHEALTHY" => "#a86200",
        "CRITICAL" | "FAILED" | "BROKEN" | "DOWN" | "ERROR" => "#c62828",
        "UNKNOWN" | "STOPPED" | "OFF" => "#5f6b7a",
        "MAINTENANCE" => "#37618e",
        _ => {
            let place = names.iter().position(|it| it == state).unwrap_or(0);
            FILLS.get(place % FILLS.len()).copied().unwrap_or_default()
        }
    }
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            it if it.is_control() => escaped.push('\u{fffd}'),
            it => escaped.push(it),
        }
    }
    escaped
}

/// The looks, for light pages and for dark ones.
const STYLE: &str = "\
<style>
svg{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;font-size:12px}
.page{fill:#fff}.title{font-size:14px;font-weight:600;fill:#1f2328}.name{text-anchor:end;fill:#1f2328}
.state{text-anchor:middle;fill:#fff;font-size:11px;pointer-events:none}.key,.time{fill:#59636e}.time{text-anchor:middle}
.grid{stroke:#d1d9e0}.good{stroke:#7d8590}.bad{stroke:#c62828;stroke-width:1.5}.fault{stroke:#8250df;stroke-dasharray:3 3}
.what{fill:#8250df;font-size:11px}
@media (prefers-color-scheme:dark){.page{fill:#0d1117}.title,.name{fill:#e6edf3}.key,.time{fill:#9198a1}
.grid{stroke:#30363d}.good{stroke:#7d8590}.bad{stroke:#f85149}.fault{stroke:#a371f7}.what{fill:#a371f7}}
</style>
";
