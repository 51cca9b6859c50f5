//! A model as this service knows it.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use service_api::chat::Usage;
use storage::ModelRecord;
use task_model::{MicroUsd, Micros};

use super::adaptation::Adaptation;

/// What a million tokens cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Read.
    pub input: MicroUsd,
    /// Written.
    pub output: MicroUsd,
    /// Read from the provider's cache; as other input when absent.
    pub cache_read: Option<MicroUsd>,
    /// Written to the provider's cache; as other input when absent.
    pub cache_write: Option<MicroUsd>,
}

impl Price {
    /// The same for all input.
    pub const fn new(input: MicroUsd, output: MicroUsd) -> Self {
        Self { input, output, cache_read: None, cache_write: None }
    }

    /// What these tokens cost, rounded up to the micro-dollar: never too little for a budget.
    pub fn of(self, tokens_in: u64, tokens_out: u64) -> MicroUsd {
        rounded(part(tokens_in, self.input) + part(tokens_out, self.output))
    }

    /// The same with what the provider's cache saved, or took.
    pub fn of_usage(self, usage: &Usage) -> MicroUsd {
        let details = usage.extra.get("prompt_tokens_details");
        let detail = |name: &str| details.and_then(|all| all.get(name)?.as_u64()).unwrap_or(0);
        let read = detail("cached_tokens").min(usage.prompt_tokens);
        let written = detail("cache_creation_tokens").min(usage.prompt_tokens - read);
        rounded(
            part(usage.prompt_tokens - read - written, self.input)
                + part(read, self.cache_read.unwrap_or(self.input))
                + part(written, self.cache_write.unwrap_or(self.input))
                + part(usage.completion_tokens, self.output),
        )
    }
}

fn part(tokens: u64, per_million: MicroUsd) -> i128 {
    i128::from(tokens) * i128::from(per_million.0)
}

fn rounded(total: i128) -> MicroUsd {
    MicroUsd(i64::try_from((total + 999_999) / 1_000_000).unwrap_or(i64::MAX))
}

/// Where a model's entry comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The configuration, or built in.
    Catalog,
    /// The database: put there through the API.
    Registry,
}

/// A model that can be asked for by its id or an alias.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Its name here.
    pub id: String,
    /// Who serves it.
    pub provider: String,
    /// Its name there.
    pub name: String,
    /// Its version, as its registrar counts.
    pub version: String,
    /// Further names.
    pub aliases: Vec<String>,
    /// What it costs, if known, until the first of `prices` holds.
    pub price: Option<Price>,
    /// Prices and when they begin to hold, in order.
    pub prices: Vec<(Micros, Price)>,
    /// How long a conversation may be, if known.
    pub context_tokens: Option<u64>,
    /// `chat`, `tools`, `embeddings`, `vision` …
    pub capabilities: Vec<String>,
    /// Names that are asked in this order when it gives no answer.
    pub fallbacks: Vec<String>,
    /// The day on which its maker ends it, as announced.
    pub ends: Option<NaiveDate>,
    /// What is done to requests for it.
    pub adaptation: Adaptation,
    /// Whether it may be asked.
    pub enabled: bool,
    /// Where the entry comes from.
    pub source: Source,
    /// When it was first registered.
    pub created_at: Micros,
    /// Its last change.
    pub updated_at: Micros,
}

impl Model {
    /// A model of the catalog, with nothing known but who serves it.
    pub fn known(id: &str, provider: &str) -> Self {
        Self {
            id: id.to_owned(),
            provider: provider.to_owned(),
            name: id.to_owned(),
            version: "1".to_owned(),
            aliases: Vec::new(),
            price: None,
            prices: Vec::new(),
            context_tokens: None,
            capabilities: vec!["chat".to_owned(), "tools".to_owned()],
            fallbacks: Vec::new(),
            ends: None,
            adaptation: Adaptation::default(),
            enabled: true,
            source: Source::Catalog,
            created_at: Micros(0),
            updated_at: Micros(0),
        }
    }

    /// Sets what it costs from a time on.
    pub fn set_price(&mut self, (from, price): (Micros, Price)) {
        let place = self.prices.partition_point(|(known, _)| *known < from);
        if self.prices.get(place).is_some_and(|(known, _)| *known == from) {
            self.prices[place].1 = price;
        } else {
            self.prices.insert(place, (from, price));
        }
    }

    /// What it costs at `now`, if known.
    pub fn price_at(&self, now: Micros) -> Option<Price> {
        let dated = self.prices.iter().rev().find(|(from, _)| *from <= now);
        dated.map(|(_, price)| *price).or(self.price)
    }

    /// The day of its end, once that day has begun in UTC.
    pub fn ended(&self, now: Micros) -> Option<NaiveDate> {
        let day = self.ends?;
        let today = DateTime::<Utc>::from_timestamp_micros(now.0)?.date_naive();
        (day <= today).then_some(day)
    }

