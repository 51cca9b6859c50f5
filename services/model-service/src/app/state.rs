//! What every call shares.

use std::sync::Arc;

use arc_swap::ArcSwap;
use storage::Storage;
use tokio::sync::watch;

use super::books::Books;
use super::providers::Providers;
use super::registry::Models;
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
    /// The database.
    pub storage: Storage,
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
