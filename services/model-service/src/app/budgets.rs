//! What may be spent on models: by everybody together, or by one key, agent, task, tenant, provider or model, in a day, a month, or at all.

mod listed;
mod period;
mod refill;
mod reserve;
mod scope;

use storage::BudgetRecord;
use task_model::{MicroUsd, Micros};

use super::OnBehalf;
use super::resolve::Route;

pub use listed::{BudgetState, declare, delete, find, give_back, list, put, refresh};
pub use period::Period;
pub use reserve::{Exceeded, Reservation, reserve};
pub use scope::Scope;

const ID_MAX: usize = 64;
const SUBJECT_MAX: usize = 128;

/// A budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Its identity.
    pub id: String,
    /// Whose calls it covers.
    pub scope: Scope,
    /// The key, agent, task, tenant, provider or model; empty for all.
    pub subject: String,
    /// After which it begins anew.
    pub period: Period,
    /// How much may be spent in a period.
    pub limit: MicroUsd,
}

impl Budget {
    /// From the database; `None` for words of a newer program.
    pub fn from_record(record: BudgetRecord) -> Option<Self> {
        Some(Self {
            scope: Scope::parse(&record.scope)?,
            period: Period::parse(&record.period)?,
            id: record.budget_id,
            subject: record.subject,
            limit: record.limit,
        })
    }

    /// A budget in words, checked: the error names the member and says what it must be.
    pub fn checked(
        id: String,
        scope: &str,
        subject: String,
        period: &str,
        limit_usd: f64,
    ) -> Result<Self, (&'static str, String)> {
        let wrong = |field, what: &str| (field, what.to_owned());
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if id.is_empty() || id.len() > ID_MAX || !id.chars().all(allowed) {
            return Err(wrong("id", "must be 1 to 64 of letters, digits, '.', '_' and '-'"));
        }
        let scope = Scope::parse(scope)
            .ok_or_else(|| wrong("scope", "must be all, key, agent, task, tenant, provider or model"))?;
        let period = Period::parse(period).ok_or_else(|| wrong("period", "must be day, month or forever"))?;
        if (scope == Scope::All) != subject.is_empty() || subject.len() > SUBJECT_MAX {
            return Err(wrong("subject", "must name whose budget it is, and be left out for all"));
        }
        let limit = MicroUsd::from_usd(limit_usd).map_err(|error| ("limit_usd", error.0))?;
        Ok(Self { id, scope, subject, period, limit })
    }

    /// For the database.
    fn into_record(self, now: Micros) -> BudgetRecord {
        BudgetRecord {
            budget_id: self.id,
            scope: self.scope.as_str().to_owned(),
            subject: self.subject,
            period: self.period.as_str().to_owned(),
            limit: self.limit,
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether a call of this route, on this behalf, is among those that it covers.
    fn covers(&self, route: &Route, behalf: &OnBehalf) -> bool {
        let subject = Some(self.subject.as_str());
        match self.scope {
            Scope::All => true,
            Scope::Key => behalf.caller.as_deref() == subject,
            Scope::Agent => behalf.agent_id.as_ref().map(|id| id.as_str()) == subject,
            Scope::Task => behalf.task_id.as_ref().map(|id| id.as_str()) == subject,
            Scope::Tenant => behalf.tenant.as_ref().map(|id| id.as_str()) == subject,
            Scope::Provider => route.provider_name == self.subject,
            Scope::Model => route.model_id == self.subject,
        }
    }
}
