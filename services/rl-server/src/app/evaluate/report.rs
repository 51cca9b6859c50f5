//! Rows become figures that a person can read.

use q_learning::ope::{Estimate, Evaluation, Gate, Interval, Sample, evaluate, snips};
use service_api::policy::{AgentShare, EstimateRow, EvaluationReport, Range, Uplift, Value95};
use service_api::rfc3339;

use super::duel::{Duel, Row};
use crate::app::Error;

/// From this share of choices on that the log says nothing of, a person must be told.
const WORTH_WARNING: f64 = 0.02;

/// What is reported of a duel that went through the log.
pub(super) fn report(duel: &Duel, policy: Option<i64>, against: i64) -> Result<EvaluationReport, Error> {
    let rows = duel.rows();
    let samples: Vec<Sample> = rows.iter().map(|row| row.sample).collect();
    let mut report = EvaluationReport {
        policy,
        against,
        summary: "The log holds no decision of that time by which a policy can be judged.".into(),
        decisions: rows.len(),
        from: rows.iter().map(|row| row.at).min().map(rfc3339),
        to: rows.iter().map(|row| row.at).max().map(rfc3339),
        logged: None,
        estimates: Vec::new(),
        bernstein: None,
        anytime: None,
        effective_samples: 0.0,
        weight_max: 0.0,
        uncovered_share: duel.uncovered_share(),
        uplift: None,
        agents: agents(duel, &samples),
        skipped: duel.skipped().clone(),
        outside: duel.outside(),
    };
    if !samples.is_empty() {
        let found = evaluate(&samples).map_err(|error| Error::WrongState(error.to_string()))?;
        fill(&mut report, &found, rows, duel);
    }
    Ok(report)
}

fn fill(report: &mut EvaluationReport, found: &Evaluation, rows: &[Row], duel: &Duel) {
    let (verdict, comparison) = Gate::default().judge(&duel.pairs());
    let logged = logged(rows);
    let estimates = [
        ("dr", found.dr),
        ("snips", found.snips),
        ("ips", found.ips),
        ("dm", found.dm),
        ("switch_dr", found.switch_dr),
    ];
    report.summary = format!(
        "Had this policy taken the {} decisions, their mean reward would have been {:.3} (95 %: {:.3} to {:.3}) instead of {:.3}; \
         against version {} that is {:+.3} per decision ({}).",
        report.decisions,
        found.dr.value,
        found.dr.low,
        found.dr.high,
        logged.value,
        report.against,
        comparison.value,
        verdict.as_str(),
    );
    if report.uncovered_share >= WORTH_WARNING {
        report.summary.push_str(&format!(
            " In {:.1} of 100 choices it would have taken someone who could not have been drawn then: there only the model speaks, and \
             only the bernstein and anytime ranges count that as not known.",
            report.uncovered_share * 100.0
        ));
    }
    report.logged = Some(logged);
    let row = |(name, estimate): (&str, Estimate)| EstimateRow {
        estimator: name.into(),
        estimate: value(estimate),
    };
    report.estimates = estimates.map(row).to_vec();
    report.bernstein = Some(range(found.bernstein));
    report.anytime = Some(range(found.anytime));
    report.effective_samples = found.effective_samples;
    report.weight_max = found.weight_max;
    report.uplift = Some(Uplift {
        estimate: Value95 {
            value: comparison.value,
            low: comparison.interval.low,
            high: comparison.interval.high,
        },
        anytime: range(comparison.anytime),
        differing: comparison.differing,
        verdict: verdict.as_str().into(),
    });
}

/// The logging policy evaluated on its own log: the mean, with Student's interval.
fn logged(rows: &[Row]) -> Value95 {
    let own = |row: &Row| Sample::new(row.sample.reward, 1.0, 1.0, 0.0, 0.0);
    let samples: Vec<Sample> = rows.iter().map(own).collect();
    snips(&samples).map_or(Value95 { value: 0.0, low: 0.0, high: 1.0 }, value)
}

fn agents(duel: &Duel, samples: &[Sample]) -> Vec<AgentShare> {
    let count = samples.len().max(1) as f64;
    let share = |(agent, sum): (&String, &f64)| {
        let own = duel.rows().iter().filter(|row| row.agent == *agent).map(|row| row.sample);
        let own: Vec<Sample> = own.collect();
        let rewards: f64 = own.iter().map(|sample| sample.reward).sum();
        let found = snips(&own).ok().filter(|_| own.iter().any(|sample| sample.target > 0.0));
        AgentShare {
            agent_id: agent.clone(),
            decisions: own.len(),
            logged_share: own.len() as f64 / count,
            logged_reward: (!own.is_empty()).then(|| rewards / own.len() as f64),
            policy_share: sum / count,
            policy_reward: found.map(value),
            effective_samples: evaluate(&own).map_or(0.0, |found| found.effective_samples),
        }
    };
    let mut shares: Vec<AgentShare> = duel.shares().iter().map(share).collect();
    shares.sort_by(|a, b| b.policy_share.total_cmp(&a.policy_share).then(a.agent_id.cmp(&b.agent_id)));
    shares
}

fn value(estimate: Estimate) -> Value95 {
    Value95 { value: estimate.value, low: estimate.low, high: estimate.high }
}

fn range(interval: Interval) -> Range {
    Range { low: interval.low, high: interval.high }
}
