//! From the name that was asked for to the provider that answers.

use std::sync::Arc;

use chrono::NaiveDate;
use task_model::Micros;

use super::State;
use super::adaptation::Adaptation;
use super::automatic;
use super::model::{Model, Price};
use super::providers::{self, OFFLINE};
use super::registry::{Models, STANDING_ALIASES};
use crate::Error;
use crate::providers::{Provider, offline};

/// Who answers, under which name, for which price.
#[derive(Clone)]
pub struct Route {
    /// The model's id here; what the books say.
    pub model_id: String,
    /// The provider's name.
    pub provider_name: String,
    /// The provider.
    pub provider: Arc<Provider>,
    /// The model's name there.
    pub name: String,
    /// What it costs, if known.
    pub price: Option<Price>,
    /// The day of its announced end, if that day has come.
    pub ended: Option<NaiveDate>,
    /// What is done to requests for it.
    pub adaptation: Adaptation,
    /// Whether the registry knows it. Names that callers make up must not become series of measurements.
    pub registered: bool,
}

impl Route {
    /// What the caller must know of a model whose end has come; another one is never asked in its place.
    pub fn warning(&self) -> Option<String> {
        let day = self.ended?;
        Some(format!("{} came to its announced end on {day}; choose another model", self.model_id))
    }

    /// Whether the same model of the same provider answers.
    pub fn same_as(&self, other: &Self) -> bool {
        self.provider_name == other.provider_name && self.name == other.name
    }
}

/// Finds the way: an alias, an id, or `provider/model` for models that nobody registered.
pub fn resolve(state: &State, asked: &str) -> Result<Route, Error> {
    let models = state.models.load();
    if let Some(model) = by_alias(&models, asked) {
        return to_model(state, asked, model);
    }
    if STANDING_ALIASES.contains(&asked) {
        let meant = meaning(state, asked);
        return by_alias(&models, &meant)
            .or_else(|| models.get(&meant))
            .map_or_else(|| unregistered(state, &models, &meant), |model| to_model(state, &meant, model));
    }
    match models.get(asked) {
        Some(model) => to_model(state, asked, model),
        None => unregistered(state, &models, asked),
    }
}

/// The routes in the order in which they are asked: the one that was asked for, then its fallbacks that are configured.
pub fn plan(state: &State, asked: &str) -> Result<Vec<Arc<Route>>, Error> {
    let first = resolve(state, asked);
    let mut routes: Vec<Arc<Route>> = Vec::new();
    let configured = state.config.fallbacks.iter().find(|fallback| fallback.model == asked);
    let registered = first.as_ref().ok().and_then(|route| state.models.load().get(&route.model_id).cloned());
    let names = configured.map(|fallback| &fallback.then);
    let names = names.or_else(|| registered.as_ref().map(|model| &model.fallbacks));
    let others = names.into_iter().flatten().filter_map(|name| resolve(state, name).ok());
    let failure = match first {
        Ok(route) => {
            routes.push(Arc::new(route));
            None
        }
        Err(error) => Some(error),
    };
    for route in others {
        if routes.iter().all(|known| !known.same_as(&route)) {
            routes.push(Arc::new(route));
        }
    }
    match failure {
        Some(error) if routes.is_empty() => Err(error),
        _ => Ok(routes),
    }
}

/// What a standing alias means by configuration.
pub fn meaning(state: &State, alias: &str) -> String {
    let config = &state.config;
    let configured = match alias {
        "fast" => &config.fast_model,
        "smart" => &config.smart_model,
        _ => &config.default_model,
    };
    if configured != "auto" {
        return configured.clone();
    }
    let open = providers::BY_KEY.into_iter().find(|name| state.providers.contains(name));
    let automatic = open.and_then(|provider| automatic::model(&state.models.load(), provider, alias, now()));
    let automatic = automatic.map(str::to_owned);
    let compatible = || config.compatible.first().map(|server| format!("{}/{}", server.name, server.model));
    let in_process = || {
        let models = state.providers.local_models();
        models.iter().find(|model| !model.embeds).map(|model| format!("{}/{}", providers::LOCAL, model.name))
    };
    let ollama =
        || state.providers.ollama_models().first().map(|name| format!("{}/{name}", providers::OLLAMA));
    automatic
        .or_else(compatible)
        .or_else(in_process)
        .or_else(ollama)
        .unwrap_or_else(|| offline::MODEL.to_owned())
}

