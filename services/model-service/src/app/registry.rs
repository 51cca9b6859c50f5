//! The models that can be asked for: the catalog of the configuration, overlaid by what the database holds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use storage::ModelPrice;
use task_model::{MicroUsd, Micros};
use tokio_util::sync::CancellationToken;

use super::State;
use super::budgets;
use super::model::{Model, Price, Source};
use super::providers::{LOCAL, OFFLINE, OLLAMA};
use crate::Error;
use crate::config::{CatalogEntry, Config};
use crate::providers::local::Opened;
use crate::providers::offline;

/// The embedding that needs no provider.
pub const HASHED_EMBEDDING: &str = "hashed-ngram";

/// Names with a meaning of their own in the configuration, always there.
pub const STANDING_ALIASES: [&str; 3] = ["default", "fast", "smart"];

/// What costs nothing, because it runs here.
const FREE: Option<Price> = Some(Price::new(MicroUsd::ZERO, MicroUsd::ZERO));

/// All models by id.
pub type Models = BTreeMap<String, Arc<Model>>;

/// What the configuration and this program bring along.
pub fn catalog(config: &Config, local: &[Opened]) -> Models {
    let listed = config.catalog.iter().map(from_catalog);
    let served = config.compatible.iter().map(|server| Model {
        name: server.model.clone(),
        ..Model::known(&format!("{}/{}", server.name, server.model), &server.name)
    });
    let rules = Model { price: FREE, ..Model::known(offline::MODEL, OFFLINE) };
    let hashed = Model {
        price: FREE,
        capabilities: vec!["embeddings".to_owned()],
        ..Model::known(HASHED_EMBEDDING, OFFLINE)
    };
    let local = local.iter().map(from_local);
    // What is listed says more than what a server brings along.
    served
        .chain(local)
        .chain(listed)
        .chain([rules, hashed])
        .map(|model| (model.id.clone(), Arc::new(model)))
        .collect()
}

fn from_local(opened: &Opened) -> Model {
    let abilities: &[&str] = match (opened.embeds, opened.knows_tools) {
        (true, _) => &["embeddings"],
        (false, true) => &["chat", "tools"],
        (false, false) => &["chat"],
    };
    Model {
        name: opened.name.clone(),
        price: FREE,
        context_tokens: Some(opened.context_tokens),
        capabilities: abilities.iter().map(|word| (*word).to_owned()).collect(),
        ..Model::known(&format!("{LOCAL}/{}", opened.name), LOCAL)
    }
}

fn from_catalog(entry: &CatalogEntry) -> Model {
    let abilities: &[&str] = if entry.embeds { &["embeddings"] } else { &["chat", "tools"] };
    let name = entry.id.strip_prefix(&entry.provider).and_then(|rest| rest.strip_prefix('/'));
    Model {
        name: name.unwrap_or(&entry.id).to_owned(),
        aliases: entry.aliases.clone(),
        price: entry.price(),
        prices: entry.later_prices(),
        context_tokens: entry.context_tokens,
        ends: entry.ends,
        adaptation: entry.adaptation(),
        capabilities: abilities.iter().map(|word| (*word).to_owned()).collect(),
        ..Model::known(&entry.id, &entry.provider)
    }
}

/// Reads the database again.
pub async fn refresh(state: &State) -> Result<(), Error> {
    let _one_at_a_time = state.reading.lock().await;
    let mut models = state.catalog.clone();
    for name in state.providers.ollama_models().iter() {
        let id = format!("{OLLAMA}/{name}");
        let found = Model { name: name.clone(), price: FREE, ..Model::known(&id, OLLAMA) };
        models.insert(id, Arc::new(found));
    }
    for record in state.storage.model_list().await? {
        models.insert(record.model_id.clone(), Arc::new(Model::from_record(record)));
    }
    for price in state.storage.model_price_list().await? {
        if let Some(model) = models.get_mut(&price.model_id) {
            Arc::make_mut(model).set_price(dated(&price));
        }
    }
    // Most of the time nothing has changed: then readers keep their snapshot.
    if **state.models.load() != models {
        state.models.store(Arc::new(models));
    }
    budgets::refresh(state).await
}

