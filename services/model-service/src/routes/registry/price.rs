//! What a model costs, on the wire.

use serde::{Deserialize, Serialize};
use service_api::{from_rfc3339, rfc3339};
use service_kit::Problem;
use task_model::{MicroUsd, Micros};
use utoipa::ToSchema;

use crate::app::model::Price;

const INPUT: &str = "input_usd_per_million";
const OUTPUT: &str = "output_usd_per_million";

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
        let price = price(
            (Some(self.input_usd_per_million), Some(self.output_usd_per_million)),
            (self.cache_read_usd_per_million, self.cache_write_usd_per_million),
        )?;
        let price = price.ok_or_else(|| Problem::invalid(INPUT, "is missing"))?;
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

/// Input and output, perhaps with what reading from and writing to the provider's cache costs; or nothing at all.
pub fn price(
    (input, output): (Option<f64>, Option<f64>),
    (cache_read, cache_write): (Option<f64>, Option<f64>),
) -> Result<Option<Price>, Problem> {
    let (input, output) = match (input, output) {
        (Some(input), Some(output)) => (input, output),
        (None, None) if cache_read.or(cache_write).is_none() => return Ok(None),
        (None, None) => return Err(Problem::invalid(INPUT, "is needed beside a price of the cache")),
        (None, Some(_)) => return Err(Problem::invalid(INPUT, format!("is needed beside {OUTPUT}"))),
        (Some(_), None) => return Err(Problem::invalid(OUTPUT, format!("is needed beside {INPUT}"))),
    };
    Ok(Some(Price {
        input: parse(INPUT, input)?,
        output: parse(OUTPUT, output)?,
        cache_read: cache_read.map(|usd| parse("cache_read_usd_per_million", usd)).transpose()?,
        cache_write: cache_write.map(|usd| parse("cache_write_usd_per_million", usd)).transpose()?,
    }))
}
