//! The models that can be called.

use crate::sql::{Connection, Row, sql};
use crate::{ModelRecord, Result, Storage};

impl Storage {
    /// All models by id.
    pub async fn model_list(&self) -> Result<Vec<ModelRecord>> {
        sql("SELECT * FROM models ORDER BY model_id")
            .rows(&mut self.read().await?)
            .await?
            .iter()
            .map(model)
            .collect()
    }

    /// A model by its id.
    pub async fn model_find(&self, model_id: &str) -> Result<Option<ModelRecord>> {
        let select = sql("SELECT * FROM models WHERE model_id = $1").bind(model_id);
        select.row(&mut self.read().await?).await?.as_ref().map(model).transpose()
    }

    /// Creates or replaces a model; `created_at` of an existing one stays.
    pub async fn model_put(&self, model: ModelRecord) -> Result<()> {
        self.write(model, &[], |connection, model| Box::pin(put(connection, model))).await
    }

    /// Removes a model; false when it was not there.
    pub async fn model_delete(&self, model_id: &str) -> Result<bool> {
        self.write(model_id.to_owned(), &[], |connection, id| Box::pin(delete(connection, id))).await
    }
}

fn model(row: &Row) -> Result<ModelRecord> {
    Ok(ModelRecord {
        model_id: row.text("model_id")?,
        provider: row.text("provider")?,
        name: row.text("name")?,
        version: row.text("version")?,
        aliases: row.json("aliases_json")?,
        input_per_million: row.money("input_micro_per_million")?,
        output_per_million: row.money("output_micro_per_million")?,
        config: row.json("config_json")?,
        enabled: row.get("enabled")?,
        created_at: row.micros("created_at")?,
        updated_at: row.micros("updated_at")?,
    })
}

async fn put(connection: &mut Connection, model: &ModelRecord) -> Result<()> {
    const PUT: &str = "INSERT INTO models (model_id, provider, name, version, aliases_json, input_micro_per_million, \
                           output_micro_per_million, config_json, enabled, created_at, updated_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
                       ON CONFLICT (model_id) DO UPDATE SET provider = excluded.provider, name = excluded.name, \
                           version = excluded.version, aliases_json = excluded.aliases_json, \
                           input_micro_per_million = excluded.input_micro_per_million, \
                           output_micro_per_million = excluded.output_micro_per_million, \
                           config_json = excluded.config_json, enabled = excluded.enabled, \
                           updated_at = excluded.updated_at";
    sql(PUT)
        .bind(&model.model_id)
        .bind(&model.provider)
        .bind(&model.name)
        .bind(&model.version)
        .bind(&serde_json::json!(model.aliases))
        .bind(model.input_per_million)
        .bind(model.output_per_million)
        .bind(&model.config)
        .bind(model.enabled)
        .bind(model.created_at)
        .bind(model.updated_at)
        .execute(connection)
        .await
        .map(drop)
}

async fn delete(connection: &mut Connection, model_id: &String) -> Result<bool> {
    Ok(sql("DELETE FROM models WHERE model_id = $1").bind(model_id).execute(connection).await? > 0)
}
