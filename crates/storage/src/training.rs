//! Training jobs.

use crate::sql::{Conditions, Connection, Row, built, sql};
use crate::{Listing, Page, Result, Storage, TrainingCheckpoint, TrainingJob};

impl Storage {
    /// Creates or replaces a job. One that was stopped stays as it is, whatever its worker has to say still.
    pub async fn training_put(&self, job: TrainingJob) -> Result<()> {
        self.write(job, &[], |connection, job| Box::pin(put(connection, job))).await
    }

    /// A job by its id.
    pub async fn training_find(&self, job_id: &str) -> Result<Option<TrainingJob>> {
        let select = sql("SELECT * FROM training_jobs WHERE job_id = $1").bind(job_id);
        select.row(&mut self.read().await?).await?.as_ref().map(job).transpose()
    }

    /// Jobs, the latest first.
    pub async fn training_list(&self, page: &Page) -> Result<Listing<TrainingJob>> {
        let mut wanted = Conditions::default();
        if let Some((created_at, job_id)) = page.after::<(i64, String)>()? {
            wanted.after("(created_at, job_id) <", vec![created_at.into(), job_id.into()]);
        }
        let (limit, clause) = (wanted.bind(page.size() + 1), wanted.clause(None));
        let text = format!(
            "SELECT * FROM training_jobs {clause} ORDER BY created_at DESC, job_id DESC LIMIT {limit}"
        );
        let select = built(text).bind_all(wanted.into_values());
        let rows = select.rows(&mut self.read().await?).await?;
        let jobs = rows.iter().map(job).collect::<Result<Vec<_>>>()?;
        Ok(Listing::cut(jobs, page.size(), |job| (job.created_at.0, job.job_id.clone())))
    }

    /// Keeps how far a job is, in place of what was kept before.
    pub async fn training_checkpoint_put(&self, checkpoint: TrainingCheckpoint) -> Result<()> {
        self.write(checkpoint, &[], |connection, checkpoint| Box::pin(keep(connection, checkpoint))).await
    }

    /// How far a job was, if it was interrupted.
    pub async fn training_checkpoint_find(&self, job_id: &str) -> Result<Option<TrainingCheckpoint>> {
        let select = sql("SELECT * FROM training_checkpoints WHERE job_id = $1").bind(job_id);
        let row = select.row(&mut self.read().await?).await?;
        row.map(|row| {
            Ok(TrainingCheckpoint {
                job_id: row.text("job_id")?,
                state: row.json("state_json")?,
                bytes: row.get("bytes")?,
                at: row.micros("at")?,
            })
        })
        .transpose()
    }

    /// Forgets how far a job was: it is over.
    pub async fn training_checkpoint_drop(&self, job_id: String) -> Result<()> {
        self.write(job_id, &[], |connection, job_id| Box::pin(forget(connection, job_id))).await
    }
}

fn job(row: &Row) -> Result<TrainingJob> {
    Ok(TrainingJob {
        job_id: row.text("job_id")?,
        status: row.text("status")?,
        config: row.json("config_json")?,
        progress: row.json("progress_json")?,
        metrics: row.json("metrics_json")?,
        policy_version: row.opt_int("policy_version")?,
        error: row.opt_text("error")?,
        created_at: row.micros("created_at")?,
        started_at: row.opt_micros("started_at")?,
        finished_at: row.opt_micros("finished_at")?,
    })
}

async fn put(connection: &mut Connection, job: &TrainingJob) -> Result<()> {
    const PUT: &str = "INSERT INTO training_jobs (job_id, status, config_json, progress_json, metrics_json, \
                           policy_version, error, created_at, started_at, finished_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                       ON CONFLICT (job_id) DO UPDATE SET status = excluded.status, config_json = excluded.config_json, \
                           progress_json = excluded.progress_json, metrics_json = excluded.metrics_json, \
                           policy_version = excluded.policy_version, error = excluded.error, \
                           started_at = excluded.started_at, finished_at = excluded.finished_at \
                       WHERE training_jobs.status <> 'stopped'";
    sql(PUT)
        .bind(&job.job_id)
        .bind(&job.status)
        .bind(&job.config)
        .bind(&job.progress)
        .bind(&job.metrics)
        .bind(job.policy_version)
        .bind(job.error.as_ref())
        .bind(job.created_at)
        .bind(job.started_at)
        .bind(job.finished_at)
        .execute(connection)
        .await
        .map(drop)
}

async fn keep(connection: &mut Connection, checkpoint: &TrainingCheckpoint) -> Result<()> {
    const KEEP: &str = "INSERT INTO training_checkpoints (job_id, state_json, bytes, at) VALUES ($1, $2, $3, $4) \
                        ON CONFLICT (job_id) DO UPDATE SET state_json = excluded.state_json, bytes = excluded.bytes, \
                            at = excluded.at";
    let keep = sql(KEEP).bind(&checkpoint.job_id).bind(&checkpoint.state).bind(&checkpoint.bytes);
    keep.bind(checkpoint.at).execute(connection).await.map(drop)
}

async fn forget(connection: &mut Connection, job_id: &String) -> Result<()> {
    sql("DELETE FROM training_checkpoints WHERE job_id = $1").bind(job_id).execute(connection).await.map(drop)
}
