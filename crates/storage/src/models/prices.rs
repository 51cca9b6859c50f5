//! Prices with the time from which they hold.

use task_model::Micros;

use crate::sql::{Connection, Row, sql};
use crate::{ModelPrice, Result, Storage};

impl Storage {
    /// All prices, by model and time.
    pub async fn model_price_list(&self) -> Result<Vec<ModelPrice>> {
        let select = sql("SELECT * FROM model_prices ORDER BY model_id, valid_from");
        select.rows(&mut self.read().await?).await?.iter().map(price).collect()
    }

    /// Sets what a model costs from a time on; a price of the same time is replaced.
    pub async fn model_price_put(&self, price: ModelPrice) -> Result<()> {
        self.write(price, &[], |connection, price| Box::pin(put(connection, price))).await
    }

    /// Takes a price back; false when there was none of exactly this time.
    pub async fn model_price_delete(&self, model_id: &str, valid_from: Micros) -> Result<bool> {
        let args = (model_id.to_owned(), valid_from);
        self.write(args, &[], |connection, args| Box::pin(delete(connection, args))).await
    }
}

fn price(row: &Row) -> Result<ModelPrice> {
    Ok(ModelPrice {
        model_id: row.text("model_id")?,
        valid_from: row.micros("valid_from")?,
        input_per_million: row.money("input_micro_per_million")?,
        output_per_million: row.money("output_micro_per_million")?,
        cache_read_per_million: row.opt_money("cache_read_micro_per_million")?,
        cache_write_per_million: row.opt_money("cache_write_micro_per_million")?,
    })
}

async fn put(connection: &mut Connection, price: &ModelPrice) -> Result<()> {
    const PUT: &str = "INSERT INTO model_prices (model_id, valid_from, input_micro_per_million, \
                           output_micro_per_million, cache_read_micro_per_million, cache_write_micro_per_million) \
                       VALUES ($1, $2, $3, $4, $5, $6) \
                       ON CONFLICT (model_id, valid_from) DO UPDATE SET \
                           input_micro_per_million = excluded.input_micro_per_million, \
                           output_micro_per_million = excluded.output_micro_per_million, \
                           cache_read_micro_per_million = excluded.cache_read_micro_per_million, \
                           cache_write_micro_per_million = excluded.cache_write_micro_per_million";
    let put = sql(PUT).bind(&price.model_id).bind(price.valid_from).bind(price.input_per_million);
    let put = put.bind(price.output_per_million).bind(price.cache_read_per_million);
    put.bind(price.cache_write_per_million).execute(connection).await.map(drop)
}

async fn delete(connection: &mut Connection, (model_id, valid_from): &(String, Micros)) -> Result<bool> {
    let delete = sql("DELETE FROM model_prices WHERE model_id = $1 AND valid_from = $2");
    Ok(delete.bind(model_id).bind(*valid_from).execute(connection).await? > 0)
}