    /// From the database.
    pub fn from_record(record: ModelRecord) -> Self {
        let config = record.config;
        let priced = config["priced"] != json!(false);
        let price = Price {
            cache_read: config["cache_read_micro"].as_i64().map(MicroUsd),
            cache_write: config["cache_write_micro"].as_i64().map(MicroUsd),
            ..Price::new(record.input_per_million, record.output_per_million)
        };
        Self {
            id: record.model_id,
            provider: record.provider,
            name: record.name,
            version: record.version,
            aliases: record.aliases,
            price: priced.then_some(price),
            prices: Vec::new(),
            context_tokens: config["context_tokens"].as_u64(),
            capabilities: words(&config["capabilities"]),
            fallbacks: words(&config["fallbacks"]),
            ends: config["ends"].as_str().and_then(|day| day.parse().ok()),
            adaptation: serde_json::from_value(config["adaptation"].clone()).unwrap_or_default(),
            enabled: record.enabled,
            source: Source::Registry,
            created_at: record.created_at,
            updated_at: record.updated_at,
        }
    }

    /// For the database.
    pub fn into_record(self) -> ModelRecord {
        let price = self.price.unwrap_or(Price::new(MicroUsd::ZERO, MicroUsd::ZERO));
        ModelRecord {
            model_id: self.id,
            provider: self.provider,
            name: self.name,
            version: self.version,
            aliases: self.aliases,
            input_per_million: price.input,
            output_per_million: price.output,
            config: json!({
                "priced": self.price.is_some(),
                "cache_read_micro": price.cache_read.map(|price| price.0),
                "cache_write_micro": price.cache_write.map(|price| price.0),
                "context_tokens": self.context_tokens,
                "capabilities": self.capabilities,
                "fallbacks": self.fallbacks,
                "ends": self.ends,
                "adaptation": self.adaptation,
            }),
            enabled: self.enabled,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

fn words(list: &Value) -> Vec<String> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: i64, output: i64, tokens: (u64, u64), expected: i64) {
        let price = Price::new(MicroUsd(input), MicroUsd(output));
        assert_eq!(price.of_usage(&Usage::new(tokens.0, tokens.1)), MicroUsd(expected));
        assert_eq!(price.of(tokens.0, tokens.1), MicroUsd(expected));
    }

    #[test]
    fn costs_are_exact_and_rounded_up() {
        check(2_500_000, 10_000_000, (1_000_000, 1_000_000), 12_500_000);
        check(400_000, 1_600_000, (82, 17), 60); // 32.8 + 27.2
        check(100_000, 400_000, (1, 0), 1); // 0.1
        check(0, 0, (5_000, 5_000), 0);
        check(i64::MAX, 0, (u64::MAX, 0), i64::MAX);
    }

    #[test]
    fn what_comes_from_the_providers_cache_has_its_own_price() {
        let mut usage = Usage::new(1_000_000, 0);
        let details = json!({"cached_tokens": 500_000, "cache_creation_tokens": 100_000});
        usage.extra.insert("prompt_tokens_details".to_owned(), details);
        let price = Price {
            cache_read: Some(MicroUsd(100_000)),
            cache_write: Some(MicroUsd(1_250_000)),
            ..Price::new(MicroUsd(1_000_000), MicroUsd(0))
        };
        assert_eq!(price.of_usage(&usage), MicroUsd(400_000 + 50_000 + 125_000));
        assert_eq!(Price::new(MicroUsd(1_000_000), MicroUsd(0)).of_usage(&usage), MicroUsd(1_000_000));
    }

    #[test]
    fn a_price_holds_from_its_time_on() {
        let price = |input| Price::new(MicroUsd(input), MicroUsd(0));
        let prices = vec![(Micros(10), price(2)), (Micros(20), price(3))];
        let model = Model { price: Some(price(1)), prices, ..Model::known("m", "p") };
        let at = |now| model.price_at(Micros(now)).unwrap().input.0;
        assert_eq!((at(9), at(10), at(19), at(20)), (1, 2, 2, 3));
    }

    #[test]
    fn a_model_has_ended_from_the_beginning_of_its_day_on() {
        let ends = NaiveDate::from_ymd_opt(2024, 2, 29);
        let model = Model { ends, ..Model::known("m", "p") };
        let midnight = 1_709_164_800_000_000; // 2024-02-29T00:00:00Z
        assert_eq!((model.ended(Micros(midnight - 1)), model.ended(Micros(midnight))), (None, ends));
        assert_eq!(Model::known("m", "p").ended(Micros(i64::MAX)), None);
    }

    #[test]
    fn the_database_gives_back_what_it_was_given() {
        let model = Model {
            price: None,
            context_tokens: Some(8192),
            aliases: vec!["fast".into()],
            ends: NaiveDate::from_ymd_opt(2026, 11, 30),
            adaptation: Adaptation { without: vec!["top_p".into()], ..Adaptation::default() },
            source: Source::Registry,
            ..Model::known("m", "p")
        };
        assert_eq!(Model::from_record(model.clone().into_record()), model);
    }
}
