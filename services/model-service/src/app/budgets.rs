//! What may be spent on models: by everybody together, or by one key, agent, task, tenant, provider or model, in a day, a month, or at all.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};
use storage::{BudgetRecord, BudgetShare, Reserved};
use task_model::{MicroUsd, Micros};

use super::allowances::block;
use super::resolve::Route;
use super::size::Size;
use super::{OnBehalf, State};
use crate::Error;

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

/// Whose calls a budget covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All.
    All,
    /// Those of one API key.
    Key,
    /// Those on behalf of one agent.
    Agent,
    /// Those on behalf of one task.
    Task,
    /// Those for one tenant.
    Tenant,
    /// Those to one provider.
    Provider,
    /// Those to one model.
    Model,
}

/// After which a budget begins anew, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Every day.
    Day,
    /// Every month.
    Month,
    /// Never.
    Forever,
}

/// A budget that has not enough left for a call.
#[derive(Debug)]
pub struct Exceeded {
    /// The budget.
    pub budget: Budget,
    /// Spent in the running period, or reserved by calls under way.
    pub used: MicroUsd,
    /// What the call may cost at most.
    pub wanted: MicroUsd,
    /// Until the next period.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Budget { id, scope, subject, period, limit } = &self.budget;
        let whose = if subject.is_empty() {
            scope.as_str().to_owned()
        } else {
            format!("{} {subject}", scope.as_str())
        };
        write!(
            f,
            "the budget {id:?} ({whose}, {}) has a ceiling of ${:.6}, ${:.6} of it are spent or reserved, and this call may cost \
             ${:.6}; raise it, or wait for its next period",
            period.as_str(),
            limit.as_usd(),
            self.used.as_usd(),
            self.wanted.as_usd(),
        )
    }
}

/// A budget and what is used of it.
#[derive(Debug, Clone)]
pub struct BudgetState {
    /// The budget.
    pub budget: Arc<Budget>,
    /// Spent in the running period, or reserved by calls under way.
    pub used: MicroUsd,
    /// When the running period ends.
    pub ends: Option<Micros>,
}

impl Scope {
    const WORDS: [(Self, &str); 7] = [
        (Self::All, "all"),
        (Self::Key, "key"),
        (Self::Agent, "agent"),
        (Self::Task, "task"),
        (Self::Tenant, "tenant"),
        (Self::Provider, "provider"),
        (Self::Model, "model"),
    ];

    /// The word in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(scope, _)| *scope == self).map_or("all", |(_, word)| word)
    }

    /// The scope for a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(scope, _)| *scope)
    }
}

impl Period {
    /// The word in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Forever => "forever",
        }
    }

    /// The period for a word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Day, Self::Month, Self::Forever].into_iter().find(|period| period.as_str() == word)
    }

    /// When the period that runs at `now` began.
    pub fn start(self, now: Micros) -> Micros {
        self.first_day(now).map_or(Micros(0), midnight)
    }

    /// When it ends.
    pub fn end(self, now: Micros) -> Option<Micros> {
        let first = self.first_day(now)?;
        let next = match self {
            Self::Day => first.checked_add_days(Days::new(1)),
            _ => first.checked_add_months(Months::new(1)),
        };
        next.map(midnight)
    }

    fn first_day(self, now: Micros) -> Option<NaiveDate> {
        let day = DateTime::<Utc>::from_timestamp_micros(now.0)?.date_naive();
        match self {
            Self::Day => Some(day),
            Self::Month => day.with_day(1),
            Self::Forever => None,
        }
    }
}

