//! That every statement that tasks wait for is answered from an index, in both databases.

use task_model::{AgentId, Micros, Priority, RunStatus, TaskStatus};

use crate::sql::{BatchSql, Value, built};
use crate::{Kind, Order, Page, RunFilter, Storage, StorageOptions, TaskFilter, runs, settle, steps, tasks};

/// A page in the middle of a list of tasks: its cursor is `[5,1,"a"]`.
fn middle() -> Page {
    Page { limit: 50, cursor: Some("WzUsMSwiYSJd".to_owned()) }
}

/// Every filter alone, from the start and from the middle of the list.
fn task_lists() -> Vec<(String, Vec<Value<'static>>)> {
    let agent_id = Some(AgentId::parse("a").unwrap());
    let five = Some(Priority::default());
    let all = TaskFilter::default();
    let filters = [
        all.clone(),
        TaskFilter { order: Order::Oldest, ..all.clone() },
        TaskFilter { order: Order::Priority, ..all.clone() },
        TaskFilter { statuses: vec![TaskStatus::Completed], ..all.clone() },
        TaskFilter {
            statuses: vec![TaskStatus::Running, TaskStatus::Failed],
            order: Order::Oldest,
            ..all.clone()
        },
        TaskFilter { agent_id, ..all.clone() },
        TaskFilter { priority_min: five, priority_max: five, order: Order::Priority, ..all.clone() },
        TaskFilter { since: Some(Micros(1)), ..all.clone() },
        TaskFilter { until: Some(Micros(1)), ..all.clone() },
        TaskFilter { text: Some("x".to_owned()), ..all },
    ];
    let pages = [Page::default(), middle()];
    let both = filters.iter().flat_map(|filter| pages.iter().map(move |page| (filter, page)));
    both.map(|(filter, page)| tasks::list::statement(filter, page).unwrap()).collect()
}

fn run_lists() -> Vec<(String, Vec<Value<'static>>)> {
    let agent_id = Some(AgentId::parse("a").unwrap());
    let all = RunFilter::default();
    let filters = [
        all.clone(),
        RunFilter { statuses: vec![RunStatus::FAILED], ..all.clone() },
        RunFilter { agent_id, ..all.clone() },
        RunFilter { since: Some(Micros(1)), order: Order::Oldest, ..all },
    ];
    filters.iter().map(|filter| runs::find::statement(filter, &Page::default()).unwrap()).collect()
}

/// The statements that are asked again and again.
fn polls(kind: Kind) -> Vec<(String, Vec<Value<'static>>)> {
    let with = |text: &str, values: Vec<Value<'static>>| (text.to_owned(), values);
    vec![
        with("SELECT 1 FROM tasks WHERE dispatch_due_at <= $1 LIMIT 1", vec![1_i64.into()]),
        with(
            "SELECT task_id FROM tasks WHERE dispatch_due_at <= $1 ORDER BY dispatch_due_at LIMIT CAST(9 AS BIGINT)",
            vec![1_i64.into()],
        ),
        with("SELECT 1 FROM tasks WHERE cancel_due_at <= $1 LIMIT 1", vec![1_i64.into()]),
        with(
            "SELECT 1 FROM runs WHERE cancel_at <= $1 AND session_id IS NOT NULL LIMIT 1",
            vec![1_i64.into()],
        ),
        with(&runs::claim::due(kind, "$1", "$2", "", "CAST(9 AS BIGINT)"), vec!["a".into(), 1_i64.into()]),
        with(&runs::claim::waiting(kind), vec!["".into(), 1_i64.into()]),
        with(&settle::outcomes::finished("CAST(9 AS BIGINT)"), vec![]),
        with(
            "SELECT * FROM experiences WHERE seq > $1 ORDER BY seq LIMIT CAST(9 AS BIGINT)",
            vec![1_i64.into()],
        ),
        with("SELECT * FROM task_events WHERE task_id = $1 AND seq > 0 ORDER BY seq", vec!["a".into()]),
        with("SELECT * FROM feedback WHERE task_id = $1 AND is_current", vec!["a".into()]),
        with("SELECT version FROM policies WHERE status = 'promoted'", vec![]),
        with(
            "SELECT * FROM steps WHERE task_id = $1 AND attempt = 1 AND no > 0 ORDER BY no",
            vec!["a".into()],
        ),
        with("UPDATE runs SET fence = 1 WHERE session_id = $1", vec!["a".into()]),
    ]
}

