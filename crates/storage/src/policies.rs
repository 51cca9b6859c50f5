//! Published policies: versions without gaps, at most one of them promoted.

use task_model::{Invalid, Micros};

use crate::sql::{Connection, Row, sql};
use crate::{Error, NewPolicy, PolicyRecord, PolicyStatus, Result, Storage};

impl Storage {
    /// Publishes a policy under the next version.
    pub async fn policy_publish(&self, policy: NewPolicy) -> Result<i64> {
        self.write(policy, &[], |connection, policy| Box::pin(publish(connection, policy))).await
    }

    /// All policies without their bytes, the latest first.
    pub async fn policy_list(&self) -> Result<Vec<PolicyRecord>> {
        const SELECT: &str = "SELECT version, status, algorithm, parent, trained_to, params_json, metrics_json, note, \
                                  created_at, changed_at FROM policies ORDER BY version DESC";
        let rows = sql(SELECT).rows(&mut self.read().await?).await?;
        rows.iter().map(|row| record(row, Vec::new())).collect()
    }

    /// A policy with its bytes.
    pub async fn policy_find(&self, version: i64) -> Result<Option<PolicyRecord>> {
        let select = sql("SELECT * FROM policies WHERE version = $1").bind(version);
        let row = select.row(&mut self.read().await?).await?;
        row.map(|row| record(&row, row.get("bytes")?)).transpose()
    }

    /// The version that decides: cheap to poll.
    pub async fn policy_promoted(&self) -> Result<Option<i64>> {
        const SELECT: &str = "SELECT version FROM policies WHERE status = 'promoted'";
        sql(SELECT).row(&mut self.read().await?).await?.map(|row| row.int("version")).transpose()
    }

    /// Moves a policy; promoting one retires the one before. [`Error::NotFound`] for an unknown version.
    pub async fn policy_set_status(&self, version: i64, status: PolicyStatus, at: Micros) -> Result<()> {
        self.write((version, status, at), &[], |connection, args| Box::pin(set_status(connection, args)))
            .await
    }
}

fn record(row: &Row, bytes: Vec<u8>) -> Result<PolicyRecord> {
    let status = |word: &str| PolicyStatus::parse(word).ok_or_else(|| Invalid(format!("is unknown: {word}")));
    let policy = NewPolicy {
        status: row.word("status", status)?,
        algorithm: row.text("algorithm")?,
        parent: row.opt_int("parent")?,
        trained_to: row.int("trained_to")?,
        params: row.json("params_json")?,
        metrics: row.json("metrics_json")?,
        bytes,
        note: row.text("note")?,
        created_at: row.micros("created_at")?,
    };
    Ok(PolicyRecord { version: row.int("version")?, policy, changed_at: row.micros("changed_at")? })
}

async fn publish(connection: &mut Connection, policy: &NewPolicy) -> Result<i64> {
    retire_promoted(connection, policy.status, policy.created_at).await?;
    // Two publishers at once: the primary key lets one of them through, and the other gets a conflict.
    const INSERT: &str = "INSERT INTO policies (version, status, algorithm, parent, trained_to, params_json, metrics_json, \
                              bytes, note, created_at, changed_at) \
                          SELECT COALESCE(MAX(version), 0) + 1, $1, $2, CAST($3 AS BIGINT), CAST($4 AS BIGINT), $5, $6, \
                              $7, $8, CAST($9 AS BIGINT), CAST($9 AS BIGINT) FROM policies RETURNING version";
    let insert = sql(INSERT)
        .bind(policy.status.as_str())
        .bind(&policy.algorithm)
        .bind(policy.parent)
        .bind(policy.trained_to)
        .bind(&policy.params)
        .bind(&policy.metrics)
        .bind(&policy.bytes)
        .bind(&policy.note)
        .bind(policy.created_at);
    insert.row(connection).await?.ok_or(Error::Conflict("the policy"))?.int("version")
}

async fn set_status(connection: &mut Connection, args: &(i64, PolicyStatus, Micros)) -> Result<()> {
    let (version, status, at) = args;
    let known =
        sql("SELECT 1 AS one FROM policies WHERE version = $1").bind(*version).row(connection).await?;
    known.ok_or(Error::NotFound("policy"))?;
    retire_promoted(connection, *status, *at).await?;
    const UPDATE: &str = "UPDATE policies SET status = $1, changed_at = $2 WHERE version = $3";
    sql(UPDATE).bind(status.as_str()).bind(*at).bind(*version).execute(connection).await.map(drop)
}

async fn retire_promoted(connection: &mut Connection, next: PolicyStatus, at: Micros) -> Result<()> {
    if next != PolicyStatus::Promoted {
        return Ok(());
    }
    const UPDATE: &str = "UPDATE policies SET status = 'retired', changed_at = $1 WHERE status = 'promoted'";
    sql(UPDATE).bind(at).execute(connection).await.map(drop)
}