fn midnight(day: NaiveDate) -> Micros {
    Micros(day.and_time(NaiveTime::MIN).and_utc().timestamp_micros())
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

/// What a call under way has taken from budgets.
#[derive(Debug, Default)]
pub struct Reservation(Vec<BudgetShare>);

impl Reservation {
    /// What the database must learn once the call's cost is known. `None`: what was taken is gone.
    pub fn settle(self, state: &State, cost: Option<MicroUsd>) -> Vec<BudgetShare> {
        let Some(cost) = cost else { return Vec::new() };
        self.0.into_iter().filter_map(|share| state.allowances.settle(share, cost)).collect()
    }
}

/// Takes what the call may cost from every budget that covers it, before it is made; what is taken is durable in the database.
pub async fn reserve(
    state: &State,
    route: &Route,
    behalf: &OnBehalf,
    size: Size,
) -> Result<Reservation, Error> {
    let budgets = state.budgets.load_full();
    let covering: Vec<_> = budgets.iter().filter(|budget| budget.covers(route, behalf)).collect();
    let Some(first) = covering.first() else { return Ok(Reservation::default()) };
    let price = route.price.ok_or_else(|| Error::BudgetWithoutPrice {
        budget: first.id.clone(),
        model: route.model_id.clone(),
    })?;
    let now = Micros(service_kit::now_micros());
    let amount = price.of(size.tokens_in, size.tokens_out);
    let share = |budget: &Arc<Budget>| BudgetShare {
        budget_id: budget.id.clone(),
        period_start: budget.period.start(now),
        amount,
    };
    let shares: Vec<BudgetShare> = covering.iter().map(|budget| share(budget)).collect();
    if state.allowances.take(&shares).is_ok() {
        return Ok(Reservation(shares));
    }
    let _one_at_a_time = state.refill.lock().await;
    while let Err(lacking) = state.allowances.take(&shares) {
        for place in lacking {
            refill(state, covering[place], &shares[place], now).await?;
        }
    }
    Ok(Reservation(shares))
}

/// Takes a block, or near the limit just this call's share.
async fn refill(state: &State, budget: &Budget, share: &BudgetShare, now: Micros) -> Result<(), Error> {
    let block = BudgetShare { amount: block(share.amount, budget.limit), ..share.clone() };
    for wanted in [&block, share] {
        if state.storage.budget_reserve(vec![wanted.clone()]).await? == Reserved::All {
            state.allowances.add(wanted);
            return Ok(());
        }
    }
    let ends = budget.period.end(now);
    let wait = ends.map(|ends| Duration::from_micros(u64::try_from(ends.0 - now.0).unwrap_or(0)));
    let used = state.storage.budget_used(&budget.id, share.period_start).await?;
    let held = state.allowances.held(&budget.id, share.period_start);
    Err(Error::BudgetExceeded(Box::new(Exceeded {
        budget: budget.clone(),
        used: MicroUsd(used.0 - held.0),
        wanted: share.amount,
        retry_after: wait,
    })))
}

/// Gives back to the database what this process holds, of one budget or of all.
pub async fn give_back(state: &State, budget_id: Option<&str>) -> Result<(), Error> {
    let given = state.allowances.give_up(budget_id);
    if !given.is_empty() {
        state.storage.budget_settle(given).await?;
    }
    Ok(())
}

/// All budgets and what is used of them.
pub async fn list(state: &State) -> Result<Vec<BudgetState>, Error> {
    let mut states = Vec::new();
    for budget in state.budgets.load().iter() {
        states.push(with_use(state, budget).await?);
    }
    Ok(states)
}

/// One budget.
pub async fn find(state: &State, id: &str) -> Result<BudgetState, Error> {
    let budgets = state.budgets.load_full();
    let budget = budgets.iter().find(|budget| budget.id == id).ok_or_else(|| unknown(id))?;
    with_use(state, budget).await
}

/// Makes a budget, or changes it; what was used of it stays.
pub async fn put(state: &State, budget: Budget) -> Result<BudgetState, Error> {
    let id = budget.id.clone();
    give_back(state, Some(&id)).await?;
    state.storage.budget_put(budget.into_record(Micros(service_kit::now_micros()))).await?;
    let _one_at_a_time = state.reading.lock().await;
    refresh(state).await?;
    find(state, &id).await
}

/// Puts the budgets of the configuration beside those made over HTTP; what was used of them stays.
pub async fn declare(state: &State) -> Result<(), storage::Error> {
    let now = Micros(service_kit::now_micros());
    for budget in &state.config.budgets {
        state.storage.budget_put(budget.clone().into_record(now)).await?;
    }
    Ok(())
}

/// Removes a budget.
pub async fn delete(state: &State, id: &str) -> Result<(), Error> {
    state.allowances.give_up(Some(id));
    if !state.storage.budget_delete(id).await? {
        return Err(unknown(id));
    }
    let _one_at_a_time = state.reading.lock().await;
    refresh(state).await
}

/// Reads the database again; whoever calls this holds `reading`.
pub async fn refresh(state: &State) -> Result<(), Error> {
    let records = state.storage.budget_list().await?;
    let budgets: Vec<Arc<Budget>> =
        records.into_iter().filter_map(Budget::from_record).map(Arc::new).collect();
    if **state.budgets.load() != budgets {
        state.budgets.store(Arc::new(budgets));
    }
    Ok(())
}

async fn with_use(state: &State, budget: &Arc<Budget>) -> Result<BudgetState, Error> {
    let now = Micros(service_kit::now_micros());
    let start = budget.period.start(now);
    let used = state.storage.budget_used(&budget.id, start).await?;
    let used = MicroUsd(used.0 - state.allowances.held(&budget.id, start).0);
    Ok(BudgetState { budget: budget.clone(), used, ends: budget.period.end(now) })
}

fn unknown(id: &str) -> Error {
    Error::Unknown(format!("budget {id:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-02-29T12:00:00Z.
    const NOW: Micros = Micros(1_709_208_000_000_000);

    fn check(period: Period, start: &str, end: Option<&str>) {
        let text = |at: Micros| DateTime::<Utc>::from_timestamp_micros(at.0).unwrap().to_rfc3339();
        assert_eq!((text(period.start(NOW)).as_str(), period.end(NOW).map(text).as_deref()), (start, end));
    }

    #[test]
    fn periods_begin_and_end_at_midnight_utc() {
        check(Period::Day, "2024-02-29T00:00:00+00:00", Some("2024-03-01T00:00:00+00:00"));
        check(Period::Month, "2024-02-01T00:00:00+00:00", Some("2024-03-01T00:00:00+00:00"));
        check(Period::Forever, "1970-01-01T00:00:00+00:00", None);
    }

    #[test]
    fn words_are_read_back() {
        for (scope, word) in Scope::WORDS {
            assert_eq!((Scope::parse(word), scope.as_str()), (Some(scope), word));
        }
        assert_eq!((Period::parse("month"), Period::parse("year")), (Some(Period::Month), None));
    }
}
