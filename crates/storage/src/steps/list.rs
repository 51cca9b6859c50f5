//! Reading the journal.

use task_model::{Attempt, EffectClass, StepKind, TaskId};

use crate::sql::{Row, built};
use crate::{Approval, Result, StepIntent, StepRecord, StepResult, Storage};

/// A step, its payloads read through their hashes.
const STEP: &str = "no, kind, tool, effect, key, started_at, approved_at, spent_at, finished_at, error, model, tokens_in, tokens_out, \
    cost_micro, duration_us, COALESCE((SELECT content FROM blobs WHERE hash = request_blob), request_json) AS request_json, \
    COALESCE((SELECT content FROM blobs WHERE hash = result_blob), result_json) AS result_json";

impl Storage {
    /// The steps of a run after `after_no` (0 for all).
    pub async fn steps_list(
        &self,
        task_id: &TaskId,
        attempt: Attempt,
        after_no: i64,
    ) -> Result<Vec<StepRecord>> {
        let select = built(format!(
            "SELECT {STEP} FROM steps WHERE task_id = $1 AND attempt = $2 AND no > $3 ORDER BY no"
        ));
        let select = select.bind(task_id).bind(attempt).bind(after_no);
        select.rows(&mut self.read().await?).await?.iter().map(record).collect()
    }
}

fn record(row: &Row) -> Result<StepRecord> {
    let no = row.int("no")?;
    let intent = StepIntent {
        no,
        kind: row.word("kind", StepKind::parse)?,
        tool: row.opt_text("tool")?,
        effect: row.word("effect", EffectClass::parse)?,
        key: row.text("key")?,
        request_json: row.text("request_json")?,
        at: row.micros("started_at")?,
    };
    let Some(at) = row.opt_micros("finished_at")? else {
        return Ok(StepRecord { intent, result: None, approval: approval(row)? });
    };
    let result = StepResult {
        no,
        result_json: row.opt_text("result_json")?,
        error: row.opt_text("error")?,
        model: row.opt_text("model")?,
        tokens_in: row.int("tokens_in")?,
        tokens_out: row.int("tokens_out")?,
        cost: row.money("cost_micro")?,
        duration_us: row.int("duration_us")?,
        at,
    };
    Ok(StepRecord { intent, result: Some(result), approval: approval(row)? })
}

fn approval(row: &Row) -> Result<Approval> {
    Ok(match (row.opt_micros("approved_at")?, row.opt_micros("spent_at")?) {
        (None, _) => Approval::None,
        (Some(at), None) => Approval::Given(at),
        (Some(at), Some(_)) => Approval::Spent(at),
    })
}
