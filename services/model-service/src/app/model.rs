//! A model as this service knows it.

use serde_json::{Value, json};
use storage::ModelRecord;
use task_model::{MicroUsd, Micros};

/// What a million tokens cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Read.
    pub input: MicroUsd,
    /// Written.
    pub output: MicroUsd,
}

impl Price {
    /// What these tokens cost, rounded up to the micro-dollar: never too little for a budget.
    pub fn of(self, tokens_in: u64, tokens_out: u64) -> MicroUsd {
        let part = |tokens: u64, price: MicroUsd| i128::from(tokens) * i128::from(price.0);
        let total = part(tokens_in, self.input) + part(tokens_out, self.output);
        MicroUsd(i64::try_from((total + 999_999) / 1_000_000).unwrap_or(i64::MAX))
    }
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
    /// What it costs, if known.
    pub price: Option<Price>,
    /// How long a conversation may be, if known.
    pub context_tokens: Option<u64>,
    /// `chat`, `tools`, `embeddings`, `vision` …
    pub capabilities: Vec<String>,
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
            context_tokens: None,
            capabilities: vec!["chat".to_owned(), "tools".to_owned()],
            enabled: true,
            source: Source::Catalog,
            created_at: Micros(0),
            updated_at: Micros(0),
        }
    }

    /// From the database.
    pub fn from_record(record: ModelRecord) -> Self {
        let config = record.config;
        let priced = config["priced"] != json!(false);
        let price = Price { input: record.input_per_million, output: record.output_per_million };
        let words = config["capabilities"].as_array().map(Vec::as_slice).unwrap_or_default();
        Self {
            id: record.model_id,
            provider: record.provider,
            name: record.name,
            version: record.version,
            aliases: record.aliases,
            price: priced.then_some(price),
            context_tokens: config["context_tokens"].as_u64(),
            capabilities: words.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            enabled: record.enabled,
            source: Source::Registry,
            created_at: record.created_at,
            updated_at: record.updated_at,
        }
    }

    /// For the database.
    pub fn into_record(self) -> ModelRecord {
        let price = self.price.unwrap_or(Price { input: MicroUsd::ZERO, output: MicroUsd::ZERO });
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
                "context_tokens": self.context_tokens,
                "capabilities": self.capabilities,
            }),
            enabled: self.enabled,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: i64, output: i64, tokens: (u64, u64), expected: i64) {
        let price = Price { input: MicroUsd(input), output: MicroUsd(output) };
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
    fn the_database_gives_back_what_it_was_given() {
        let model = Model {
            price: None,
            context_tokens: Some(8192),
            aliases: vec!["fast".into()],
            source: Source::Registry,
            ..Model::known("m", "p")
        };
        assert_eq!(Model::from_record(model.clone().into_record()), model);
    }
}