fn by_alias<'a>(models: &'a Models, asked: &str) -> Option<&'a Arc<Model>> {
    models.values().find(|model| model.aliases.iter().any(|alias| alias == asked))
}

fn to_model(state: &State, asked: &str, model: &Model) -> Result<Route, Error> {
    if !model.enabled {
        return Err(unknown(asked, "it is switched off in the registry".to_owned()));
    }
    let provider = state
        .providers
        .get(&model.provider)
        .ok_or_else(|| unknown(asked, not_configured(&model.provider)))?;
    Ok(Route {
        model_id: model.id.clone(),
        provider_name: model.provider.clone(),
        provider: provider.clone(),
        name: model.name.clone(),
        price: model.price_at(now()),
        ended: model.ended(now()),
        adaptation: model.adaptation.clone(),
        registered: true,
    })
}

/// `openai/gpt-5`: the provider must be configured, the model is for the provider to know.
fn unregistered(state: &State, models: &Models, asked: &str) -> Result<Route, Error> {
    let list = || unknown(asked, "GET /v1/models lists those that can be asked".to_owned());
    let (provider_name, name) = asked.split_once('/').ok_or_else(list)?;
    if name.is_empty() || provider_name == OFFLINE {
        return models
            .get(name)
            .filter(|m| m.provider == OFFLINE)
            .map_or_else(|| Err(list()), |model| to_model(state, asked, model));
    }
    let Some(provider) = state.providers.get(provider_name) else {
        let known = providers::KNOWN.contains(&provider_name);
        return Err(if known { unknown(asked, not_configured(provider_name)) } else { list() });
    };
    let registered = models.values().find(|model| model.provider == provider_name && model.name == name);
    Ok(Route {
        model_id: registered.map_or(asked, |model| &model.id).to_owned(),
        provider_name: provider_name.to_owned(),
        provider: provider.clone(),
        name: name.to_owned(),
        price: registered.and_then(|model| model.price_at(now())),
        ended: registered.and_then(|model| model.ended(now())),
        adaptation: registered.map(|model| model.adaptation.clone()).unwrap_or_default(),
        registered: registered.is_some(),
    })
}

fn now() -> Micros {
    Micros(service_kit::now_micros())
}

fn not_configured(provider: &str) -> String {
    match provider {
        providers::OPENAI => "its provider openai is not configured; set OPENAI_API_KEY, or models.openai_base_url for another server".to_owned(),
        providers::ANTHROPIC => "its provider anthropic is not configured; set ANTHROPIC_API_KEY".to_owned(),
        providers::GEMINI => "its provider gemini is not configured; set GEMINI_API_KEY".to_owned(),
        providers::XAI => "its provider xai is not configured; set XAI_API_KEY".to_owned(),
        providers::AZURE => {
            "its provider azure is not configured; set AZURE_OPENAI_API_KEY and AZURE_OPENAI_ENDPOINT".to_owned()
        }
        providers::LOCAL => "no local model is configured; add it to models.local, in a build with local-inference".to_owned(),
        providers::OLLAMA => "no Ollama answers at models.ollama_url; start it, or correct the address".to_owned(),
        other => format!("its provider {other} is not configured; add it to models.compatible"),
    }
}

fn unknown(asked: &str, advice: String) -> Error {
    // A name may be as long as the request allows; an answer need not repeat all of it.
    Error::ModelUnknown { model: asked.chars().take(128).collect(), advice }
}
