//! A model on the wire.

use serde::{Deserialize, Serialize};
use service_api::{from_rfc3339, rfc3339};
use service_kit::Problem;
use task_model::{MicroUsd, Micros};
use utoipa::ToSchema;

use crate::app;
use crate::app::check;
use crate::app::model::{Model, Price, Source};
use crate::app::providers::KNOWN;
use crate::app::registry::STANDING_ALIASES;
use crate::app::resolve;
use crate::app::vitals::Vital;

const LIST_MAX: usize = 32;
const WORD_MAX: usize = 64;

/// A model to be registered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelBody {
    /// Its name here: letters, digits and `. _ : - / @`. With PUT the path says it.
    #[serde(default)]
    id: Option<String>,
    /// Who serves it: `openai`, `anthropic`, `gemini`, `xai`, `azure`, `ollama`, `offline`, or one of `models.compatible`.
    provider: String,
    /// Its name there; by default the id.
    #[serde(default)]
    name: Option<String>,
    /// A version, for people.
    #[serde(default)]
    version: Option<String>,
    /// Further names; `default`, `fast` and `smart` may be taken over.
    #[serde(default)]
    aliases: Vec<String>,
    /// Dollars for a million tokens read; without both prices costs stay unknown.
    #[serde(default)]
    #[schema(minimum = 0)]
    input_usd_per_million: Option<f64>,
    /// Dollars for a million tokens written.
    #[serde(default)]
    #[schema(minimum = 0)]
    output_usd_per_million: Option<f64>,
    /// Dollars for a million tokens read from the provider's cache; by default as other input.
    #[serde(default)]
    #[schema(minimum = 0)]
    cache_read_usd_per_million: Option<f64>,
    /// Dollars for a million tokens written to the provider's cache; by default as other input.
    #[serde(default)]
    #[schema(minimum = 0)]
    cache_write_usd_per_million: Option<f64>,
    /// How long a conversation may be.
    #[serde(default)]
    context_tokens: Option<u32>,
    /// `chat`, `tools`, `embeddings`, `vision` …; by default `chat` and `tools`.
    #[serde(default)]
    capabilities: Option<Vec<String>>,
    /// Names that are asked in this order when it gives no answer.
    #[serde(default)]
    fallbacks: Vec<String>,
    /// Whether it may be asked.
    #[serde(default = "yes")]
    enabled: bool,
}

/// A model.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelView {
    /// Its name here.
    id: String,
    /// Who serves it.
    provider: String,
    /// Whether that provider is configured.
    available: bool,
    /// Its name there.
    name: String,
    /// Its version.
    version: String,
    /// Further names, the standing ones that mean it included.
    aliases: Vec<String>,
    /// Dollars for a million tokens read, at present.
    input_usd_per_million: Option<f64>,
    /// Dollars for a million tokens written, at present.
    output_usd_per_million: Option<f64>,
    /// Prices and when they begin to hold.
    prices: Vec<PriceView>,
    /// How it is doing; null when it was not asked since this process started.
    health: Option<HealthView>,
    /// How long a conversation may be.
    context_tokens: Option<u64>,
    /// What it can do.
    capabilities: Vec<String>,
    /// Names that are asked in this order when it gives no answer.
    fallbacks: Vec<String>,
    /// Whether it may be asked.
    enabled: bool,
    /// `catalog` (came with the configuration) or `registry`.
    source: &'static str,
    /// When it was registered.
    created_at: Option<String>,
    /// Its last change.
    updated_at: Option<String>,
}

/// Models.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelListing {
    /// By id.
    pub items: Vec<ModelView>,
    /// Always null: the list is whole.
    pub next_cursor: Option<String>,
}

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

/// How a model is doing, by the calls of this process.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModelHealth)]
pub struct HealthView {
    /// `healthy`, `unsteady` (the last call failed), or `failing` (the last three did).
    state: &'static str,
    /// Calls.
    calls: u64,
    /// Calls that failed.
    errors: u64,
    /// Why the last failure was one.
    last_error: Option<String>,
    /// The last good answer.
    last_success_at: Option<String>,
    /// A running mean of good answers' durations.
    latency_ms: Option<f64>,
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
    fn render((from, price): &(Micros, Price)) -> Self {
        Self {
            valid_from: rfc3339(*from),
            input_usd_per_million: price.input.as_usd(),
            output_usd_per_million: price.output.as_usd(),
            cache_read_usd_per_million: price.cache_read.map(MicroUsd::as_usd),
            cache_write_usd_per_million: price.cache_write.map(MicroUsd::as_usd),
        }
    }
}

impl HealthView {
    fn render(vital: Vital) -> Self {
        Self {
            state: vital.state(),
            calls: vital.calls,
            errors: vital.errors,
            last_error: vital.last_error,
            last_success_at: vital.last_success_at.map(rfc3339),
            latency_ms: vital.latency_ms,
        }
    }
}

