//! How often a request was sent, for whoever wants to look while it is under way.

use std::sync::atomic::{AtomicU32, Ordering};

/// Counts that grow with each try.
#[derive(Debug, Default)]
pub struct Tries {
    made: AtomicU32,
    failed: AtomicU32,
}

impl Tries {
    /// Sendings so far.
    pub fn made(&self) -> u32 {
        self.made.load(Ordering::Relaxed)
    }

    /// Those of them that came to a bad end: nobody answered, or with a refusal that may be tried again.
    pub fn failed(&self) -> u32 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Something is sent.
    pub fn begin(&self) {
        self.made.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn fail(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }
}
