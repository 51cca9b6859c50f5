//! Published policies: versions without gaps, at most one of them promoted.

use task_model::{Invalid, Micros};

use crate::sql::{Connection, Row, sql};
use crate::{
    Error, NewPolicy, PoliciesInForce, PolicyMove, PolicyMoved, PolicyRecord, PolicyStatus, Result, Storage,
};

impl Storage {
    /// Publishes a policy under the next version.
    pub async fn policy_publish(&self, policy: NewPolicy) -> Result<i64> {
        self.write(policy, &[], |connection, policy| Box::pin(publish(connection, policy))).await
    }

    /// All policies without their bytes, the latest first.
    pub async fn policy_list(&self) -> Result<Vec<PolicyRecord>> {
        const SELECT: &str = "SELECT version, status, algorithm, parent, trained_to, params_json, metrics_json, note, \
                                  created_at, changed_at, share, replaced FROM policies ORDER BY version DESC";
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

    /// Which policies decide, and for which share: cheap to poll.
    pub async fn policies_in_force(&self) -> Result<PoliciesInForce> {
        const SELECT: &str =
            "SELECT version, status, share FROM policies WHERE status IN ('promoted', 'canary')";
        let mut found = PoliciesInForce::default();
        for row in sql(SELECT).rows(&mut self.read().await?).await? {
            let version = row.int("version")?;
            match row.word("status", status)? {
                PolicyStatus::Promoted => found.promoted = Some(version),
                _ => found.canary = Some((version, row.get("share")?)),
            }
        }
        Ok(found)
    }

    /// Moves a policy and notes why, in one commit. [`Error::NotFound`] for an unknown version, [`Error::Conflict`] when it is no
    /// longer what the caller takes it for, or when there is a canary already.
    pub async fn policy_move(&self, moving: PolicyMove) -> Result<()> {
        self.write(moving, &[], |connection, moving| Box::pin(make_move(connection, moving))).await
    }

    /// The moves of a policy, the first one first.
    pub async fn policy_moves(&self, version: i64) -> Result<Vec<PolicyMoved>> {
        const SELECT: &str =
            "SELECT status, share, why, figures_json, at FROM policy_moves WHERE version = $1 ORDER BY seq";
        let rows = sql(SELECT).bind(version).rows(&mut self.read().await?).await?;
        rows.iter().map(moved).collect()
    }
}

fn status(word: &str) -> std::result::Result<PolicyStatus, Invalid> {
    PolicyStatus::parse(word).ok_or_else(|| Invalid(format!("is unknown: {word}")))
}

fn moved(row: &Row) -> Result<PolicyMoved> {
    Ok(PolicyMoved {
        status: row.word("status", status)?,
        share: row.get("share")?,
        why: row.text("why")?,
        figures: row.json("figures_json")?,
        at: row.micros("at")?,
    })
}

fn record(row: &Row, bytes: Vec<u8>) -> Result<PolicyRecord> {
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
    Ok(PolicyRecord {
        version: row.int("version")?,
        policy,
        changed_at: row.micros("changed_at")?,
        share: row.get("share")?,
        replaced: row.opt_int("replaced")?,
    })
}

async fn publish(connection: &mut Connection, policy: &NewPolicy) -> Result<i64> {
    let replaced = retire_promoted(connection, policy.status, policy.created_at).await?;
    // Two publishers at once: the primary key lets one of them through, and the other gets a conflict.
    const INSERT: &str = "INSERT INTO policies (version, status, algorithm, parent, trained_to, params_json, metrics_json, \
                              bytes, note, created_at, changed_at, replaced) \
                          SELECT COALESCE(MAX(version), 0) + 1, $1, $2, CAST($3 AS BIGINT), CAST($4 AS BIGINT), $5, $6, \
                              $7, $8, CAST($9 AS BIGINT), CAST($9 AS BIGINT), CAST($10 AS BIGINT) \
                          FROM policies RETURNING version";
    let insert = sql(INSERT)
        .bind(policy.status.as_str())
        .bind(&policy.algorithm)
        .bind(policy.parent)
        .bind(policy.trained_to)
        .bind(&policy.params)
        .bind(&policy.metrics)
        .bind(&policy.bytes)
        .bind(&policy.note)
        .bind(policy.created_at)
        .bind(replaced);
    insert.row(connection).await?.ok_or(Error::Conflict("the policy"))?.int("version")
}

async fn make_move(connection: &mut Connection, moving: &PolicyMove) -> Result<()> {
    let PolicyMove { version, from, to, at, .. } = moving;
    let select = sql("SELECT status, replaced FROM policies WHERE version = $1").bind(*version);
    let row = select.row(connection).await?.ok_or(Error::NotFound("policy"))?;
    if row.word("status", status)? != *from {
        return Err(Error::Conflict("the policy"));
    }
    let replaced = match to {
        PolicyStatus::Promoted => retire_promoted(connection, *to, *at).await?,
        _ => row.opt_int("replaced")?,
    };
    const UPDATE: &str = "UPDATE policies SET status = $1, share = $2, replaced = CAST($3 AS BIGINT), changed_at = $4 \
                          WHERE version = $5 AND status = $6";
    let update = sql(UPDATE).bind(to.as_str()).bind(moving.share).bind(replaced).bind(*at).bind(*version);
    if update.bind(from.as_str()).execute(connection).await? == 0 {
        return Err(Error::Conflict("the policy"));
    }
    if *from == PolicyStatus::Promoted {
        bring_back(connection, replaced, *at).await?;
    }
    note(connection, moving).await
}

/// Puts the one that decided before in force again.
async fn bring_back(connection: &mut Connection, version: Option<i64>, at: Micros) -> Result<()> {
    const UPDATE: &str = "UPDATE policies SET status = 'promoted', changed_at = $1 WHERE version = $2";
    let Some(version) = version else { return Ok(()) };
    sql(UPDATE).bind(at).bind(version).execute(connection).await.map(drop)
}

async fn note(connection: &mut Connection, moving: &PolicyMove) -> Result<()> {
    const INSERT: &str = "INSERT INTO policy_moves (version, status, share, why, figures_json, at) \
                          VALUES ($1, $2, $3, $4, $5, $6)";
    let insert = sql(INSERT).bind(moving.version).bind(moving.to.as_str()).bind(moving.share);
    insert.bind(&moving.why).bind(&moving.figures).bind(moving.at).execute(connection).await.map(drop)
}

/// The version that decided, if another one is to.
async fn retire_promoted(connection: &mut Connection, next: PolicyStatus, at: Micros) -> Result<Option<i64>> {
    if next != PolicyStatus::Promoted {
        return Ok(None);
    }
    const UPDATE: &str =
        "UPDATE policies SET status = 'retired', changed_at = $1 WHERE status = 'promoted' RETURNING version";
    sql(UPDATE).bind(at).row(connection).await?.map(|row| row.int("version")).transpose()
}
