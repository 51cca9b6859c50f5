//! The explanation in sentences.

use service_api::explain::{Argument, Certainty, Exploring};

use super::compare::Comparison;

/// Arguments that are told in a sentence; the lists have all of them.
const TOLD: usize = 3;

pub(super) struct Words<'a> {
    pub(super) agent: &'a str,
    /// Whether the caller demanded the agent.
    pub(super) demanded: bool,
    pub(super) rival: Option<String>,
    pub(super) comparison: Option<&'a Comparison>,
    pub(super) speaks_for: &'a [Argument],
    pub(super) speaks_against: &'a [Argument],
    pub(super) certainty: &'a Certainty,
    pub(super) exploring: &'a Exploring,
}

impl Words<'_> {
    pub(super) fn sentences(&self) -> Vec<String> {
        let mut sentences = vec![self.sure()];
        if let Some((comparison, rival)) = self.comparison.zip(self.rival.as_deref()) {
            sentences.push(self.standing(comparison, rival));
            sentences.extend(told("For it speaks", self.speaks_for));
            sentences.extend(told("Against it speaks", self.speaks_against));
        }
        sentences.push(self.chance());
        sentences
    }

    fn sure(&self) -> String {
        let Certainty { expected, low, high, outcomes, .. } = self.certainty;
        let basis = match outcomes {
            0 => "nothing that it did yet".to_owned(),
            1 => "one outcome".to_owned(),
            many => format!("{many} outcomes"),
        };
        format!(
            "{} is expected to earn {expected:.2} on such a task, {low:.2} to {high:.2}, judging by {basis}.",
            self.agent
        )
    }

    fn standing(&self, comparison: &Comparison, rival: &str) -> String {
        let (lead, agent) = (comparison.lead, self.agent);
        match lead {
            lead if lead.abs() < 0.005 => {
                format!("That is as much as is expected of {rival}, the best of the others.")
            }
            lead if lead > 0.0 => format!("That is {lead:.2} more than of {rival}, the best of the others."),
            lead => {
                format!("That is {:.2} less than of {rival}, which would be preferred to {agent} now.", -lead)
            }
        }
    }

    fn chance(&self) -> String {
        let Exploring { propensity, explored, share } = self.exploring;
        if self.demanded {
            return "The caller demanded this agent, so nothing was drawn and nothing is learned.".to_owned();
        }
        let drawn = format!("It was drawn with probability {propensity:.3}");
        match (explored, *propensity >= 0.999) {
            (true, _) => format!("{drawn} in order to learn, although another agent was valued higher."),
            (false, true) => format!("{drawn}: nobody else was in question."),
            (false, false) => format!(
                "{drawn}; in {:.1} of 100 such tasks another agent is tried, so that what is believed of the others stays true.",
                share * 100.0
            ),
        }
    }

    /// What would have to change for another order.
    pub(super) fn would_change(&self) -> Vec<String> {
        let Some((comparison, rival)) = self.comparison.zip(self.rival.as_deref()) else {
            return vec!["Another agent would have to be allowed to take the task.".to_owned()];
        };
        let (front, behind) = if comparison.lead >= 0.0 { (self.agent, rival) } else { (rival, self.agent) };
        let times = |count: u32, what: &str| match count {
            1 => format!("one {what}"),
            many => format!("{many} {what}s"),
        };
        let mut changes = Vec::new();
        if let Some(count) = comparison.successes {
            changes.push(format!(
                "{} of {behind} on such a task would put it before {front}.",
                times(count, "success").replace("successs", "successes")
            ));
        }
        if let Some(count) = comparison.failures {
            changes.push(format!(
                "{} of {front} on such a task would put it behind {behind}.",
                times(count, "failure")
            ));
        }
        if changes.is_empty() {
            changes.push(format!(
                "Some dozens of outcomes would not change that {front} is preferred to {behind} here."
            ));
        }
        changes
    }
}

/// `For it speaks: words of the text (+0.12), relevance of the agent (+0.05).`
fn told(begin: &str, arguments: &[Argument]) -> Option<String> {
    let told: Vec<String> = arguments
        .iter()
        .take(TOLD)
        .map(|argument| format!("{} ({:+.3})", argument.feature, argument.amount))
        .collect();
    (!told.is_empty()).then(|| format!("{begin}: {}.", told.join(", ")))
}
