//! A model on the wire.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use service_api::rfc3339;
use service_kit::Problem;
use task_model::Micros;
use utoipa::ToSchema;

use super::price::{PriceView, price};
use crate::app;
use crate::app::adaptation::Adaptation;
use crate::app::check;
use crate::app::model::{Model, Source};
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
    /// The day on which its maker ends it (`2026-11-30`): from then on answers carry a warning.
    #[serde(default)]
    ends: Option<NaiveDate>,
    /// Members of a request that it refuses: they are left out, with a warning.
    #[serde(default)]
    without: Vec<String>,
    /// Members that it needs in a request that does not name them.
    #[serde(default)]
    #[schema(value_type = Object)]
    with: Map<String, Value>,
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
    /// The day on which its maker ends it, as announced.
    ends: Option<NaiveDate>,
    /// Members of a request that it refuses.
    without: Vec<String>,
    /// Members that it needs in a request that does not name them.
    #[schema(value_type = Object)]
    with: Map<String, Value>,
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
        words("without", &self.without, &is_word)?;
        if self.with.len() > LIST_MAX {
            return Err(Problem::invalid("with", format!("must be at most {LIST_MAX}")));
        }
        Ok(Model {
            name,
            version,
            aliases: self.aliases,
            price: price(
                (self.input_usd_per_million, self.output_usd_per_million),
                (self.cache_read_usd_per_million, self.cache_write_usd_per_million),
            )?,
            context_tokens: self.context_tokens.map(u64::from),
            capabilities,
            fallbacks: self.fallbacks,
            ends: self.ends,
            adaptation: Adaptation { without: self.without, with: self.with },
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
            ends: model.ends,
            without: model.adaptation.without.clone(),
            with: model.adaptation.with.clone(),
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