fn dated(price: &ModelPrice) -> (Micros, Price) {
    let of = Price {
        cache_read: price.cache_read_per_million,
        cache_write: price.cache_write_per_million,
        ..Price::new(price.input_per_million, price.output_per_million)
    };
    (price.valid_from, of)
}

/// Sets what a model costs from a time on.
pub async fn price_put(
    state: &State,
    id: &str,
    valid_from: Micros,
    price: Price,
) -> Result<Arc<Model>, Error> {
    find(state, id)?;
    let record = ModelPrice {
        model_id: id.to_owned(),
        valid_from,
        input_per_million: price.input,
        output_per_million: price.output,
        cache_read_per_million: price.cache_read,
        cache_write_per_million: price.cache_write,
    };
    state.storage.model_price_put(record).await?;
    refresh(state).await?;
    find(state, id)
}

/// Takes back the price that begins to hold at exactly this time.
pub async fn price_delete(state: &State, id: &str, valid_from: Micros) -> Result<(), Error> {
    if !state.storage.model_price_delete(id, valid_from).await? {
        return Err(Error::Unknown(format!("price of {id:?} that begins at this time")));
    }
    refresh(state).await
}

/// Follows changes that other replicas make.
pub async fn follow(state: State, every: Duration, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut reachable = true;
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let read = refresh(&state).await;
        if read.is_err() && reachable {
            tracing::warn!("the registry of models cannot be read; the last known models stay in use");
        }
        reachable = read.is_ok();
    }
}

/// One model by its id.
pub fn find(state: &State, id: &str) -> Result<Arc<Model>, Error> {
    state.models.load().get(id).cloned().ok_or_else(|| unknown(id))
}

/// Registers a model whose id is free.
pub async fn create(state: &State, model: Model) -> Result<Arc<Model>, Error> {
    if state.models.load().contains_key(&model.id) {
        return Err(Error::Conflict(format!("the model {:?} exists already; change it with PUT", model.id)));
    }
    put(state, model).await
}

/// Registers a model, or replaces its entry.
pub async fn put(state: &State, model: Model) -> Result<Arc<Model>, Error> {
    refuse_taken_names(&state.models.load(), &model)?;
    let now = Micros(service_kit::now_micros());
    let created_at = state.models.load().get(&model.id).map_or(now, |known| known.created_at);
    let created_at = if created_at == Micros(0) { now } else { created_at };
    let id = model.id.clone();
    let model = Model { source: Source::Registry, created_at, updated_at: now, ..model };
    state.storage.model_put(model.into_record()).await?;
    refresh(state).await?;
    find(state, &id)
}

/// Takes a model out of the database; one of the catalog shows its original entry again.
pub async fn delete(state: &State, id: &str) -> Result<(), Error> {
    let known = find(state, id)?;
    if known.source == Source::Catalog {
        let advice = "it comes with the configuration; switch it off with PUT and enabled = false";
        return Err(Error::Conflict(format!("the model {id:?} cannot be deleted: {advice}")));
    }
    state.storage.model_delete(id).await?;
    refresh(state).await
}

/// A name means one model only.
fn refuse_taken_names(models: &Models, model: &Model) -> Result<(), Error> {
    for (i, alias) in model.aliases.iter().enumerate() {
        let other =
            models.values().find(|m| m.id != model.id && (m.id == *alias || m.aliases.contains(alias)));
        if let Some(other) = other {
            let message = format!("is a name of the model {:?} already", other.id);
            return Err(Error::field(format!("aliases[{i}]"), message));
        }
    }
    match models.values().find(|m| m.id != model.id && m.aliases.contains(&model.id)) {
        Some(other) => Err(Error::field("id", format!("is an alias of the model {:?} already", other.id))),
        None => Ok(()),
    }
}

fn unknown(id: &str) -> Error {
    let advice = "GET /v1/models lists those that can be asked".to_owned();
    Error::ModelUnknown { model: id.to_owned(), advice }
}
