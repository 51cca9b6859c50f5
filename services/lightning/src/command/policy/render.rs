//! Policies for people.

use service_api::policy::{
    AgentShare, EvaluationReport, PolicyDetail, PolicyList, PolicyRecord, Range, Value95,
};

use crate::output::{Output, Tone, counted};

pub(super) fn list(list: &PolicyList, output: &Output) -> String {
    if list.policies.is_empty() {
        return "no policy was published yet: the learner that started from nothing decides; `lightning train` makes a candidate"
            .to_owned();
    }
    let mut table = output.table(&["version", "status", "share", "parent", "trained to", "changed", "note"]);
    for policy in &list.policies {
        table.add_row([
            policy.version.to_string(),
            status(policy, output),
            if policy.share > 0.0 { percent(policy.share) } else { String::new() },
            policy.parent.map_or_else(|| "–".to_owned(), |parent| parent.to_string()),
            policy.experience_seq.to_string(),
            policy.changed_at.clone(),
            policy.note.clone(),
        ]);
    }
    format!("{table}\n{}", counted(list.count, "policy"))
}

pub(super) fn moved(policy: &PolicyRecord, output: &Output) -> String {
    let share = if policy.share > 0.0 { format!(" of {}", percent(policy.share)) } else { String::new() };
    format!("version {} is {}{share}", policy.version, status(policy, output))
}

pub(super) fn whole(detail: &PolicyDetail, output: &Output) -> String {
    let mut lines = vec![moved(&detail.policy, output), detail.policy.note.clone()];
    if !detail.ancestors.is_empty() {
        let ancestors: Vec<String> = detail.ancestors.iter().map(ToString::to_string).collect();
        lines.push(format!("came from {}", ancestors.join(" ← ")));
    }
    if let Some(standing) = &detail.standing {
        lines.push(format!(
            "against version {}: {:+.3} per decision, {} whenever one looks, over {} decisions ({} differ): {}",
            standing.against,
            standing.uplift,
            range(standing.range),
            standing.decisions,
            standing.differing,
            output.paint(tone(&standing.verdict), &standing.verdict),
        ));
        lines.push(format!(
            "{} outcomes of its own; evidence of a fall {:.2}, taken back above {:.2}",
            standing.outcomes, standing.regression_evidence, standing.regression_limit
        ));
    }
    let moves = detail.moves.iter().map(|one| format!("  {}  {:<12} {}", one.at, one.status, one.why));
    lines.extend(moves);
    lines.join("\n")
}

pub(super) fn report(report: &EvaluationReport, output: &Output) -> String {
    let mut lines = vec![report.summary.clone()];
    if let (Some(from), Some(to)) = (&report.from, &report.to) {
        lines.push(format!("{} decisions, {from} to {to}", report.decisions));
    }
    lines.push(estimates(report, output));
    if let Some(uplift) = &report.uplift {
        lines.push(format!(
            "against version {}: {} per decision, {} whenever one looks: {}",
            report.against,
            value(uplift.estimate),
            range(uplift.anytime),
            output.paint(tone(&uplift.verdict), &uplift.verdict)
        ));
    }
    lines.push(agents(&report.agents, output));
    let skipped = &report.skipped;
    let passed_over = skipped.unreadable
        + skipped.without_action_set
        + skipped.not_in_action_set
        + skipped.bad_propensity
        + skipped.orphaned_correction;
    if passed_over + report.outside > 0 {
        lines.push(format!(
            "passed over: {}; outside the time: {}",
            counted(passed_over, "line"),
            report.outside
        ));
    }
    lines.join("\n")
}

fn estimates(report: &EvaluationReport, output: &Output) -> String {
    let mut table = output.table(&["estimator", "mean reward", "95 %"]);
    let mut add = |name: &str, value: Option<f64>, low: f64, high: f64| {
        let value = value.map_or_else(String::new, |value| format!("{value:.4}"));
        table.add_row([name.to_owned(), value, format!("{low:.4} to {high:.4}")]);
    };
    if let Some(logged) = report.logged {
        add("as it was", Some(logged.value), logged.low, logged.high);
    }
    for row in &report.estimates {
        add(&row.estimator, Some(row.estimate.value), row.estimate.low, row.estimate.high);
    }
    for (name, bound) in [("bernstein", report.bernstein), ("anytime", report.anytime)] {
        if let Some(bound) = bound {
            add(name, None, bound.low, bound.high);
        }
    }
    format!(
        "{table}\n{:.0} effective samples, largest weight {:.1}",
        report.effective_samples, report.weight_max
    )
}

fn agents(agents: &[AgentShare], output: &Output) -> String {
    let mut table = output.table(&["agent", "had", "would have", "reward", "would earn", "effective"]);
    for agent in agents {
        table.add_row([
            agent.agent_id.clone(),
            percent(agent.logged_share),
            percent(agent.policy_share),
            agent.logged_reward.map_or_else(|| "–".to_owned(), |reward| format!("{reward:.3}")),
            agent.policy_reward.map_or_else(|| "–".to_owned(), value),
            format!("{:.0}", agent.effective_samples),
        ]);
    }
    table.to_string()
}

fn status(policy: &PolicyRecord, output: &Output) -> String {
    let tone = match policy.status.as_str() {
        "promoted" => Tone::Good,
        "canary" => Tone::Odd,
        "rolled_back" => Tone::Bad,
        _ => Tone::Faint,
    };
    output.paint(tone, &policy.status)
}

fn tone(verdict: &str) -> Tone {
    match verdict {
        "better" => Tone::Good,
        "worse" => Tone::Bad,
        _ => Tone::Odd,
    }
}

fn value(value: Value95) -> String {
    format!("{:+.3} ({:+.3} to {:+.3})", value.value, value.low, value.high)
}

fn range(range: Range) -> String {
    format!("{:+.3} to {:+.3}", range.low, range.high)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
