//! What the passes came to: a line of JSON for programs, a table for people.

use serde::Serialize;

use super::Outcome;
use crate::output::{Output, Tone};

/// One line of `lightning replay --json`. Rewards are means per task over all passes.
#[derive(Serialize)]
pub(super) struct Figures<'a> {
    data: &'a str,
    policy: &'a str,
    variant: &'static str,
    seeds: usize,
    mean: f64,
    random: f64,
    best_fixed: f64,
    oracle: f64,
    f_bf: f64,
    f_bf_ci95: f64,
    f_or: f64,
    decision_us_p50: f64,
    decision_us_p99: f64,
    rows: usize,
    agents: usize,
    /// Reward lost over a whole pass, against the best fixed agent and against the best agent of each task.
    regret_bf: f64,
    regret_or: f64,
    /// Expected calibration error of the confidence in the chosen agents; absent of policies without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    ece: Option<f64>,
    /// What chance alone would leave of it, were every confidence exactly right.
    #[serde(skip_serializing_if = "Option::is_none")]
    ece_by_chance: Option<f64>,
    /// Dollars a task; absent where the file has no costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_per_task: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_per_task_ci95: Option<f64>,
    /// The ceiling on that, if one was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_ceiling: Option<f64>,
    /// Mean reward of the best mixture of fixed agents that costs no more, in hindsight, and what was earned beyond it.
    #[serde(skip_serializing_if = "Option::is_none")]
    mixture: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    beyond_mixture: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    beyond_mixture_ci95: Option<f64>,
}

pub(super) fn json<'a>(outcome: &Outcome<'a>) -> Figures<'a> {
    let (line, summary) = (outcome.line, &outcome.summary);
    let rows = summary.rows as f64;
    Figures {
        data: &line.data.name,
        policy: &line.policy.0,
        variant: line.variant.0,
        seeds: summary.seeds,
        mean: rounded(summary.mean, 5),
        random: rounded(summary.random, 5),
        best_fixed: rounded(summary.best_fixed, 5),
        oracle: rounded(summary.oracle, 5),
        f_bf: rounded(summary.f_bf, 4),
        f_bf_ci95: rounded(summary.f_bf_ci95, 4),
        f_or: rounded(summary.f_or, 4),
        decision_us_p50: rounded(summary.decision_us_p50, 3),
        decision_us_p99: rounded(summary.decision_us_p99, 3),
        rows: summary.rows,
        agents: line.data.agents.len(),
        regret_bf: rounded((summary.best_fixed - summary.mean) * rows, 2),
        regret_or: rounded((summary.oracle - summary.mean) * rows, 2),
        ece: summary.ece.map(|ece| rounded(ece, 4)),
        ece_by_chance: summary.ece_by_chance.map(|ece| rounded(ece, 4)),
        cost_per_task: line.data.has_costs().then(|| rounded(summary.cost, 9)),
        cost_per_task_ci95: line.data.has_costs().then(|| rounded(summary.cost_ci95, 9)),
        cost_ceiling: line.cost_ceiling,
        mixture: summary.mixture.map(|mixture| rounded(mixture, 5)),
        beyond_mixture: summary.mixture.map(|mixture| rounded(summary.mean - mixture, 5)),
        beyond_mixture_ci95: summary.mixture.map(|_| rounded(summary.mixture_ci95, 5)),
    }
}

pub(super) fn table(outcomes: &[Outcome<'_>], output: &Output) -> String {
    let mut table = output.table(&[
        "data",
        "variant",
        "policy",
        "mean",
        "random",
        "best fixed",
        "oracle",
        "f_bf ± 95 %",
        "f_or",
        "ECE (chance)",
        "regret",
        "p50 µs",
        "p99 µs",
    ]);
    for outcome in outcomes {
        let figures = json(outcome);
        let tone = match figures.f_bf {
            good if good - figures.f_bf_ci95 > 1.0 => Tone::Good,
            poor if poor + figures.f_bf_ci95 < 0.5 => Tone::Bad,
            _ => Tone::Faint,
        };
        table.add_row([
            figures.data.to_owned(),
            figures.variant.to_owned(),
            crate::output::excerpt(figures.policy, 24),
            format!("{:.4}", figures.mean),
            format!("{:.4}", figures.random),
            format!("{:.4}", figures.best_fixed),
            format!("{:.4}", figures.oracle),
            output.paint(tone, format!("{:.3} ± {:.3}", figures.f_bf, figures.f_bf_ci95)),
            format!("{:.3}", figures.f_or),
            calibration(&figures),
            format!("{:.1}", figures.regret_bf),
            format!("{:.2}", figures.decision_us_p50),
            format!("{:.2}", figures.decision_us_p99),
        ]);
    }
    format!("{table}\n{}", averages(outcomes, output))
}

fn calibration(figures: &Figures<'_>) -> String {
    let both = figures.ece.zip(figures.ece_by_chance);
    both.map_or_else(String::new, |(ece, chance)| format!("{ece:.3} ({chance:.3})"))
}

/// For each policy in each variant the average over the files, which is what learners are compared by.
fn averages(outcomes: &[Outcome<'_>], output: &Output) -> String {
    let mut groups: Vec<(&str, &str, Vec<f64>)> = Vec::new();
    for outcome in outcomes {
        let (policy, variant) = (outcome.line.policy.0.as_str(), outcome.line.variant.0);
        match groups.iter_mut().find(|group| (group.0, group.1) == (policy, variant)) {
            Some(group) => group.2.push(outcome.summary.f_bf),
            None => groups.push((policy, variant, vec![outcome.summary.f_bf])),
        }
    }
    let seeds = outcomes.first().map_or(0, |outcome| outcome.summary.seeds);
    let lines: Vec<String> = groups
        .iter()
        .map(|(policy, variant, f_bf)| {
            let average = f_bf.iter().sum::<f64>() / f_bf.len() as f64;
            let policy = crate::output::excerpt(policy, 24);
            format!("{policy}, {variant}: f_bf {average:.3} on average over {} files", f_bf.len())
        })
        .collect();
    let note = format!("{seeds} seeds; regret: reward lost over a pass against the best fixed agent");
    format!("{}\n{}", lines.join("\n"), output.paint(Tone::Faint, note))
}

fn rounded(value: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (value * scale).round() / scale
}
