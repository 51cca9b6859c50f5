//! What the demonstration came to: the table, the values before and after, and the sums.

use serde::Serialize;

use super::judge::Verdicts;
use super::submit::{Row, Values};
use crate::exit::Failure;
use crate::output::{Output, Tone, excerpt};

/// Everything that was observed.
#[derive(Debug, Serialize)]
pub struct Report {
    /// One a task.
    pub rows: Vec<Row>,
    /// Action values before the first task.
    pub before: Values,
    /// Action values after the last.
    pub after: Values,
    /// How feedback moved a choice.
    pub verdicts: Verdicts,
}

impl Report {
    /// The whole report for people.
    pub fn render(&self, output: &Output) -> String {
        [self.tasks(output), self.sums(output), self.values(output), self.feedback(output)].join("\n\n")
    }

    /// An error when the two ports disagree or a task did not end.
    pub fn verdict(&self) -> Result<(), Failure> {
        let odd: Vec<_> = self.rows.iter().filter(|row| row.status != row.status_at_execution).collect();
        if let Some(row) = odd.first() {
            return Err(Failure::other(format!(
                "the ports disagree on {} tasks, e.g. {}: {} and {}",
                odd.len(),
                row.task_id,
                row.status,
                row.status_at_execution
            )));
        }
        if self.completed() == 0 {
            return Err(Failure::other("no task completed"));
        }
        Ok(())
    }

    fn completed(&self) -> usize {
        self.rows.iter().filter(|row| row.status == "completed").count()
    }

    fn tasks(&self, output: &Output) -> String {
        let mut table = output.table(&["task", "agent", "confidence", "outcome", "steps", "reward"]);
        for row in &self.rows {
            let outcome = match &row.code {
                Some(code) => format!("{} {}", output.status(&row.status), output.paint(Tone::Faint, code)),
                None => output.status(&row.status),
            };
            let reward = row.reward.map_or_else(|| "–".to_owned(), |reward| format!("{reward:.2}"));
            table.add_row([
                excerpt(&row.description, 64),
                row.agent.clone(),
                format!("{:.2}", row.confidence),
                outcome,
                row.steps.to_string(),
                reward,
            ]);
        }
        table.to_string()
    }

    fn sums(&self, output: &Output) -> String {
        let without_model =
            self.rows.iter().filter(|row| row.code.as_deref() == Some("MODEL_CANNOT")).count();
        let mut line = format!(
            "{} of {} tasks completed; all {} agree on both ports.",
            output.paint(Tone::Strong, self.completed()),
            self.rows.len(),
            self.rows.len()
        );
        if without_model > 0 {
            line.push_str(&format!(
                "\n{without_model} need a language model, which is not configured: they failed as MODEL_CANNOT, and nobody was \
                 blamed.\nSet OPENAI_API_KEY or ANTHROPIC_API_KEY, or point the model service at a local server, and they can be done."
            ));
        }
        line
    }

    fn values(&self, output: &Output) -> String {
        let mut table = output.table(&["action values for", "agent", "Q before", "Q after"]);
        for (example, after) in &self.after {
            let mut best_first: Vec<_> = after.iter().collect();
            best_first.sort_by(|a, b| b.1.total_cmp(a.1));
            for (place, (agent, value)) in best_first.into_iter().take(3).enumerate() {
                let before = self.before.get(example).and_then(|agents| agents.get(agent)).copied();
                table.add_row([
                    if place == 0 { excerpt(example, 56) } else { String::new() },
                    agent.clone(),
                    before.map_or_else(|| "–".to_owned(), |q| format!("{q:.3}")),
                    format!("{value:.3}"),
                ]);
            }
        }
        table.to_string()
    }

    fn feedback(&self, output: &Output) -> String {
        let v = &self.verdicts;
        let head = output.paint(Tone::Strong, "Feedback changes the next choice");
        let start = format!(
            "\"{}\" would go to {} (probability {:.2}).",
            v.example, v.first_choice, v.first_probability
        );
        let end = if v.next_choice == v.first_choice {
            format!("{} judgements against it did not change that.", v.judged)
        } else {
            format!(
                "After {} judged results (0 for {}, 1 for others) it would go to {}; {} is at {:.2}.",
                v.judged, v.first_choice, v.next_choice, v.first_choice, v.first_probability_after
            )
        };
        format!("{head}\n{start}\n{end}")
    }
}
