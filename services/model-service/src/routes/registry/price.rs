//! What a model costs, on the wire.

use serde::{Deserialize, Serialize};
use service_api::{from_rfc3339, rfc3339};
use service_kit::Problem;
use task_model::{MicroUsd, Micros};
use utoipa::ToSchema;

use crate::app::model::Price;

/// What a model costs from a time on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceBody {
    /// From when on (RFC 3339); by default from now.
    #[serde(default)]
    valid_from: Option<String>,
    /// Dollars for a million tokens read.
    #[schema(minimum = 0)]
    input_usd_per_million: f64,
    /// Dollars for a million tokens written.
    #[schema(minimum = 0)]
    output_usd_per_million: f64,
    /// Dollars for a million tokens read from the provider's cache; by default as other input.
    #[serde(default)]
    #[schema(minimum = 0)]
    cache_read_usd_per_million: Option<f64>,
    /// Dollars for a million tokens written to the provider's cache; by default as other input.
    #[serde(default)]
    #[schema(minimum = 0)]
    cache_write_usd_per_million: Option<f64>,
}

/// A price and when it begins to hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceView {
    /// From when on.
    valid_from: String,
    /// Dollars for a million tokens read.
    input_usd_per_million: f64,
    /// Dollars for a million tokens written.
    output_usd_per_million: f64,
    /// Dollars for a million tokens read from the provider's cache.
    cache_read_usd_per_million: Option<f64>,
    /// Dollars for a million tokens written to the provider's cache.
    cache_write_usd_per_million: Option<f64>,
}

impl PriceBody {
    /// Checks every field.
    pub fn parse(self) -> Result<(Micros, Price), Problem> {
        let from = self.valid_from.as_deref().map(from_rfc3339).transpose();
        let from = from.map_err(|error| Problem::invalid("valid_from", error.0))?;
        let price = price(Some(self.input_usd_per_million), Some(self.output_usd_per_million))?;
        let price = cached(price, self.cache_read_usd_per_million, self.cache_write_usd_per_million)?;
        let price = price.ok_or_else(|| Problem::invalid("input_usd_per_million", "is missing"))?;
        Ok((from.unwrap_or(Micros(service_kit::now_micros())), price))
    }
}

impl PriceView {
    /// A price and its time.
    pub fn render((from, price): &(Micros, Price)) -> Self {
        Self {
            valid_from: rfc3339(*from),
            input_usd_per_million: price.input.as_usd(),
            output_usd_per_million: price.output.as_usd(),
            cache_read_usd_per_million: price.cache_read.map(MicroUsd::as_usd),
            cache_write_usd_per_million: price.cache_write.map(MicroUsd::as_usd),
        }
    }
}

fn parse(field: &str, usd: f64) -> Result<MicroUsd, Problem> {
    MicroUsd::from_usd(usd).map_err(|error| Problem::invalid(field, error.0))
}

/// With what reading from and writing to the provider's cache costs.
pub fn cached(price: Option<Price>, read: Option<f64>, write: Option<f64>) -> Result<Option<Price>, Problem> {
    let Some(price) = price else {
        return match read.or(write) {
            Some(_) => {
                Err(Problem::invalid("input_usd_per_million", "is needed beside a price of the cache"))
            }
            None => Ok(None),
        };
    };
    let cache_read = read.map(|usd| parse("cache_read_usd_per_million", usd)).transpose()?;
    let cache_write = write.map(|usd| parse("cache_write_usd_per_million", usd)).transpose()?;
    Ok(Some(Price { cache_read, cache_write, ..price }))
}

/// Both prices, or none.
pub fn price(input: Option<f64>, output: Option<f64>) -> Result<Option<Price>, Problem> {
    match (input, output) {
        (None, None) => Ok(None),
        (Some(input), Some(output)) => Ok(Some(Price::new(
            parse("input_usd_per_million", input)?,
            parse("output_usd_per_million", output)?,
        ))),
        (None, _) => {
            Err(Problem::invalid("input_usd_per_million", "is needed beside output_usd_per_million"))
        }
        (_, None) => {
            Err(Problem::invalid("output_usd_per_million", "is needed beside input_usd_per_million"))
        }
    }
}
