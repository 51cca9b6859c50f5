//! Vectors of texts: from a provider, or hashed here.

mod hashed;

use std::sync::Arc;

use service_api::chat::Usage;

use super::ask::{Facts, deadline};
use super::registry::HASHED_EMBEDDING;
use super::resolve::{Route, plan};
use super::size::Size;
use super::{OnBehalf, State, chain, check};
use crate::Error;
use crate::providers::{Embedding, EmbeddingCall, Notes, Provider, ProviderError, offline};

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
pub struct Embedded {
    /// One for each text.
    pub embedding: Embedding,
    /// Who made them.
    pub facts: Facts,
}

/// Embeds the texts.
pub async fn embed(state: &State, request: EmbedRequest, behalf: &OnBehalf) -> Result<Embedded, Error> {
    check(&request)?;
    let routes = routes(state, &request.model)?;
    let notes = Notes::default();
    let size = Size::of_texts(&request.input);
    let won = chain::first(state, routes, behalf, &notes, size, |route| {
        let (request, notes) = (request.clone(), notes.clone());
        async move { Ok(vectors(state, &route, request, notes).await?) }
    });
    let chain::Won { value: embedding, mut account } = won.await?;
    account.used(Usage::new(embedding.tokens, 0));
    account.completed();
    Ok(Embedded { embedding, facts: Facts::of(&account, &notes) })
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
fn routes(state: &State, asked: &str) -> Result<Vec<Arc<Route>>, Error> {
    let aliased = state.models.load().values().any(|model| model.aliases.iter().any(|alias| alias == asked));
    plan(state, if asked == "default" && !aliased { HASHED_EMBEDDING } else { asked })
}

async fn vectors(
    state: &State,
    route: &Route,
    request: EmbedRequest,
    notes: Notes,
) -> Result<Embedding, ProviderError> {
    if !matches!(*route.provider, Provider::Offline) || route.name == offline::MODEL {
        let EmbedRequest { input, dimensions, .. } = request;
        let call =
            EmbeddingCall { model: route.name.clone(), input, dimensions, deadline: deadline(), notes };
        return route.provider.embed(call).await;
    }
    let dimensions = request.dimensions.unwrap_or(state.config.embedding_dimensions);
    let vectors = request.input.iter().map(|text| hashed::vector(text, dimensions)).collect();
    Ok(Embedding { vectors, tokens: 0 })
}
