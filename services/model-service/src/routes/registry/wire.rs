//! A model on the wire.

use serde::{Deserialize, Serialize};
use service_api::rfc3339;
use service_kit::Problem;
use task_model::{MicroUsd, Micros};
use utoipa::ToSchema;

use crate::app;
use crate::app::check;
use crate::app::model::{Model, Price, Source};
use crate::app::providers::{ANTHROPIC, OPENAI};
use crate::app::registry::STANDING_ALIASES;
use crate::app::resolve;

const LIST_MAX: usize = 32;
const WORD_MAX: usize = 64;

/// A model to be registered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelBody {
    /// Its name here: letters, digits and `. _ : - / @`. With PUT the path says it.
    #[serde(default)]
    id: Option<String>,
    /// Who serves it: `openai`, `anthropic`, `offline`, or one of `models.compatible`.
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
    /// How long a conversation may be.
    #[serde(default)]
    context_tokens: Option<u32>,
    /// `chat`, `tools`, `embeddings`, `vision` …; by default `chat` and `tools`.
    #[serde(default)]
    capabilities: Option<Vec<String>>,
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
    /// Dollars for a million tokens read.
    input_usd_per_million: Option<f64>,
    /// Dollars for a million tokens written.
    output_usd_per_million: Option<f64>,
    /// How long a conversation may be.
    context_tokens: Option<u64>,
    /// What it can do.
    capabilities: Vec<String>,
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
        let known = [OPENAI, ANTHROPIC].contains(&self.provider.as_str());
        if !known && !state.providers.contains_key(&self.provider) {
            let names: Vec<&str> = state.providers.keys().map(String::as_str).collect();
            return Err(Problem::invalid(
                "provider",
                format!("must be one of openai, anthropic, {}", names.join(", ")),
            ));
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
        Ok(Model {
            name,
            version,
            aliases: self.aliases,
            price: price(self.input_usd_per_million, self.output_usd_per_million)?,
            context_tokens: self.context_tokens.map(u64::from),
            capabilities,
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

fn price(input: Option<f64>, output: Option<f64>) -> Result<Option<Price>, Problem> {
    let parse =
        |field: &str, usd: f64| MicroUsd::from_usd(usd).map_err(|error| Problem::invalid(field, error.0));
    match (input, output) {
        (None, None) => Ok(None),
        (Some(input), Some(output)) => Ok(Some(Price {
            input: parse("input_usd_per_million", input)?,
            output: parse("output_usd_per_million", output)?,
        })),
        (None, _) => {
            Err(Problem::invalid("input_usd_per_million", "is needed beside output_usd_per_million"))
        }
        (_, None) => {
            Err(Problem::invalid("output_usd_per_million", "is needed beside input_usd_per_million"))
        }
    }
}

impl ModelView {
    /// The model as it is asked for now.
    pub fn render(state: &app::State, model: &Model) -> Self {
        let standing = STANDING_ALIASES
            .iter()
            .filter(|alias| resolve::resolve(state, alias).is_ok_and(|route| route.model_id == model.id));
        let mut aliases = model.aliases.clone();
        aliases.extend(standing.map(|alias| (*alias).to_owned()));
        aliases.sort();
        aliases.dedup();
        let at = |at: Micros| (at != Micros(0)).then(|| rfc3339(at));
        Self {
            id: model.id.clone(),
            provider: model.provider.clone(),
            available: state.providers.contains_key(&model.provider),
            name: model.name.clone(),
            version: model.version.clone(),
            aliases,
            input_usd_per_million: model.price.map(|price| price.input.as_usd()),
            output_usd_per_million: model.price.map(|price| price.output.as_usd()),
            context_tokens: model.context_tokens,
            capabilities: model.capabilities.clone(),
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
