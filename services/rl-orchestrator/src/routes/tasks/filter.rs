//! The query of `GET /tasks` becomes a filter and a page.

use agent_selection::RosterIndex;
use serde::Deserialize;
use storage::{Order, Page, TaskFilter};
use task_model::{Invalid, Priority, TaskStatus, TenantId};
use utoipa::IntoParams;

use crate::app::Error;
use crate::routes::fields::{CODE_MAX, Fields, agent, short_text};

/// Longest text to look for.
const TEXT_MAX: usize = 200;

/// Filters, order and page. All filters must hold; a repeated `status` means any of them.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(in crate::routes) struct TaskListQuery {
    /// `assigned queued running waiting paused completed failed cancelled needs_review`; may be repeated.
    status: Vec<String>,
    /// The agent of the current attempt, by id or alias.
    agent_id: Option<String>,
    /// Who it is for.
    tenant: Option<String>,
    /// What went wrong: `STEP_LIMIT`, `DEADLINE` …
    #[param(max_length = 64)]
    code: Option<String>,
    /// The least priority: 1 to 10, or a word.
    priority_min: Option<String>,
    /// The greatest priority: 1 to 10, or a word.
    priority_max: Option<String>,
    /// Accepted at or after this time (RFC 3339).
    since: Option<String>,
    /// Accepted before this time (RFC 3339).
    until: Option<String>,
    /// Part of the description or the id.
    #[param(max_length = 200)]
    q: Option<String>,
    /// `newest` (the default), `oldest` or `priority`.
    order: Option<String>,
    /// Tasks on a page, 1 to 500; 50 by default.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Checks every parameter; an alias becomes the agent's id.
pub(super) fn parse(query: TaskListQuery, roster: &RosterIndex) -> Result<(TaskFilter, Page), Error> {
    let mut fields = Fields::default();
    let statuses = query.status.iter().flat_map(|words| words.split(','));
    let statuses = statuses.filter_map(|word| fields.check("status", TaskStatus::parse(word))).collect();
    let agent_id = fields.check_some("agent_id", query.agent_id, |raw| agent(&raw, roster));
    let tenant = fields.check_some("tenant", query.tenant, TenantId::parse);
    let code = fields.check_some("code", query.code, |raw| short_text(raw, CODE_MAX));
    let priority_min = fields.check_some("priority_min", query.priority_min, |raw| priority(&raw));
    let priority_max = fields.check_some("priority_max", query.priority_max, |raw| priority(&raw));
    let since = fields.check_some("since", query.since, |raw| service_api::from_rfc3339(&raw));
    let until = fields.check_some("until", query.until, |raw| service_api::from_rfc3339(&raw));
    let text = fields.check_some("q", query.q, |raw| short_text(raw, TEXT_MAX));
    let order = fields.check_some("order", query.order, |raw| order(&raw)).unwrap_or_default();
    let page = fields.page(query.limit, query.cursor);
    let filter = TaskFilter {
        statuses,
        agent_id,
        tenant,
        code,
        priority_min,
        priority_max,
        since,
        until,
        text,
        order,
    };
    fields.finish(Some((filter, page)))
}

fn priority(raw: &str) -> Result<Priority, Invalid> {
    raw.parse().map_or_else(|_| Priority::from_word(raw), Priority::new)
}

fn order(raw: &str) -> Result<Order, Invalid> {
    match raw {
        "newest" => Ok(Order::Newest),
        "oldest" => Ok(Order::Oldest),
        "priority" => Ok(Order::Priority),
        _ => Err(Invalid("must be one of newest, oldest, priority".into())),
    }
}

#[cfg(test)]
mod tests {
    use service_kit::extract::parse_query;

    use super::*;

    fn parsed(query: &str) -> Result<(TaskFilter, Page), Error> {
        parse(parse_query(query).unwrap(), &RosterIndex::new(Vec::new()))
    }

    fn check_refused(query: &str, field: &str) {
        match parsed(query) {
            Err(Error::Invalid(errors)) => assert_eq!(errors[0].field, field, "{query}"),
            other => panic!("{query}: {other:?}"),
        }
    }

    #[test]
    fn every_filter_is_read() {
        let query = "status=running&status=failed&agent_id=tester&priority_min=2&priority_max=high\
                     &since=2026-01-01T00:00:00Z&until=2026-02-01T00:00:00Z&q=unit+tests&order=oldest&limit=500&cursor=abc";
        let (filter, page) = parsed(query).unwrap();
        assert_eq!(filter.statuses, [TaskStatus::Running, TaskStatus::Failed]);
        assert_eq!(filter.agent_id.unwrap().as_str(), "tester");
        assert_eq!(
            (filter.priority_min, filter.priority_max),
            (Priority::new(2).ok(), Priority::new(8).ok())
        );
        assert!(filter.since.is_some() && filter.until.is_some());
        assert_eq!((filter.text.as_deref(), filter.order), (Some("unit tests"), Order::Oldest));
        assert_eq!((page.limit, page.cursor.as_deref()), (500, Some("abc")));
    }

    #[test]
    fn nothing_asked_is_everything() {
        let (filter, page) = parsed("").unwrap();
        assert!(filter.statuses.is_empty() && filter.text.is_none());
        assert_eq!(page.limit, Page::DEFAULT_LIMIT);
    }

    #[test]
    fn wrong_values_name_their_parameter() {
        check_refused("status=done", "status");
        check_refused("agent_id=a%20b", "agent_id");
        check_refused("priority_min=0", "priority_min");
        check_refused("priority_max=soon", "priority_max");
        check_refused("since=yesterday", "since");
        check_refused("order=best", "order");
        for limit in ["0", "501", "-1"] {
            check_refused(&format!("limit={limit}"), "limit");
        }
    }
}
