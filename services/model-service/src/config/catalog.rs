//! Models known from the start: what they cost, now and later, until when they are there, and where they differ.

use chrono::{NaiveDate, NaiveTime};
use serde::Deserialize;
use serde_json::{Map, Value};
use service_kit::Settings;
use service_kit::config::ConfigError;
use task_model::{MicroUsd, Micros};

use crate::app::adaptation::Adaptation;
use crate::app::model::Price;

/// A model known from the start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogEntry {
    /// Its name here and at its provider.
    pub id: String,
    /// Who serves it.
    pub provider: String,
    /// Dollars for a million tokens read.
    pub input_usd: f64,
    /// Dollars for a million tokens written.
    pub output_usd: f64,
    /// Dollars for a million tokens read from the provider's cache; absent: as other input.
    #[serde(default)]
    pub cache_read_usd: Option<f64>,
    /// Dollars for a million tokens written to the provider's cache; absent: as other input.
    #[serde(default)]
    pub cache_write_usd: Option<f64>,
    /// Prices that hold from later days on.
    #[serde(default)]
    pub prices: Vec<LaterPrice>,
    /// How long a conversation may be.
    #[serde(default)]
    pub context_tokens: Option<u64>,
    /// Whether it makes vectors instead of texts.
    #[serde(default)]
    pub embeds: bool,
    /// Further names.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The day on which its maker ends it, as announced.
    #[serde(default)]
    pub ends: Option<NaiveDate>,
    /// Members of a request that it refuses.
    #[serde(default)]
    pub without: Vec<String>,
    /// Members that it needs in a request that does not name them.
    #[serde(default)]
    pub with: Map<String, Value>,
}

/// A price that holds from a day on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaterPrice {
    /// From the beginning of this day on, in UTC.
    pub from: NaiveDate,
    /// As above.
    pub input_usd: f64,
    /// As above.
    pub output_usd: f64,
    /// As above.
    #[serde(default)]
    pub cache_read_usd: Option<f64>,
    /// As above.
    #[serde(default)]
    pub cache_write_usd: Option<f64>,
}

impl CatalogEntry {
    /// What it costs until the first of the later prices.
    pub fn price(&self) -> Option<Price> {
        price(self.input_usd, self.output_usd, self.cache_read_usd, self.cache_write_usd)
    }

    /// What it costs later, in order.
    pub fn later_prices(&self) -> Vec<(Micros, Price)> {
        let dated = |later: &LaterPrice| {
            let from = later.from.and_time(NaiveTime::MIN).and_utc().timestamp_micros();
            let price = price(later.input_usd, later.output_usd, later.cache_read_usd, later.cache_write_usd);
            Some((Micros(from), price?))
        };
        let mut prices: Vec<_> = self.prices.iter().filter_map(dated).collect();
        prices.sort_by_key(|(from, _)| *from);
        prices
    }

    /// What is done to requests for it.
    pub fn adaptation(&self) -> Adaptation {
        Adaptation { without: self.without.clone(), with: self.with.clone() }
    }
}

fn price(input: f64, output: f64, read: Option<f64>, write: Option<f64>) -> Option<Price> {
    let cached = |usd: Option<f64>| MicroUsd::from_usd(usd?).ok();
    let price = Price::new(MicroUsd::from_usd(input).ok()?, MicroUsd::from_usd(output).ok()?);
    Some(Price { cache_read: cached(read), cache_write: cached(write), ..price })
}

/// Each price one that can be paid.
pub(super) fn check(catalog: &[CatalogEntry], settings: &Settings) -> Result<(), ConfigError> {
    for (i, entry) in catalog.iter().enumerate() {
        if entry.price().is_none() || entry.later_prices().len() != entry.prices.len() {
            return Err(ConfigError::value(
                &format!("models.catalog[{i}]"),
                settings.origin("models.catalog"),
                format!("the prices of {:?} cannot be used", entry.id),
                "dollars for a million tokens, 0 or more",
            ));
        }
    }
    Ok(())
}
