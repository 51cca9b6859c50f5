//! Learning curves as an SVG: one panel for each file and variant, one curve with its 95 % band for each policy.

use std::fmt::Write;

use super::Outcome;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 190.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 36.0;
/// Told apart by people who do not see red and green (Okabe and Ito), then by what is left.
const COLOURS: [&str; 11] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c510a", "#7f7f7f", "#5e3c99",
    "#b2df8a", "#1b1b1b",
];

/// The picture.
pub(super) fn svg(outcomes: &[Outcome<'_>]) -> String {
    let panels: Vec<&[Outcome<'_>]> = outcomes
        .chunk_by(|a, b| a.line.variant.1 == b.line.variant.1 && std::ptr::eq(a.line.data, b.line.data))
        .collect();
    let height = HEIGHT * panels.len() as f64;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    for (index, panel) in panels.into_iter().enumerate() {
        let _ = writeln!(out, "<g transform=\"translate(0 {})\">", HEIGHT * index as f64);
        Panel::of(panel).draw(panel, &mut out);
        out.push_str("</g>\n");
    }
    out.push_str("</svg>\n");
    out
}

/// What rewards and rows lie where.
struct Panel {
    low: f64,
    high: f64,
    rows: f64,
}

impl Panel {
    /// Curves begin with the luck of a few tasks, so the first twentieth does not set the scale.
    fn of(outcomes: &[Outcome<'_>]) -> Self {
        let (mut low, mut high, mut rows) = (f64::INFINITY, f64::NEG_INFINITY, 1.0f64);
        for outcome in outcomes {
            let summary = &outcome.summary;
            rows = rows.max(summary.rows as f64);
            let settled = &summary.curve[summary.curve.len() / 20..];
            let curve = settled.iter().flat_map(|point| [point.mean - point.ci95, point.mean + point.ci95]);
            for value in curve.chain([summary.random, summary.best_fixed]) {
                (low, high) = (low.min(value), high.max(value));
            }
        }
        let margin = ((high - low) * 0.05).max(0.005);
        Self { low: low - margin, high: high + margin, rows }
    }

    fn x(&self, rows: f64) -> f64 {
        LEFT + rows / self.rows * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, reward: f64) -> f64 {
        let share = (reward.clamp(self.low, self.high) - self.low) / (self.high - self.low);
        HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
    }

    fn draw(&self, outcomes: &[Outcome<'_>], out: &mut String) {
        let Some(first) = outcomes.first() else { return };
        let title = format!(
            "{}, {}: mean reward so far, {} seeds",
            first.line.data.name, first.line.variant.0, first.summary.seeds
        );
        text(out, LEFT, TOP - 14.0, "start", "black", &title);
        self.axes(out);
        self.level(out, first.summary.best_fixed, "best fixed");
        self.level(out, first.summary.random, "random");
        for (index, outcome) in outcomes.iter().enumerate() {
            let colour = COLOURS[index % COLOURS.len()];
            self.curve(outcome, colour, out);
            let (x, y) = (WIDTH - RIGHT + 12.0, TOP + 8.0 + 18.0 * index as f64);
            let label = crate::output::excerpt(&outcome.line.policy.0, 20);
            text(out, x, y, "start", colour, &format!("{label}  {:.3}", outcome.summary.mean));
        }
    }

    fn axes(&self, out: &mut String) {
        for tick in 0..=4 {
            let reward = self.low + f64::from(tick) / 4.0 * (self.high - self.low);
            let y = self.y(reward);
            line(out, (LEFT, y), (WIDTH - RIGHT, y), "#e0e0e0", "");
            text(out, LEFT - 6.0, y + 4.0, "end", "#444444", &format!("{reward:.3}"));
            let rows = f64::from(tick) / 4.0 * self.rows;
            text(out, self.x(rows), HEIGHT - BOTTOM + 16.0, "middle", "#444444", &format!("{rows:.0}"));
        }
    }

    fn level(&self, out: &mut String, reward: f64, name: &str) {
        let y = self.y(reward);
        line(out, (LEFT, y), (WIDTH - RIGHT, y), "#666666", "4 4");
        text(out, WIDTH - RIGHT - 4.0, y - 3.0, "end", "#666666", name);
    }

    fn curve(&self, outcome: &Outcome<'_>, colour: &str, out: &mut String) {
        let points = &outcome.summary.curve;
        let place = |rows: usize, reward: f64| format!("{:.1},{:.1}", self.x(rows as f64), self.y(reward));
        let upper = points.iter().map(|point| place(point.rows, point.mean + point.ci95));
        let lower = points.iter().rev().map(|point| place(point.rows, point.mean - point.ci95));
        let band: Vec<String> = upper.chain(lower).collect();
        let middle: Vec<String> = points.iter().map(|point| place(point.rows, point.mean)).collect();
        let _ = writeln!(out, "<polygon points=\"{}\" fill=\"{colour}\" opacity=\"0.15\"/>", band.join(" "));
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\"/>",
            middle.join(" ")
        );
    }
}

fn line(out: &mut String, from: (f64, f64), to: (f64, f64), colour: &str, dashes: &str) {
    let _ = writeln!(
        out,
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\" stroke-dasharray=\"{dashes}\"/>",
        from.0, from.1, to.0, to.1
    );
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, colour: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{words}</text>"
    );
}
