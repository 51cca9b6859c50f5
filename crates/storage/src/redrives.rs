//! Plans to try failed tasks again: written down before the first of them is tried.

use task_model::Micros;

use crate::sql::{Connection, sql};
use crate::{Error, RedrivePlan, Redriving, Result, Storage};

impl Storage {
    /// Keeps a plan under its key, or answers the one that was kept before.
    pub async fn redrive_plan(&self, plan: RedrivePlan, at: Micros) -> Result<Redriving> {
        self.write((plan, at), &[], |connection, args| Box::pin(keep(connection, args))).await
    }
}

async fn keep(connection: &mut Connection, (plan, at): &(RedrivePlan, Micros)) -> Result<Redriving> {
    const INSERT: &str = "INSERT INTO redrives (idempotency_key, content_hash, plan_json, created_at) \
                          VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let tasks = serde_json::to_string(&plan.tasks).map_err(|why| Error::Corrupt(why.to_string()))?;
    let insert = sql(INSERT).bind(&plan.key).bind(&plan.content_hash).bind(tasks).bind(*at);
    if insert.execute(connection).await? > 0 {
        return Ok(Redriving::Plan(plan.tasks.clone()));
    }
    const SELECT: &str = "SELECT content_hash, plan_json FROM redrives WHERE idempotency_key = $1";
    let row = sql(SELECT).bind(&plan.key).row(connection).await?.ok_or(Error::Conflict("the plan"))?;
    match row.text("content_hash")? == plan.content_hash {
        true => Ok(Redriving::Plan(row.json("plan_json")?)),
        false => Ok(Redriving::Conflict),
    }
}
