//! The books: what the tables must say when nothing was lost and nothing was done twice, asked in SQL of its own.
//!
//! Shares no statement with the methods that write, so that a mistake made there cannot hide itself here. Everything is read
//! in one snapshot, on a connection that cannot write. It repairs nothing.

mod audit;
mod effects;
mod rules;
mod takeovers;

pub use effects::SeenEffect;
pub use takeovers::Death;

use std::collections::BTreeMap;

use crate::sql::{BatchSql, Connection, Type, built, sql};
use crate::{Result, Storage};
use rules::Rule;

/// So many offenders are named for each broken rule.
const NAMED: i64 = 5;

/// What somebody was answered 2xx for, by a ledger that is not in this database.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// Tasks that were acknowledged.
    pub tasks: Vec<String>,
    /// Words about tasks that were acknowledged: task, and the word's idempotency key.
    pub words: Vec<(String, String)>,
}

/// How far the system had come when the books were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// At any instant, under load.
    Any,
    /// After everything that could end has ended: nothing may be on its way any more.
    Drained,
}

/// What the books say.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// Acknowledged tasks that ended: completed, failed or cancelled.
    pub finished: i64,
    /// Acknowledged tasks that had ended and were cleaned up; their names are remembered.
    pub pruned: i64,
    /// Acknowledged tasks that have not ended.
    pub waiting: i64,
    /// Acknowledged tasks and words that are not there.
    pub lost: i64,
    /// How many rows each table of interest holds, and tasks by status.
    pub counts: BTreeMap<String, i64>,
    /// Rules that do not hold.
    pub violations: Vec<Violation>,
    /// How many rules were held against the tables.
    pub rules: usize,
}

/// A rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule, as a sentence.
    pub rule: &'static str,
    /// What kind of damage it is.
    pub damage: Damage,
    /// How many rows break it.
    pub found: i64,
    /// The first of them.
    pub examples: Vec<String>,
}

/// Kinds of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Damage {
    /// Something acknowledged is gone, or will never end.
    Lost,
    /// Something was done or counted twice.
    Doubled,
    /// A write of somebody who had lost the right to it was accepted.
    Stale,
    /// Two tables say different things.
    Torn,
}

impl Storage {
    /// Reads the books. With an audit ([`Storage::books_audit`]) it also holds every single write since then against the rules.
    pub async fn books_check(&self, ledger: &Ledger, moment: Moment) -> Result<Books> {
        let mut connection = self.read().await?;
        connection.begin_snapshot().await?;
        let read = check(&mut connection, ledger, moment).await;
        connection.rollback().await;
        read
    }

    /// From now on the database itself notes every claim, every change of a run's fence and status and every step, by triggers.
    /// For throw-away databases: it costs a row for every write and is never taken away.
    pub async fn books_audit(&self) -> Result<()> {
        self.write((), &[], |connection, ()| Box::pin(audit::install(connection))).await
    }

    /// Holds what somebody outside saw of effects against the journal, and adds what it finds to `books`.
    pub async fn books_effects(&self, effects: &[SeenEffect], books: &mut Books) -> Result<()> {
        let broken = effects::check(&mut self.read().await?, effects).await?;
        books.violations.extend(broken);
        books.rules += effects::RULES;
        Ok(())
    }

    /// How long the runs of each dead worker waited until another one had them, in milliseconds, sorted. Needs the audit.
    pub async fn books_takeovers(&self, deaths: &[Death]) -> Result<Vec<i64>> {
        takeovers::read(&mut self.read().await?, deaths).await
    }
}

async fn check(connection: &mut Connection, ledger: &Ledger, moment: Moment) -> Result<Books> {
    let mut books = Books { counts: counts(connection).await?, ..Books::default() };
    hold_against(connection, ledger, &mut books).await?;
    let audited = audit::is_installed(connection).await?;
    let wanted = |rule: &&Rule| (moment == Moment::Drained || rule.always) && (audited || !rule.audit);
    for rule in rules::ALL.iter().filter(wanted) {
        books.rules += 1;
        books.violations.extend(broken(connection, rule).await?);
    }
    Ok(books)
}

async fn counts(connection: &mut Connection) -> Result<BTreeMap<String, i64>> {
    let mut counts = BTreeMap::new();
    for table in ["tasks", "decisions", "runs", "steps", "experiences", "feedback", "task_events"] {
        let row = built(format!("SELECT COUNT(*) AS found FROM {table}")).row(connection).await?;
        counts.insert(table.to_owned(), row.map_or(Ok(0), |row| row.int("found"))?);
    }
    for row in sql("SELECT status, COUNT(*) AS found FROM tasks GROUP BY status").rows(connection).await? {
        counts.insert(format!("tasks {}", row.text("status")?), row.int("found")?);
    }
    Ok(counts)
}

async fn broken(connection: &mut Connection, rule: &Rule) -> Result<Option<Violation>> {
    let text = format!(
        "SELECT offender, COUNT(*) OVER () AS found FROM ({}) AS broken ORDER BY offender LIMIT {NAMED}",
        rule.offenders
    );
    let rows = built(text).rows(connection).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    Ok(Some(Violation {
        rule: rule.says,
        damage: rule.damage,
        found: first.int("found")?,
        examples: rows.iter().map(|row| row.text("offender")).collect::<Result<_>>()?,
    }))
}

static TASKS_OF_LEDGER: BatchSql = BatchSql::new(
    &[("task_id", Type::Text)],
    "SELECT rows.task_id, COALESCE(tasks.status, CASE WHEN p.task_id IS NOT NULL THEN 'pruned' END) AS status \
     FROM {rows} LEFT JOIN tasks ON tasks.task_id = rows.task_id LEFT JOIN pruned_tasks p ON p.task_id = rows.task_id",
);

static WORDS_OF_LEDGER: BatchSql = BatchSql::new(
    &[("task_id", Type::Text), ("word", Type::Text)],
    "SELECT rows.task_id FROM {rows} LEFT JOIN feedback ON feedback.task_id = rows.task_id \
         AND feedback.idempotency_key = rows.word WHERE feedback.seq IS NULL \
         AND NOT EXISTS (SELECT 1 FROM pruned_tasks p WHERE p.task_id = rows.task_id)",
);

/// Everything that was acknowledged must be there: ended, or waiting to.
async fn hold_against(connection: &mut Connection, ledger: &Ledger, books: &mut Books) -> Result<()> {
    let tasks = ledger.tasks.iter().map(|task| vec![task.into()]).collect();
    let mut missing = Vec::new();
    for row in TASKS_OF_LEDGER.run(connection, tasks).await? {
        match row.opt_text("status")?.as_deref() {
            None => missing.push(row.text("task_id")?),
            Some("completed" | "failed" | "cancelled") => books.finished += 1,
            Some("pruned") => books.pruned += 1,
            Some(_) => books.waiting += 1,
        }
    }
    let words = ledger.words.iter().map(|(task, word)| vec![task.into(), word.into()]).collect();
    for row in WORDS_OF_LEDGER.run(connection, words).await? {
        missing.push(format!("a word about {}", row.text("task_id")?));
    }
    books.rules += 1;
    books.lost = missing.len() as i64;
    if !missing.is_empty() {
        missing.truncate(NAMED as usize);
        let says = "everything that was acknowledged is there";
        let found = books.lost;
        books.violations.push(Violation { rule: says, damage: Damage::Lost, found, examples: missing });
    }
    Ok(())
}