fn batches() -> [&'static BatchSql; 11] {
    [
        &tasks::dispatch::QUEUED,
        &settle::end::END,
        &settle::outcomes::FORGET,
        &settle::outcomes::COSTS,
        &settle::outcomes::DECISIONS,
        &settle::outcomes::ACTS,
        &steps::write::LIVE,
        &steps::write::RESULTS,
        &steps::write::INTENTS,
        &steps::write::SUMS,
        &runs::finish::END,
    ]
}

async fn open(url: String) -> Storage {
    let storage = Storage::open(&StorageOptions::new(url)).await.unwrap();
    storage.migrate().await.unwrap();
    storage
}

async fn plan(
    storage: &Storage,
    explain: &str,
    column: &str,
    text: &str,
    values: Vec<Value<'static>>,
) -> Vec<String> {
    let mut connection = storage.read().await.unwrap();
    if column == "QUERY PLAN" {
        // An empty table is read faster as a whole; what matters here is whether an index could serve.
        built("SET enable_seqscan = off".to_owned()).execute(&mut connection).await.unwrap();
    }
    let rows = built(format!("{explain} {text}")).bind_all(values).rows(&mut connection).await.unwrap();
    rows.iter().map(|row| row.text(column).unwrap()).collect()
}

#[track_caller]
fn check_sqlite(text: &str, plan: &[String], may_sort: bool) {
    let whole_table = |line: &&String| {
        // `rows` is a list of values, `waiters` the tenants, `page_n` the pages put together; both are as small as their question.
        line.starts_with("SCAN ")
            && !line.contains("INDEX")
            && !["VALUES CLAUSE", "(subquery-", "rows", "page_", "due", "waiters", "CONSTANT ROW"]
                .iter()
                .any(|small| line.contains(small))
    };
    let sorts = |line: &&String| line.contains("TEMP B-TREE FOR ORDER BY") && !may_sort;
    let bad: Vec<_> = plan.iter().filter(|line| whole_table(line) || sorts(line)).collect();
    assert!(bad.is_empty(), "{bad:?}\n{text}\n{plan:#?}");
}

#[tokio::test]
async fn sqlite_answers_every_filter_and_poll_from_an_index() {
    let storage = open("sqlite::memory:".to_owned()).await;
    for (text, values) in [task_lists(), run_lists(), polls(storage.kind())].concat() {
        // Pages of several statuses are put in order once more, a page of them.
        let may_sort = text.contains(" AS page_");
        let plan = plan(&storage, "EXPLAIN QUERY PLAN", "detail", &text, values).await;
        check_sqlite(&text, &plan, may_sort);
    }
    storage.close().await;
}

#[tokio::test]
async fn sqlite_finds_the_rows_of_a_batch_by_their_keys() {
    let storage = open("sqlite::memory:".to_owned()).await;
    for (batch, size) in batches().into_iter().flat_map(|batch| [(batch, 1), (batch, 64)]) {
        let text = batch.for_sqlite(size);
        let plan = plan(&storage, "EXPLAIN QUERY PLAN", "detail", &text, vec![]).await;
        check_sqlite(&text, &plan, true);
        // An index on the status alone reads the whole backlog for every batch.
        let by_key = |line: &String| !line.starts_with("SEARCH ") || line.contains("(task_id=?");
        assert!(plan.iter().all(by_key), "{text}\n{plan:#?}");
    }
    storage.close().await;
}

#[tokio::test]
async fn postgres_answers_every_filter_and_poll_from_an_index() {
    let Ok(server) = std::env::var("LIGHTNING_TEST_POSTGRES_URL") else {
        assert!(std::env::var("LIGHTNING_REQUIRE_POSTGRES").is_err(), "PostgreSQL is required and not named");
        return;
    };
    let name = format!("plans_{}", uuid::Uuid::now_v7().simple());
    let admin = Storage::open(&StorageOptions::new(&server)).await.unwrap();
    let administer =
        async |text: String| built(text).execute(&mut admin.read().await.unwrap()).await.unwrap();
    administer(format!("CREATE DATABASE {name}")).await;
    let storage = open(format!("{}/{name}", server.trim_end_matches("/postgres"))).await;
    for (text, values) in [task_lists(), run_lists(), polls(storage.kind())].concat() {
        let plan = plan(&storage, "EXPLAIN", "QUERY PLAN", &text, values).await;
        assert!(!plan.iter().any(|line| line.contains("Seq Scan")), "{text}\n{plan:#?}");
    }
    storage.close().await;
    administer(format!("DROP DATABASE {name}")).await;
    admin.close().await;
}
