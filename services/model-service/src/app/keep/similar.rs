//! Questions that were answered, by their vectors: who asks nearly the same of the same model may be given the same answer.
//!
//! Nearly the same: everything but the text of the last message is the same, and so are the numbers in it. In memory, bounded for each
//! tenant and in all, each for a while.

mod index;
mod question;

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::Question;
use super::same::part;
use crate::app::cache::{Kept, Key};
use crate::app::embed::{EmbedRequest, embed};
use crate::app::resolve::Route;
use crate::app::{OnBehalf, State};
use index::Index;

/// A longer text is not compared: what matters in it is easily lost in one vector.
const TEXT_MAX: usize = 8 * 1024;

/// How alike, how many and for how long.
#[derive(Debug, Clone)]
pub struct SimilarOptions {
    /// The least cosine of two vectors.
    pub threshold: f32,
    /// Questions of one tenant.
    pub entries_max: usize,
    /// For how long a question counts.
    pub ttl: Duration,
    /// What makes the vectors.
    pub model: String,
}

/// The answered questions; nothing without options.
#[derive(Debug)]
pub struct Similar(Option<(SimilarOptions, Index)>);

/// Where a question stands among the others.
#[derive(Debug, Clone)]
pub struct Place {
    /// Whose it is.
    owner: Key,
    /// What else must be the same.
    scope: Key,
    /// Of unit length.
    vector: Vec<f32>,
}

impl Similar {
    /// None: nothing is compared.
    pub fn new(options: Option<SimilarOptions>) -> Self {
        Self(options.map(|options| {
            let index = Index::new(options.threshold, options.entries_max);
            (options, index)
        }))
    }

    /// Remembers that the answer to a question is kept.
    pub fn add(&self, place: Place, answer: Key, now: Instant) {
        if let Some((options, index)) = &self.0 {
            index.add(place, answer, now + options.ttl);
        }
    }
}

/// Where the question stands; `None` when it is not compared. A vector that cannot be made keeps nobody from an answer.
pub async fn place(state: &State, question: Question<'_>, route: &Route, behalf: &OnBehalf) -> Option<Place> {
    let (options, _) = state.similar.0.as_ref()?;
    let mut rest = serde_json::from_slice(&question.document()?).ok()?;
    let text = question::take(&mut rest).filter(|text| text.len() <= TEXT_MAX)?;
    let mut scope = question.scope(route, behalf);
    part(&mut scope, rest.to_string().as_bytes());
    question::numbers(&text).for_each(|number| part(&mut scope, number.as_bytes()));
    let request = EmbedRequest { model: options.model.clone(), input: vec![text], dimensions: None };
    let vector = match Box::pin(embed(state, request, behalf)).await {
        Ok(embedded) => unit(embedded.embedding.vectors.into_iter().next()?)?,
        Err(error) => {
            tracing::warn!(
                code = error.code(),
                "a question cannot be compared with earlier ones: it has no vector"
            );
            return None;
        }
    };
    Some(Place { owner: owner(behalf), scope: scope.finalize().into(), vector })
}

/// The answer to the question that is most alike, if one is alike enough, and how alike it is.
pub fn find(state: &State, place: &Place, now: Instant) -> Option<(Kept, f32)> {
    let (_, index) = state.similar.0.as_ref()?;
    while let Some((answer, similarity)) = index.nearest(place, now) {
        if let Some(kept) = state.cache.get(&answer, now) {
            return Some((kept, similarity));
        }
        // It made room for others.
        index.forget(place, &answer);
    }
    None
}

fn owner(behalf: &OnBehalf) -> Key {
    let mut hash = Sha256::new();
    part(&mut hash, behalf.caller.as_deref().unwrap_or_default().as_bytes());
    part(&mut hash, behalf.tenant.as_ref().map_or("", |tenant| tenant.as_str()).as_bytes());
    hash.finalize().into()
}

/// At unit length the cosine is the product alone. A vector without length has no direction to compare.
fn unit(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    vector.iter_mut().for_each(|x| *x /= length);
    (length > 0.0 && length.is_finite()).then_some(vector)
}
