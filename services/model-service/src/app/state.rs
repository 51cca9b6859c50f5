//! What every call shares.

use std::sync::Arc;

use arc_swap::ArcSwap;
use storage::Storage;
use tokio::sync::{Mutex, watch};

use super::allowances::Allowances;
use super::books::Books;
use super::budgets::Budget;
use super::cache::Cache;
use super::keep::similar::Similar;
use super::limits::Limits;
use super::providers::Providers;
use super::registry::Models;
use super::vitals::Vitals;
use crate::config::Config;

/// The parts of a [`State`].
pub struct Parts {
    /// `[models]`.
    pub config: Config,
    /// Who can answer.
    pub providers: Providers,
    /// The models of the configuration.
    pub catalog: Models,
    /// All models, as last read.
    pub models: ArcSwap<Models>,
    /// One reading at a time: what was read first must not replace what was read later.
    pub reading: Mutex<()>,
    /// The database.
    pub storage: Storage,
    /// What may be spent, as last read.
    pub budgets: ArcSwap<Vec<Arc<Budget>>>,
    /// What this process holds of budgets.
    pub allowances: Allowances,
    /// One block at a time is taken from the database.
    pub refill: Mutex<()>,
    /// How often, and how many tokens, in a minute.
    pub limits: Limits,
    /// Kept answers.
    pub cache: Cache,
    /// Questions to which answers are kept.
    pub similar: Similar,
    /// How each model is doing.
    pub vitals: Vitals,
    /// Calls on their way into the database.
    pub books: Books,
    /// Becomes true when the service stops: streams must not hold it up.
    pub stopping: watch::Sender<bool>,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct State(Arc<Parts>);

impl State {
    /// Shares the parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl std::ops::Deref for State {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
