//! The query parameters that lists of tasks share.

use serde::Deserialize;
use service_api::from_rfc3339;
use service_kit::Problem;
use storage::{Order, Page};
use task_model::{AgentId, Invalid, Micros};
use utoipa::IntoParams;

const TEXT_MAX: usize = 500;

/// Which tasks, in which order, from where.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// One or more of `queued running waiting paused completed failed cancelled needs_review`; repeat the parameter.
    #[serde(default)]
    pub status: Vec<String>,
    /// Only this agent's, by id or alias.
    pub agent_id: Option<String>,
    /// Only those of at least this priority.
    #[param(minimum = 1, maximum = 10)]
    pub priority_min: Option<i64>,
    /// Only those of at most this priority.
    #[param(minimum = 1, maximum = 10)]
    pub priority_max: Option<i64>,
    /// Only those from this time on (RFC 3339).
    pub since: Option<String>,
    /// Only those before this time (RFC 3339).
    pub until: Option<String>,
    /// Only those whose text or id holds this.
    pub q: Option<String>,
    /// `newest` (default), `oldest` or `priority`.
    pub order: Option<String>,
    /// At most this many, 1–500. Default 50.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl ListQuery {
    /// Where the page begins and how long it is.
    pub fn page(&self) -> Result<Page, Problem> {
        let limit = match self.limit {
            None => Page::DEFAULT_LIMIT,
            Some(limit @ 1..=500) => limit as usize,
            Some(_) => return Err(Problem::invalid("limit", "must be between 1 and 500")),
        };
        Ok(Page { limit, cursor: self.cursor.clone() })
    }

    /// The order.
    pub fn order(&self) -> Result<Order, Problem> {
        match self.order.as_deref() {
            None | Some("newest") => Ok(Order::Newest),
            Some("oldest") => Ok(Order::Oldest),
            Some("priority") => Ok(Order::Priority),
            Some(_) => Err(Problem::invalid("order", "must be newest, oldest or priority")),
        }
    }

    /// The states, as the type that the list filters by.
    pub fn statuses<T>(&self, parse: fn(&str) -> Result<T, Invalid>) -> Result<Vec<T>, Problem> {
        self.status.iter().map(|word| parse(word).map_err(|why| wrong("status", &why))).collect()
    }

    /// The agent.
    pub fn agent(&self, resolve: impl Fn(&str) -> Option<AgentId>) -> Result<Option<AgentId>, Problem> {
        // A deleted agent has a history too, so an unknown name is looked for as an id.
        let parse = |raw: &String| {
            resolve(raw)
                .map_or_else(|| AgentId::parse(raw.clone()).map_err(|why| wrong("agent_id", &why)), Ok)
        };
        self.agent_id.as_ref().map(parse).transpose()
    }

    /// A time.
    pub fn time(field: &'static str, raw: &Option<String>) -> Result<Option<Micros>, Problem> {
        raw.as_deref().map(from_rfc3339).transpose().map_err(|why| wrong(field, &why))
    }

    /// The text.
    pub fn text(&self) -> Result<Option<String>, Problem> {
        match &self.q {
            Some(text) if text.chars().count() > TEXT_MAX => {
                Err(Problem::invalid("q", format!("must be at most {TEXT_MAX} characters")))
            }
            other => Ok(other.clone()),
        }
    }
}

/// A wrong parameter.
pub fn wrong(field: &'static str, why: &Invalid) -> Problem {
    Problem::invalid(field, why.to_string())
}
