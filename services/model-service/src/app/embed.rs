//! Vectors of texts: from a provider, or hashed here.

mod hashed;

use std::time::Instant;

use service_api::chat::Usage;

use super::ask::{Facts, spent, told};
use super::books::Spent;
use super::registry::HASHED_EMBEDDING;
use super::resolve::{Route, resolve};
use super::{OnBehalf, State, check};
use crate::Error;
use crate::providers::{Embedding, EmbeddingCall, Provider, ProviderError, offline};

const TEXTS_MAX: usize = 2_048;
const DIMENSIONS_MAX: u32 = 4_096;

/// What is to be embedded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbedRequest {
    /// The model.
    pub model: String,
    /// The texts.
    pub input: Vec<String>,
    /// How long the vectors shall be.
    pub dimensions: Option<u32>,
}

/// Vectors and who made them.
#[derive(Debug)]
pub struct Embedded {
    /// One for each text.
    pub embedding: Embedding,
    /// Who made them.
    pub facts: Facts,
}

/// Embeds the texts.
pub async fn embed(state: &State, request: EmbedRequest, behalf: &OnBehalf) -> Result<Embedded, Error> {
    check(&request)?;
    let route = route(state, &request.model)?;
    let started = Instant::now();
    match vectors(state, &route, request).await {
        Ok(embedding) => {
            let usage = Usage::new(embedding.tokens, 0);
            let spent = spent(Some(&usage), route.price);
            state.books.enter(&route, behalf, started, spent, None);
            Ok(Embedded { embedding, facts: Facts::of(&route, spent.cost) })
        }
        Err(error) => {
            state.books.enter(&route, behalf, started, Spent::default(), Some(error.code()));
            told(&error, &route);
            Err(error.into())
        }
    }
}

fn check(request: &EmbedRequest) -> Result<(), Error> {
    check::model(&request.model)?;
    if request.input.is_empty() || request.input.len() > TEXTS_MAX {
        return Err(Error::field("input", format!("must be 1 to {TEXTS_MAX} texts")));
    }
    if let Some(i) = request.input.iter().position(String::is_empty) {
        return Err(Error::field(format!("input[{i}]"), "must not be empty"));
    }
    if request.dimensions.is_some_and(|n| !(1..=DIMENSIONS_MAX).contains(&n)) {
        return Err(Error::field("dimensions", format!("must be a whole number from 1 to {DIMENSIONS_MAX}")));
    }
    Ok(())
}

/// `default` means the embedding that is always there, unless the registry says otherwise.
fn route(state: &State, asked: &str) -> Result<Route, Error> {
    let aliased = state.models.load().values().any(|model| model.aliases.iter().any(|alias| alias == asked));
    if asked == "default" && !aliased { resolve(state, HASHED_EMBEDDING) } else { resolve(state, asked) }
}

async fn vectors(state: &State, route: &Route, request: EmbedRequest) -> Result<Embedding, ProviderError> {
    if !matches!(*route.provider, Provider::Offline) || route.name == offline::MODEL {
        let deadline = service_kit::context::remaining().map(|left| tokio::time::Instant::now() + left);
        let EmbedRequest { input, dimensions, .. } = request;
        let call = EmbeddingCall { model: route.name.clone(), input, dimensions, deadline };
        return route.provider.embed(call).await;
    }
    let dimensions = request.dimensions.unwrap_or(state.config.embedding_dimensions);
    let vectors = request.input.iter().map(|text| hashed::vector(text, dimensions)).collect();
    Ok(Embedding { vectors, tokens: 0 })
}
