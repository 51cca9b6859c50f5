//! Calls of models, and what they cost.

use task_model::Micros;

use crate::sql::{BatchSql, Conditions, Connection, Row, Type, Value, built};
use crate::writer::group::{Manner, Run};
use crate::{CostGroup, ModelCall, ModelCost, Result, Storage};

impl Storage {
    /// Records calls, all of them or none.
    pub async fn model_calls_add(&self, calls: Vec<ModelCall>) -> Result<()> {
        self.desk().lanes.model_calls.call(calls, &self.desk().arrived).await
    }

    /// Sums over the calls in `[since, until)`, the dearest group first (days in order).
    pub async fn model_costs(
        &self,
        group: CostGroup,
        since: Option<Micros>,
        until: Option<Micros>,
    ) -> Result<Vec<ModelCost>> {
        let mut wanted = Conditions::default();
        wanted.compare("at >=", since);
        wanted.compare("at <", until);
        let mut connection = self.read().await?;
        let name = match group {
            CostGroup::Model => "model_id",
            CostGroup::Provider => "provider",
            CostGroup::Agent => "COALESCE(agent_id, '')",
            CostGroup::Task => "COALESCE(task_id, '')",
            CostGroup::Key => "COALESCE(key_id, '')",
            CostGroup::Day => connection.choose(
                "strftime('%Y-%m-%d', at / 1000000, 'unixepoch')",
                "to_char(to_timestamp(at / 1000000) AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
            ),
        };
        let order = if group == CostGroup::Day { "1" } else { "cost_micro DESC, 1" };
        let select = built(format!(
            "SELECT {name} AS group_name, COUNT(*) AS calls, COUNT(error_code) AS errors, \
                 CAST(SUM(tokens_in) AS BIGINT) AS tokens_in, CAST(SUM(tokens_out) AS BIGINT) AS tokens_out, \
                 CAST(SUM(cost_micro) AS BIGINT) AS cost_micro, CAST(SUM(latency_us) AS BIGINT) AS latency_us \
             FROM model_calls {} GROUP BY 1 ORDER BY {order}",
            wanted.clause(None)
        ));
        select.bind_all(wanted.into_values()).rows(&mut connection).await?.iter().map(cost).collect()
    }
}

fn cost(row: &Row) -> Result<ModelCost> {
    Ok(ModelCost {
        group: row.text("group_name")?,
        calls: row.int("calls")?,
        errors: row.int("errors")?,
        tokens_in: row.int("tokens_in")?,
        tokens_out: row.int("tokens_out")?,
        cost: row.money("cost_micro")?,
        latency_us_sum: row.int("latency_us")?,
    })
}

pub(crate) const MANNER: Manner<Vec<ModelCall>, ()> = Manner {
    run: Run::Batched(|connection, calls| Box::pin(add(connection, calls))),
    signals: &[],
    appends_to_log: false,
};

static INSERT: BatchSql = BatchSql::new(
    &[
        ("at", Type::Int),
        ("provider", Type::Text),
        ("model_id", Type::Text),
        ("agent_id", Type::Text),
        ("task_id", Type::Text),
        ("attempt", Type::Int),
        ("step", Type::Int),
        ("tokens_in", Type::Int),
        ("tokens_out", Type::Int),
        ("cost_micro", Type::Int),
        ("latency_us", Type::Int),
        ("error_code", Type::Text),
        ("key_id", Type::Text),
    ],
    "INSERT INTO model_calls (at, provider, model_id, agent_id, task_id, attempt, step, tokens_in, tokens_out, \
         cost_micro, latency_us, error_code, key_id) \
     SELECT at, provider, model_id, agent_id, task_id, attempt, step, tokens_in, tokens_out, cost_micro, latency_us, \
         error_code, key_id FROM {rows}",
);

async fn add(connection: &mut Connection, calls: &[&Vec<ModelCall>]) -> Result<Vec<Result<()>>> {
    INSERT.run(connection, calls.iter().flat_map(|calls| calls.iter()).map(values).collect()).await?;
    Ok(calls.iter().map(|_| Ok(())).collect())
}

fn values(call: &ModelCall) -> Vec<Value<'_>> {
    vec![
        call.at.into(),
        (&call.provider).into(),
        (&call.model_id).into(),
        call.agent_id.as_ref().into(),
        call.task_id.as_ref().into(),
        call.attempt.into(),
        call.step.into(),
        call.tokens_in.into(),
        call.tokens_out.into(),
        call.cost.into(),
        call.latency_us.into(),
        call.error_code.as_ref().into(),
        call.key_id.as_ref().into(),
    ]
}
