//! One policy under watch: its duel with the one before, and the alarm for a fall.

use q_learning::ope::{Comparison, Gate, Verdict, Watch};
use service_api::policy::{Range, Standing};
use storage::{PolicyStatus, Storage};

use crate::app::Error;
use crate::app::evaluate::{Added, Duel};

/// Outcomes of its own after which a promoted policy is no longer on probation: it is the measure of others by then.
const PROBATION: u64 = 2_000;
/// Decisions after which a shadow has been compared enough.
const COMPARED_MAX: usize = 100_000;

#[derive(Debug)]
pub(super) struct Watched {
    pub(super) against: Option<i64>,
    version: i64,
    duel: Duel,
    watch: Watch,
    done: usize,
    /// What the gate said of so many rows; forgotten when anything is added or corrected.
    judged: Option<(Verdict, Comparison)>,
}

impl Watched {
    pub(super) fn new(duel: Duel, version: i64, against: Option<i64>) -> Self {
        Self { against, version, duel, watch: Watch::default(), done: 0, judged: None }
    }

    /// At the end of the log.
    pub(super) async fn advanced(mut self, storage: &Storage, status: PolicyStatus) -> Result<Self, Error> {
        while !self.is_over(status) {
            let (duel, added) = self.duel.advance(storage).await?;
            self.duel = duel;
            let Some(added) = added else { break };
            if !added.is_empty() {
                self.judged = None;
            }
            added.into_iter().for_each(|added| self.notice(added));
        }
        Ok(self)
    }

    fn is_over(&self, status: PolicyStatus) -> bool {
        match status {
            PolicyStatus::Promoted => self.watch.seen() >= PROBATION,
            PolicyStatus::Shadow => self.duel.rows().len() >= COMPARED_MAX,
            _ => false,
        }
    }

    fn notice(&mut self, added: Added) {
        let at = match added {
            Added::Row => self.done,
            Added::Correction(at, _) => at,
        };
        let Some(row) = self.duel.rows().get(at) else { return };
        let (own, before) = (row.policy == self.version, row.policy == self.against.unwrap_or(0));
        let surplus = row.first_reward - row.incumbent_expected;
        match added {
            Added::Row => {
                self.done += 1;
                if own {
                    self.watch.observe(surplus);
                } else if before {
                    self.watch.before(surplus);
                }
            }
            Added::Correction(_, difference) if own => self.watch.correct(difference),
            Added::Correction(_, difference) if before => self.watch.correct_before(difference),
            Added::Correction(..) => {}
        }
    }

    /// How it stands.
    pub(super) fn standing(&mut self) -> (Verdict, Standing) {
        let (verdict, comparison) =
            *self.judged.get_or_insert_with(|| Gate::default().judge(&self.duel.pairs()));
        let standing = Standing {
            against: self.against.unwrap_or(0),
            decisions: comparison.decisions,
            differing: comparison.differing,
            uplift: comparison.value,
            range: Range { low: comparison.anytime.low, high: comparison.anytime.high },
            verdict: verdict.as_str().into(),
            outcomes: self.watch.seen(),
            regression_evidence: self.watch.evidence(),
            regression_limit: self.watch.limit(),
        };
        (verdict, standing)
    }

    /// Why it must be taken back, if it must.
    pub(super) fn verdict_of_watch(&self, status: PolicyStatus, verdict: Verdict) -> Option<String> {
        let deciding = matches!(status, PolicyStatus::Canary | PolicyStatus::Promoted);
        if deciding && self.watch.is_alarmed() {
            return Some(format!(
                "its latest of {} outcomes are what a fall by ten points looks like, {:.1} standard deviations from none",
                self.watch.seen(),
                self.watch.evidence()
            ));
        }
        let worse = status == PolicyStatus::Canary && verdict == Verdict::Worse;
        worse.then(|| format!("it is worse than version {}, whenever one looks", self.against.unwrap_or(0)))
    }
}
