//! How long the runs of a dead worker waited for another one, from the notes of the audit.

use std::collections::{HashMap, HashSet};

use task_model::Micros;

use crate::Result;
use crate::sql::{Connection, Row, sql};

/// A worker process that was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Death {
    /// Its process.
    pub pid: i64,
    /// When it was killed, by the clock of this machine.
    pub at: Micros,
}

/// A change of a run's worker.
struct Change {
    at: i64,
    run: (String, i64),
    from: Option<String>,
    to: Option<String>,
}

impl Change {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            at: row.int("at")?,
            run: (row.text("task_id")?, row.int("attempt")?),
            from: row.opt_text("old_session")?,
            to: row.opt_text("new_session")?,
        })
    }
}

pub(super) async fn read(connection: &mut Connection, deaths: &[Death]) -> Result<Vec<i64>> {
    let died = sessions_that_died(connection, deaths).await?;
    const CHANGES: &str =
        "SELECT at, task_id, attempt, old_session, new_session FROM audit_runs ORDER BY seq";
    let changes = sql(CHANGES).rows(connection).await?;
    let changes = changes.iter().map(Change::read).collect::<Result<Vec<_>>>()?;
    Ok(waits(&died, &changes))
}

/// The session that each process had when it was killed.
async fn sessions_that_died(connection: &mut Connection, deaths: &[Death]) -> Result<HashMap<String, i64>> {
    const LAST: &str =
        "SELECT session_id FROM audit_sessions WHERE pid = $1 AND at <= $2 ORDER BY seq DESC LIMIT 1";
    let mut died = HashMap::new();
    for death in deaths {
        if let Some(row) = sql(LAST).bind(death.pid).bind(death.at).row(connection).await? {
            died.insert(row.text("session_id")?, death.at.0);
        }
    }
    Ok(died)
}

/// From each death to the next claim of each run that the dead worker had, in milliseconds, sorted.
fn waits(died: &HashMap<String, i64>, changes: &[Change]) -> Vec<i64> {
    let (mut waiting, mut waits) = (HashMap::new(), Vec::new());
    let mut taken = HashSet::new();
    for change in changes {
        if let (Some(from), None) = (&change.from, &change.to)
            && let Some(at) = died.get(from)
            && change.at >= *at
            && taken.insert((change.run.clone(), from.clone()))
        {
            waiting.insert(&change.run, *at);
        }
        if change.to.is_some()
            && let Some(since) = waiting.remove(&change.run)
        {
            waits.push((change.at - since) / 1_000);
        }
    }
    waits.sort_unstable();
    waits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(at: i64, run: &str, from: Option<&str>, to: Option<&str>) -> Change {
        Change { at, run: (run.to_owned(), 1), from: from.map(str::to_owned), to: to.map(str::to_owned) }
    }

    #[test]
    fn counts_from_the_death_to_the_next_claim() {
        let died = HashMap::from([("dead".to_owned(), 1_000_000)]);
        let changes = [
            change(0, "a", None, Some("dead")),
            change(4_000_000, "a", Some("dead"), None),
            change(4_200_000, "a", None, Some("next")),
            change(5_000_000, "a", Some("next"), None),
        ];
        assert_eq!(waits(&died, &changes), [3_200]);
    }

    #[test]
    fn what_the_dead_gave_back_alive_is_no_takeover() {
        let died = HashMap::from([("dead".to_owned(), 9_000_000)]);
        let changes = [
            change(0, "a", None, Some("dead")),
            change(4_000_000, "a", Some("dead"), None),
            change(4_200_000, "a", None, Some("next")),
        ];
        assert!(waits(&died, &changes).is_empty());
    }
}
