//! Off-policy evaluation: what another policy would have earned on decisions that were logged with their propensities.
//!
//! It knows no learner: a sample holds numbers only. [`Choice`] makes samples of whole distributions, [`evaluate`] and
//! [`compare`] turn them into values with intervals, [`Gate`] and [`Watch`] say what may follow from those.
//!
//! Three kinds of interval, all at 95 % unless told otherwise: the one of an [`Estimate`] is Student's, which covers the truth
//! as often as it says once there are some dozen effective samples; `bernstein` holds for any number of samples, and
//! `anytime` for all numbers at once, so that it may be looked at after every decision.

mod compare;
mod estimate;
mod gate;
mod interval;
mod sample;
mod watch;

pub use compare::{Comparison, compare};
pub use estimate::{Estimate, Evaluation, dm, dr, evaluate, ips, snips, switch_dr};
pub use gate::{Gate, Verdict};
pub use interval::Interval;
pub use sample::{Choice, Paired, Sample};
pub use watch::Watch;

/// Weights over this are left to the model by [`switch_dr`] when nobody says otherwise: ten times as likely as in the log.
pub const SWITCH_AT: f64 = 10.0;
