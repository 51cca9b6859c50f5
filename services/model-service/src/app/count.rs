//! How many tokens a Messages request would read: told by its provider, counted by a tokenizer here, or estimated. No model is asked, so
//! nothing is entered in the books.

use std::sync::Arc;

use bytes::Bytes;

use super::ask::{Facts, call};
use super::foreign::{Foreign, relayed, translated, unasked};
use super::resolve::resolve;
use super::size::Size;
use super::{State, check};
use crate::Error;
use crate::providers::anthropic::COUNT_PATH;
use crate::providers::{Notes, Protocol, Provider, Relayed};

/// A count, by who vouches for it.
pub enum Counted {
    /// The provider, in Anthropic's words.
    Told(Bytes),
    /// The model's own tokenizer.
    Exact(u64),
    /// Nobody: bytes of text, rather too many tokens than too few.
    Estimate(u64),
}

/// Counts what the request would read.
pub async fn count(state: &State, foreign: &Foreign) -> Result<(Counted, Facts), Error> {
    check::model(&foreign.model)?;
    let route = Arc::new(resolve(state, &foreign.model)?);
    let notes = Notes::default();
    let counted = match &*route.provider {
        provider if provider.speaks(Protocol::Messages) => {
            let asked = relayed(COUNT_PATH, foreign, &route, notes.clone(), false)?;
            match provider
                .relay(asked)
                .await
                .map_err(|error| Error::from(error).tried(notes.tries()).of(&route))?
            {
                Relayed::Whole(bytes) => Counted::Told(bytes),
                Relayed::Events(_) => return Err(unasked(&route)),
            }
        }
        Provider::Local(local) => {
            let request = translated(foreign, &notes)?;
            Counted::Exact(local.count(&call(request, &route, &notes))?)
        }
        _ => {
            // What could not be asked of this provider should not be counted for it either.
            translated(foreign, &notes)?;
            let name = &route.provider_name;
            notes.warn(format!("input_tokens is an estimate: the provider {name} does not count tokens"));
            Counted::Estimate(Size::of_document(&foreign.body, 0).tokens_in)
        }
    };
    let warnings = route.warning().into_iter().chain(notes.warnings()).collect();
    let facts = Facts { route, cost: None, tries: notes.tries(), warnings, cached: None };
    Ok((counted, facts))
}
