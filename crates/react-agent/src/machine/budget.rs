//! What is left of the limits. A finished answer is never thrown away because it was dear:
//! budgets are asked only before going on.

use super::Machine;
use crate::{Failure, FailureCode};

impl Machine {
    /// Whether `calls` more tool calls and one thought to read them are within the limits.
    pub(super) fn may_act(&self, calls: usize) -> Result<(), Failure> {
        let limits = &self.plan.limits;
        let wanted = u64::from(self.usage.steps) + calls as u64 + 1;
        if wanted > u64::from(limits.max_steps) {
            let text = format!("no answer within {} steps", limits.max_steps);
            return Err(Failure::new(FailureCode::StepLimit, text));
        }
        self.tokens_left()?;
        self.cost_left()?;
        self.time_left()
    }

    fn tokens_left(&self) -> Result<(), Failure> {
        let (used, most) =
            (self.usage.tokens_in.saturating_add(self.usage.tokens_out), self.plan.limits.max_tokens);
        if used < most {
            return Ok(());
        }
        Err(Failure::new(FailureCode::TokenLimit, format!("no answer within {most} tokens ({used} used)")))
    }

    fn cost_left(&self) -> Result<(), Failure> {
        match self.plan.limits.max_cost_micro {
            // At no cost a bound of zero still allows the free model.
            Some(most) if self.usage.cost_micro > 0 && self.usage.cost_micro >= most => {
                let (used, most) = (dollars(self.usage.cost_micro), dollars(most));
                Err(Failure::new(FailureCode::CostLimit, format!("no answer within ${most} (${used} spent)")))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn time_left(&self) -> Result<(), Failure> {
        let most = self.plan.limits.max_elapsed_ms;
        if self.usage.elapsed_ms < most {
            return Ok(());
        }
        Err(Failure::new(FailureCode::TimeLimit, format!("no answer within {most} ms")))
    }
}

fn dollars(micro: i64) -> String {
    format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000)
}