fn yes() -> bool {
    true
}

impl ModelBody {
    /// Checks every field.
    pub fn parse(self, state: &app::State, path_id: Option<String>) -> Result<Model, Problem> {
        let id = match (self.id, path_id) {
            (Some(body), Some(path)) if body != path => {
                return Err(Problem::invalid("id", "must be the id in the path, or be left out"));
            }
            (body, path) => path.or(body).ok_or_else(|| Problem::invalid("id", "is missing"))?,
        };
        let is_name = |name: &str| check::model(name).is_ok() && name.len() <= 128;
        if !is_name(&id) || STANDING_ALIASES.contains(&id.as_str()) {
            return Err(Problem::invalid(
                "id",
                "must be 1 to 128 of letters, digits and . _ : - / @, and none of default, fast, smart",
            ));
        }
        if !KNOWN.contains(&self.provider.as_str()) && !state.providers.contains(&self.provider) {
            let configured = state.providers.configured().map(String::as_str);
            let names: Vec<&str> = configured.filter(|name| !KNOWN.contains(name)).chain(KNOWN).collect();
            return Err(Problem::invalid("provider", format!("must be one of {}", names.join(", "))));
        }
        let name = self.name.unwrap_or_else(|| id.clone());
        if !is_name(&name) {
            return Err(Problem::invalid("name", "must be 1 to 128 of letters, digits and . _ : - / @"));
        }
        let version = self.version.unwrap_or_else(|| "1".to_owned());
        words("version", std::slice::from_ref(&version), &is_word)?;
        words("aliases", &self.aliases, &is_name)?;
        let capabilities = self.capabilities.unwrap_or_else(|| vec!["chat".to_owned(), "tools".to_owned()]);
        words("capabilities", &capabilities, &is_word)?;
        words("fallbacks", &self.fallbacks, &is_name)?;
        Ok(Model {
            name,
            version,
            aliases: self.aliases,
            price: cached(
                price(self.input_usd_per_million, self.output_usd_per_million)?,
                self.cache_read_usd_per_million,
                self.cache_write_usd_per_million,
            )?,
            context_tokens: self.context_tokens.map(u64::from),
            capabilities,
            fallbacks: self.fallbacks,
            enabled: self.enabled,
            ..Model::known(&id, &self.provider)
        })
    }
}

fn is_word(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= WORD_MAX && !text.contains(char::is_control)
}

fn words(field: &str, texts: &[String], fits: &dyn Fn(&str) -> bool) -> Result<(), Problem> {
    if texts.len() > LIST_MAX {
        return Err(Problem::invalid(field, format!("must be at most {LIST_MAX}")));
    }
    match texts.iter().position(|text| !fits(text)) {
        Some(i) => Err(Problem::invalid(
            format!("{field}[{i}]"),
            "is empty, too long, or holds characters that are not allowed",
        )),
        None => Ok(()),
    }
}

fn parse(field: &str, usd: f64) -> Result<MicroUsd, Problem> {
    MicroUsd::from_usd(usd).map_err(|error| Problem::invalid(field, error.0))
}

fn cached(price: Option<Price>, read: Option<f64>, write: Option<f64>) -> Result<Option<Price>, Problem> {
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

fn price(input: Option<f64>, output: Option<f64>) -> Result<Option<Price>, Problem> {
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

impl ModelView {
    /// The model with every name that leads to it at this moment.
    pub fn render(state: &app::State, model: &Model) -> Self {
        let standing = STANDING_ALIASES
            .iter()
            .filter(|alias| resolve::resolve(state, alias).is_ok_and(|route| route.model_id == model.id));
        let mut aliases = model.aliases.clone();
        aliases.extend(standing.map(|alias| (*alias).to_owned()));
        aliases.sort();
        aliases.dedup();
        let price = model.price_at(Micros(service_kit::now_micros()));
        let at = |at: Micros| (at != Micros(0)).then(|| rfc3339(at));
        Self {
            id: model.id.clone(),
            provider: model.provider.clone(),
            available: state.providers.contains(&model.provider),
            name: model.name.clone(),
            version: model.version.clone(),
            aliases,
            input_usd_per_million: price.map(|price| price.input.as_usd()),
            output_usd_per_million: price.map(|price| price.output.as_usd()),
            prices: model.prices.iter().map(PriceView::render).collect(),
            health: state.vitals.of(&model.id).map(HealthView::render),
            context_tokens: model.context_tokens,
            capabilities: model.capabilities.clone(),
            fallbacks: model.fallbacks.clone(),
            enabled: model.enabled,
            source: match model.source {
                Source::Catalog => "catalog",
                Source::Registry => "registry",
            },
            created_at: at(model.created_at),
            updated_at: at(model.updated_at),
        }
    }
}
