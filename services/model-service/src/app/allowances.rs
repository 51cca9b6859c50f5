//! What this process holds of budgets: taken from the database in blocks, so that calls reserve and settle in memory.
//!
//! The database counts a block as used from the moment it is taken, so budgets hold across processes and crashes. The next block is due
//! before the last one is gone, so that no call waits for it. Time and the database are the caller's business.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use storage::BudgetShare;
use task_model::{MicroUsd, Micros};

/// A first block is as much as so many calls of this size may cost; one that was soon used up is followed by one of twice its size …
const CALLS: i64 = 256;
const SOON: Duration = Duration::from_secs(1);
/// … but at most this part of the budget. A process keeps at most two blocks from the others, and a crash loses no more.
const PART: i64 = 100;

/// By budget.
#[derive(Debug, Default)]
pub struct Allowances(Mutex<HashMap<String, Held>>);

#[derive(Debug)]
struct Held {
    period_start: Micros,
    left: i64,
    block: i64,
    since: Option<Instant>,
    /// Somebody was told that it is low.
    told: bool,
}

impl Held {
    fn of(period_start: Micros) -> Self {
        Self { period_start, left: 0, block: 0, since: None, told: false }
    }

    /// Whether to take the next block by now; true once for each block.
    fn low(&mut self) -> bool {
        let low = !self.told && self.left < self.block / 2;
        self.told |= low;
        low
    }
}

impl Allowances {
    /// Takes all shares, or none. Tells the places of shares whose budgets hold too little, or, where all were taken, whose budgets are
    /// now low.
    pub fn take(&self, shares: &[BudgetShare]) -> Result<Vec<usize>, Vec<usize>> {
        let mut all = self.0.lock();
        let holds = |share: &BudgetShare| {
            all.get(&share.budget_id)
                .is_some_and(|held| held.period_start == share.period_start && held.left >= share.amount.0)
        };
        let lacking: Vec<usize> = (0..shares.len()).filter(|place| !holds(&shares[*place])).collect();
        if !lacking.is_empty() {
            return Err(lacking);
        }
        let mut low = Vec::new();
        for (place, share) in shares.iter().enumerate() {
            if let Some(held) = all.get_mut(&share.budget_id) {
                held.left -= share.amount.0;
                low.extend(held.low().then_some(place));
            }
        }
        Ok(low)
    }

    /// How much to take from the database at once for calls that may cost as much as `share`.
    pub fn block(&self, share: &BudgetShare, limit: MicroUsd, now: Instant) -> MicroUsd {
        let first = share.amount.0.saturating_mul(CALLS);
        let all = self.0.lock();
        let held = all.get(&share.budget_id).filter(|held| held.period_start == share.period_start);
        let wanted = held.map_or(first, |held| {
            let soon = held.since.is_some_and(|since| now.saturating_duration_since(since) < SOON);
            first.max(if soon { held.block.saturating_mul(2) } else { held.block / 2 })
        });
        MicroUsd(share.amount.0.max(wanted.min(limit.0 / PART)))
    }

    /// The database gave a block, or just what a call lacked, after which no block is to be had.
    pub fn add(&self, share: &BudgetShare, whole: bool, now: Instant) {
        let mut all = self.0.lock();
        let held = all.entry(share.budget_id.clone()).or_insert_with(|| Held::of(share.period_start));
        if held.period_start != share.period_start {
            *held = Held::of(share.period_start);
        }
        held.left += share.amount.0;
        (held.block, held.since, held.told) = (share.amount.0, Some(now), !whole);
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
        let (held, now) = (Allowances::default(), Instant::now());
        let block = |limit| held.block(&share(10), MicroUsd(limit), now);
        assert_eq!(block(1_000_000), MicroUsd(2_560));
        assert_eq!(block(10_000), MicroUsd(100));
        assert_eq!(block(500), MicroUsd(10), "never less than the call itself");
    }

    #[test]
    fn blocks_grow_as_long_as_they_are_soon_used_up() {
        let (held, mut now) = (Allowances::default(), Instant::now());
        let mut next = |after| {
            now += Duration::from_millis(after);
            let block = held.block(&share(10), MicroUsd(800_000), now);
            held.add(&BudgetShare { amount: block, ..share(10) }, true, now);
            block.0
        };
        assert_eq!(
            [next(0), next(900), next(900), next(900)],
            [2_560, 5_120, 8_000, 8_000],
            "a hundredth at most"
        );
        assert_eq!([next(1_100), next(1_100)], [4_000, 2_560]);
    }

    #[test]
    fn the_next_block_is_due_once_before_the_last_one_is_gone() {
        let (held, now) = (Allowances::default(), Instant::now());
        held.add(&share(100), true, now);
        let low: Vec<bool> = (0..10).map(|_| held.take(&[share(10)]) == Ok(vec![0])).collect();
        assert_eq!(low.iter().position(|low| *low), Some(5), "less than half is left");
        assert_eq!(low.iter().filter(|low| **low).count(), 1);
        held.add(&share(100), true, now);
        assert_eq!(held.take(&[share(60)]), Ok(vec![0]), "for the new block, anew");
        held.add(&share(10), false, now);
        assert_eq!(held.take(&[share(50)]), Ok(vec![]), "there is no other block");
    }

    #[test]
    fn what_is_taken_and_settled_is_exact() {
        let held = Allowances::default();
        assert_eq!(held.take(&[share(10)]), Err(vec![0]));
        held.add(&share(100), true, Instant::now());
        for _ in 0..10 {
            assert!(held.take(&[share(10)]).is_ok());
        }
        assert_eq!(held.take(&[share(10)]), Err(vec![0]));
        assert_eq!(held.settle(share(10), MicroUsd(4)), None);
        assert_eq!(held.held("b", Micros(0)), MicroUsd(6));
        assert_eq!(held.settle(share(10), MicroUsd(20)), Some(share(4)), "it cost more than is left");
        for _ in 0..8 {
            held.settle(share(10), MicroUsd(0));
        }
        held.add(&share(20), true, Instant::now());
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
        held.add(&share(100), true, Instant::now());
        let later = BudgetShare { period_start: Micros(1), ..share(10) };
        assert_eq!(held.take(std::slice::from_ref(&later)), Err(vec![0]));
        held.add(&later, true, Instant::now());
        assert!(held.take(&[later]).is_ok());
        assert_eq!(held.settle(share(10), MicroUsd(2)), Some(share(-8)), "the old period is the database's");
    }
}
