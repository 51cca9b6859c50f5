//! Collects what is wrong with which field, so that a caller learns everything at once.

use agent_selection::RosterIndex;
use service_api::problem::FieldError;
use storage::Page;
use task_model::{AgentId, Invalid};

use crate::app::Error;

/// Longest code of a failure.
pub(super) const CODE_MAX: usize = 64;

/// Field errors found so far.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<FieldError>);

impl Fields {
    /// The value, or nothing and a note that `field` is wrong.
    pub(super) fn check<T>(&mut self, field: &str, parsed: Result<T, Invalid>) -> Option<T> {
        parsed.map_err(|invalid| self.wrong(field, invalid.0)).ok()
    }

    /// As [`Self::check`] for a member that may be absent.
    pub(super) fn check_some<V, T>(
        &mut self,
        field: &str,
        raw: Option<V>,
        parse: impl FnOnce(V) -> Result<T, Invalid>,
    ) -> Option<T> {
        raw.and_then(|raw| self.check(field, parse(raw)))
    }

    /// Which page, from the members `limit` and `cursor`.
    pub(super) fn page(&mut self, limit: Option<i64>, cursor: Option<String>) -> Page {
        let limit = self.check_some("limit", limit, page_limit).unwrap_or(Page::DEFAULT_LIMIT);
        Page { limit, cursor }
    }

    /// Notes that `field` is wrong; `message` reads well after the field's name.
    pub(super) fn wrong(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), message: message.into() });
    }

    /// The value when nothing was wrong.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Error> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Error::Invalid(self.0)),
        }
    }
}

/// An agent by its id or an alias.
pub(super) fn agent(raw: &str, roster: &RosterIndex) -> Result<AgentId, Invalid> {
    roster.resolve(raw).map_or_else(|| AgentId::parse(raw), |agent| Ok(agent.id.clone()))
}

/// How many items a page may hold.
pub(super) fn page_limit(raw: i64) -> Result<usize, Invalid> {
    match usize::try_from(raw) {
        Ok(limit @ 1..=Page::MAX_LIMIT) => Ok(limit),
        _ => Err(Invalid(format!("must be a whole number from 1 to {}", Page::MAX_LIMIT))),
    }
}

/// A text of 1 to `max` characters without control characters.
pub(super) fn short_text(raw: String, max: usize) -> Result<String, Invalid> {
    if raw.trim().is_empty() || raw.chars().count() > max {
        return Err(Invalid(format!("must be 1 to {max} characters and not blank")));
    }
    if raw.chars().any(char::is_control) {
        return Err(Invalid("must not contain control characters".into()));
    }
    Ok(raw)
}
