//! What this process holds of budgets: taken from the database in blocks, so that most calls reserve and settle in memory.
//!
//! The database counts a block as used from the moment it is taken, so budgets hold across processes and crashes. Time and the database
//! are the caller's business.

use std::collections::HashMap;

use parking_lot::Mutex;
use storage::BudgetShare;
use task_model::{MicroUsd, Micros};

/// A block is as much as so many calls of this size may cost …
const CALLS: i64 = 32;
/// … but at most this part of the budget, which is all that a process may keep from the others, or a crash may lose.
const PART: i64 = 100;

/// By budget.
#[derive(Debug, Default)]
pub struct Allowances(Mutex<HashMap<String, Held>>);

#[derive(Debug)]
struct Held {
    period_start: Micros,
    left: i64,
    block: i64,
}

/// How much to take from the database at once.
pub fn block(amount: MicroUsd, limit: MicroUsd) -> MicroUsd {
    MicroUsd(amount.0.max(amount.0.saturating_mul(CALLS).min(limit.0 / PART)))
}

impl Allowances {
    /// Takes all shares, or none; then these budgets hold too little.
    pub fn take(&self, shares: &[BudgetShare]) -> Result<(), Vec<usize>> {
        let mut all = self.0.lock();
        let holds = |share: &BudgetShare| {
            all.get(&share.budget_id)
                .is_some_and(|held| held.period_start == share.period_start && held.left >= share.amount.0)
        };
        let lacking: Vec<usize> = (0..shares.len()).filter(|place| !holds(&shares[*place])).collect();
        if !lacking.is_empty() {
            return Err(lacking);
        }
        for share in shares {
            all.entry(share.budget_id.clone()).and_modify(|held| held.left -= share.amount.0);
        }
        Ok(())
    }

    /// The database gave a block.
    pub fn add(&self, share: &BudgetShare) {
        let mut all = self.0.lock();
        let held = all.entry(share.budget_id.clone()).or_insert(Held {
            period_start: share.period_start,
            left: 0,
            block: 0,
        });
        if held.period_start != share.period_start {
            *held = Held { period_start: share.period_start, left: 0, block: 0 };
        }
        held.left += share.amount.0;
        held.block = share.amount.0;
    }

    /// A call cost `cost`, for which `share` was taken: what the database must learn of it, if anything.
    pub fn settle(&self, share: BudgetShare, cost: MicroUsd) -> Option<BudgetShare> {
        let rest = share.amount.0 - cost.0;
        let mut all = self.0.lock();
        let held = all.get_mut(&share.budget_id).filter(|held| held.period_start == share.period_start);
        let Some(held) = held else {
            // Its period is over, or the budget was changed: the database keeps that account alone.
            return (rest != 0).then_some(BudgetShare { amount: MicroUsd(-rest), ..share });
        };
        held.left += rest;
        let keep = held.left.clamp(0, held.block.saturating_mul(2));
        let told = keep - held.left;
        held.left = keep;
        (told != 0).then_some(BudgetShare { amount: MicroUsd(told), ..share })
    }

    /// What is held of a budget in a period.
    pub fn held(&self, budget_id: &str, period_start: Micros) -> MicroUsd {
        let all = self.0.lock();
        let held = all.get(budget_id).filter(|held| held.period_start == period_start);
        MicroUsd(held.map_or(0, |held| held.left))
    }

    /// Gives up what is held of one budget, or of all: for the database to take back.
    pub fn give_up(&self, budget_id: Option<&str>) -> Vec<BudgetShare> {
        let mut all = self.0.lock();
        let given = all.extract_if(|id, _| budget_id.is_none_or(|wanted| wanted == id));
        let share = |(budget_id, held): (String, Held)| BudgetShare {
            budget_id,
            period_start: held.period_start,
            amount: MicroUsd(-held.left),
        };
        given.map(share).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(amount: i64) -> BudgetShare {
        BudgetShare { budget_id: "b".to_owned(), period_start: Micros(0), amount: MicroUsd(amount) }
    }

    #[test]
    fn a_block_is_small_beside_its_budget() {
        assert_eq!(block(MicroUsd(10), MicroUsd(1_000_000)), MicroUsd(320));
        assert_eq!(block(MicroUsd(10), MicroUsd(10_000)), MicroUsd(100));
        assert_eq!(block(MicroUsd(10), MicroUsd(500)), MicroUsd(10), "never less than the call itself");
    }

    #[test]
    fn what_is_taken_and_settled_is_exact() {
        let held = Allowances::default();
        assert_eq!(held.take(&[share(10)]), Err(vec![0]));
        held.add(&share(100));
        for _ in 0..10 {
            assert_eq!(held.take(&[share(10)]), Ok(()));
        }
        assert_eq!(held.take(&[share(10)]), Err(vec![0]));
        assert_eq!(held.settle(share(10), MicroUsd(4)), None);
        assert_eq!(held.held("b", Micros(0)), MicroUsd(6));
        assert_eq!(held.settle(share(10), MicroUsd(20)), Some(share(4)), "it cost more than is left");
        for _ in 0..8 {
            held.settle(share(10), MicroUsd(0));
        }
        held.add(&share(20));
        assert_eq!(
            held.settle(share(10), MicroUsd(0)),
            Some(share(-70)),
            "nobody keeps more than two blocks"
        );
        assert_eq!(held.give_up(None), [share(-40)]);
        assert_eq!(held.settle(share(10), MicroUsd(3)), Some(share(-7)));
    }

    #[test]
    fn a_new_period_begins_with_nothing() {
        let held = Allowances::default();
        held.add(&share(100));
        let later = BudgetShare { period_start: Micros(1), ..share(10) };
        assert_eq!(held.take(std::slice::from_ref(&later)), Err(vec![0]));
        held.add(&later);
        assert_eq!(held.take(&[later]), Ok(()));
        assert_eq!(held.settle(share(10), MicroUsd(2)), Some(share(-8)), "the old period is the database's");
    }
}
