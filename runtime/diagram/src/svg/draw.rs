//! The elements of the picture.

use std::fmt::Write as _;

use super::block::CAPTION;
use super::route::Point;
use super::scene::{Arrow, Scene, Shape, Way};
use super::{LABEL, LABEL_LINE, NAME};
use crate::Diagram;

/// Colours by the reader's preference.
const STYLE: &str = "\
svg{--ink:#1f2933;--soft:#64748b;--line:#52606d;--fill:#eef4fb;--edge:#3b6ea8;--first:#dcebfa;--frame:#f7f9fc}
@media(prefers-color-scheme:dark){svg{--ink:#e6edf3;--soft:#9aa7b4;--line:#a9b6c3;--fill:#1c2b3d;--edge:#6ea8e6;\
--first:#24405f;--frame:#141c26}}
text{font-family:ui-sans-serif,system-ui,'Helvetica Neue',Arial,sans-serif;text-anchor:middle;fill:#1f2933;\
fill:var(--ink)}
.state rect{fill:#eef4fb;fill:var(--fill);stroke:#3b6ea8;stroke:var(--edge);stroke-width:1.5}
.first rect{fill:#dcebfa;fill:var(--first);stroke-width:2.2}
.lost rect{stroke-dasharray:4 3}
.state text{font-weight:600}
.way{fill:none;stroke:#52606d;stroke:var(--line);stroke-width:1.4}
.request .way{stroke-dasharray:5 4}
.tip{fill:#52606d;fill:var(--line)}
.asked,.remark{fill:#64748b;fill:var(--soft);font-style:italic}
.left{text-anchor:start}
.frame{fill:#f7f9fc;fill:var(--frame);stroke:#64748b;stroke:var(--soft);stroke-dasharray:2 3}
";

/// What explains dashes, and its height.
const LEGEND: &str = "dashed, italic: fired on request, not by a watcher";
const LEGEND_HEIGHT: f64 = 22.0;

/// Width of the picture at least.
const MIN_WIDTH: f64 = 160.0;

/// Size of remarks.
const REMARK: f64 = 11.0;

pub(super) fn draw(diagram: &Diagram, scene: &Scene) -> String {
    let (legend, least) = if scene.has_requests {
        (LEGEND_HEIGHT, crate::width::width(LEGEND, REMARK) + 24.0)
    } else {
        (0.0, MIN_WIDTH)
    };
    let width = scene.width.max(least);
    let center = width / 2.0;
    let left = (width - scene.width) / 2.0;
    let (width, height) = (number(width), number(scene.height + legend));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title desc\">\n"
    );
    let title = format!("States of {} {}", diagram.name, diagram.version);
    let _ = writeln!(svg, "<title id=\"title\">{}</title>", escaped(&title));
    let _ = writeln!(svg, "<desc id=\"desc\">{}</desc>", escaped(&told(diagram)));
    let _ = writeln!(svg, "<style>\n{STYLE}</style>");
    svg.push_str(
        "<defs><marker id=\"tip\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" \
         markerHeight=\"7\" orient=\"auto\"><path class=\"tip\" d=\"M0 0.8L10 5L0 9.2z\"/></marker></defs>\n",
    );
    let _ = writeln!(svg, "<g transform=\"translate({} 0)\">", number(left));
    if let Some(frame) = &scene.frame {
        let _ = writeln!(
            svg,
            "<rect class=\"frame\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"12\"/>",
            number(frame.x),
            number(frame.y),
            number(frame.width),
            number(frame.height)
        );
        let place = Point {
            x: frame.x + 12.0,
            y: frame.y - 6.0,
        };
        text(&mut svg, place, REMARK, " class=\"remark left\"", CAPTION);
    }
    for it in &scene.arrows {
        arrow(&mut svg, it);
    }
    for (at, it) in scene.states.iter().enumerate() {
        state(&mut svg, it, at == 0);
    }
    let (dot, tip) = scene.start;
    let _ = writeln!(
        svg,
        "<circle class=\"tip\" cx=\"{x}\" cy=\"{y}\" r=\"5\"/>\
         <path class=\"way\" marker-end=\"url(#tip)\" d=\"M{x} {y}V{tip}\"/>",
        x = number(dot.x),
        y = number(dot.y),
        tip = number(tip.y)
    );
    svg.push_str("</g>\n");
    if scene.has_requests {
        let place = Point {
            x: center,
            y: scene.height + 6.0,
        };
        text(&mut svg, place, REMARK, " class=\"remark\"", LEGEND);
    }
    svg.push_str("</svg>\n");
    svg
}

/// The diagram in words.
fn told(diagram: &Diagram) -> String {
    let mut told = format!("The machine starts in {}.", diagram.state(0));
    for edge in &diagram.edges {
        let _ = write!(
            told,
            " {} leads from {} to {}.",
            edge.event,
            diagram.state(edge.from),
            diagram.state(edge.to)
        );
    }
    told
}

fn state(svg: &mut String, it: &Shape, first: bool) {
    let mut class = "state".to_owned();
    if first {
        class.push_str(" first");
    }
    if !it.reachable {
        class.push_str(" lost");
    }
    let place = it.place;
    let _ = writeln!(
        svg,
        "<g class=\"{class}\"><title>{}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"9\"/>",
        escaped(&it.title),
        number(place.x),
        number(place.y),
        number(place.width),
        number(place.height)
    );
    let middle = Point {
        x: place.x + place.width / 2.0,
        y: place.y + place.height / 2.0 + NAME * 0.35,
    };
    text(svg, middle, NAME, "", &it.text);
    svg.push_str("</g>\n");
}

fn arrow(svg: &mut String, it: &Arrow) {
    let class = if it.request { "edge request" } else { "edge" };
    let _ = writeln!(
        svg,
        "<g class=\"{class}\"><title>{}</title>",
        escaped(&it.title)
    );
    let ways = match &it.way {
        Way::Through(points) => interrupted(points, it.at, it.label.len()),
        Way::Loop(side) => vec![round(*side)],
    };
    for (at, way) in ways.iter().enumerate() {
        let tip = if at + 1 == ways.len() {
            " marker-end=\"url(#tip)\""
        } else {
            ""
        };
        let _ = writeln!(svg, "<path class=\"way\"{tip} d=\"{way}\"/>");
    }
    let lines = it.label.len() as f64;
    for (nth, (line, asked)) in it.label.iter().enumerate() {
        let y = it.at.y + (nth as f64 - (lines - 1.0) / 2.0) * LABEL_LINE + LABEL * 0.35;
        let class = if *asked { " class=\"asked\"" } else { "" };
        text(svg, Point { x: it.at.x, y }, LABEL, class, line);
    }
    svg.push_str("</g>\n");
}

/// A way in two parts, with room for its label between them.
fn interrupted(points: &[Point], label: Point, lines: usize) -> Vec<String> {
    let half = lines as f64 * LABEL_LINE / 2.0;
    let same = |it: &Point| (it.x - label.x).abs() < 0.01;
    // The pair of places that the label stands between.
    let pair = points.chunks_exact(2).position(|pair| match pair {
        [one, other] => {
            let (top, bottom) = (one.y.min(other.y), one.y.max(other.y));
            same(one) && same(other) && top <= label.y && label.y <= bottom && top < bottom
        }
        _ => false,
    });
    let Some(pair) = pair else {
        return vec![curve(points)];
    };
    let (before, after) = points.split_at(pair * 2 + 1);
    let down = before.first().is_some_and(|it| it.y < label.y);
    let cut = |y: f64| Point { x: label.x, y };
    let (near, far) = if down {
        (label.y - half, label.y + half)
    } else {
        (label.y + half, label.y - half)
    };
    let mut first = before.to_vec();
    first.push(cut(near));
    let mut second = vec![cut(far)];
    second.extend_from_slice(after);
    vec![curve(&first), curve(&second)]
}

/// A path through places, pair by pair straight, and in between as a curve that is vertical at both ends.
fn curve(points: &[Point]) -> String {
    let mut path = String::new();
    let mut last: Option<Point> = None;
    for point in points {
        let (x, y) = (number(point.x), number(point.y));
        match last {
            None => {
                let _ = write!(path, "M{x} {y}");
            }
            Some(last) if (last.y - point.y).abs() < 0.01 && (last.x - point.x).abs() < 0.01 => {}
            Some(last) if (last.x - point.x).abs() < 0.01 => {
                let _ = write!(path, "V{y}");
            }
            Some(last) => {
                let middle = number((last.y + point.y) / 2.0);
                let _ = write!(path, "C{} {middle} {x} {middle} {x} {y}", number(last.x));
            }
        }
        last = Some(*point);
    }
    path
}

/// A loop at the right side of a state.
fn round(side: Point) -> String {
    let (x, above, below) = (number(side.x), number(side.y - 7.0), number(side.y + 7.0));
    let out = number(side.x + 30.0);
    let (high, low) = (number(side.y - 16.0), number(side.y + 16.0));
    format!("M{x} {above}C{out} {high} {out} {low} {x} {below}")
}

fn text(svg: &mut String, at: Point, size: f64, attributes: &str, text: &str) {
    let (x, y) = (number(at.x), number(at.y));
    let _ = writeln!(
        svg,
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\"{attributes}>{}</text>",
        escaped(text)
    );
}

/// A number with one digit at most.
fn number(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    // Adding zero turns -0 into 0.
    format!("{}", rounded + 0.0)
}

/// Text as XML takes it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push('\n'),
            char if char.is_control() || matches!(char, '\u{fffe}' | '\u{ffff}') => {
                escaped.push(' ');
            }
            char => escaped.push(char),
        }
    }
    escaped
}
