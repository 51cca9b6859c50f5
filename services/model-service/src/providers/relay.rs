//! Requests that a provider understands as they are: its answer goes back as it is, too, so that nothing is lost on the way.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use service_api::chat::Usage;

use super::anthropic::{self, wire::Tokens};
use super::provider::Protocol;
use super::sse::Event;
use super::upstream::Posting;
use super::upstream::answer::{Read, Reading, pieces};
use super::{ProviderError, RelayCall, Relayed, Upstream};

/// Event types after which nothing more comes, in the protocols of Anthropic and of OpenAI's Responses API.
const LAST: [&str; 4] = ["message_stop", "response.completed", "response.incomplete", "response.failed"];

/// Sends the request.
pub async fn relay(upstream: &Arc<Upstream>, call: RelayCall) -> Result<Relayed, ProviderError> {
    let RelayCall { path, body, headers, stream, deadline, notes } = call;
    let response = upstream.post(Posting { path, body, headers, deadline, notes: &notes }).await?;
    if stream {
        Ok(Relayed::Events(pieces(response, upstream.clone(), Passing)))
    } else {
        Ok(Relayed::Whole(upstream.body(response).await?))
    }
}

/// Events as they come.
struct Passing;

impl Reading for Passing {
    type Piece = Event;

    fn read(&mut self, event: Event, upstream: &Upstream) -> Read<Event> {
        match event.name.as_str() {
            // An error may hold parts of a prompt or a key: only its machine words go on.
            "error" => Read::Failed(upstream.failed_within(event.data.as_bytes())),
            name if LAST.contains(&name) => Read::Last(event),
            _ => Read::Piece(event),
        }
    }
}

/// The request with another model's name in it, and every other byte as it was; `None` when `model` is not there exactly once.
pub fn with_model(body: &[u8], name: &str) -> Option<Bytes> {
    let named: Named<'_> = serde_json::from_slice(body).ok()?;
    // The raw value is a part of the body, so its place there is the distance between the two.
    let start = (named.model.get().as_ptr() as usize).checked_sub(body.as_ptr() as usize)?;
    let name = serde_json::to_string(name).ok()?;
    let rest = body.get(start + named.model.get().len()..)?;
    Some([&body[..start], name.as_bytes(), rest].concat().into())
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    model: &'a RawValue,
}

/// Reads the tokens used out of answers that pass by.
#[derive(Debug)]
pub struct Meter {
    protocol: Protocol,
    usage: Option<Usage>,
    tokens: Tokens,
}

#[derive(Deserialize)]
struct Carrier<T> {
    usage: Option<T>,
    message: Option<Within<T>>,
    response: Option<Within<T>>,
}

#[derive(Deserialize)]
struct Within<T> {
    usage: Option<T>,
}

#[derive(Deserialize)]
struct ResponsesTokens {
    #[serde(default)]
    input_tokens: u64,
    #[serde(default)]
    output_tokens: u64,
    #[serde(default)]
    input_tokens_details: Option<Cached>,
}

#[derive(Deserialize)]
struct Cached {
    #[serde(default)]
    cached_tokens: u64,
}

impl Meter {
    /// At the beginning of an answer.
    pub fn new(protocol: Protocol) -> Self {
        Self { protocol, usage: None, tokens: Tokens::default() }
    }

    /// Looks at a whole answer, or at the data of one event.
    pub fn see(&mut self, json: &[u8]) {
        match self.protocol {
            Protocol::Messages => self.see_messages(json),
            Protocol::Responses => self.see_responses(json),
        }
    }

    /// The tokens, as far as they were told.
    pub fn usage(&self) -> Option<Usage> {
        self.usage.clone()
    }

    /// The counts of a later event are totals; those of the prompt may stand in the first one only.
    fn see_messages(&mut self, json: &[u8]) {
        let Ok(carrier) = serde_json::from_slice::<Carrier<Tokens>>(json) else { return };
        let Some(now) = carrier.usage.or_else(|| carrier.message?.usage) else { return };
        let known = &mut self.tokens;
        known.output_tokens = known.output_tokens.max(now.output_tokens);
        known.input_tokens = known.input_tokens.max(now.input_tokens);
        known.cache_creation_input_tokens =
            known.cache_creation_input_tokens.max(now.cache_creation_input_tokens);
        known.cache_read_input_tokens = known.cache_read_input_tokens.max(now.cache_read_input_tokens);
        self.usage = Some(anthropic::usage(known));
    }

    fn see_responses(&mut self, json: &[u8]) {
        let Ok(carrier) = serde_json::from_slice::<Carrier<ResponsesTokens>>(json) else { return };
        let Some(told) = carrier.usage.or_else(|| carrier.response?.usage) else { return };
        let mut usage = Usage::new(told.input_tokens, told.output_tokens);
        let cached = told.input_tokens_details.map_or(0, |details| details.cached_tokens);
        if cached > 0 {
            usage.extra.insert("prompt_tokens_details".to_owned(), json!({ "cached_tokens": cached }));
        }
        self.usage = Some(usage);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_the_model_changes() {
        let body = br#"{ "x" : 1.00, "model":"a", "y":{"model":"b"}, "big": 12345678901234567890 }"#;
        let changed = with_model(body, "c\"d").unwrap();
        assert_eq!(
            changed,
            br#"{ "x" : 1.00, "model":"c\"d", "y":{"model":"b"}, "big": 12345678901234567890 }"#[..]
        );
        assert_eq!(with_model(br#"{"x":1}"#, "c"), None);
        assert_eq!(with_model(br#"{"model":"a","model":"b"}"#, "c"), None);
    }

    #[test]
    fn tokens_are_read_from_answers_and_from_events() {
        let seen = |protocol, parts: &[&str]| {
            let mut meter = Meter::new(protocol);
            parts.iter().for_each(|part| meter.see(part.as_bytes()));
            meter.usage().map(|usage| (usage.prompt_tokens, usage.completion_tokens))
        };
        let start = r#"{"type":"message_start","message":{"usage":{"input_tokens":5,"cache_read_input_tokens":7,"output_tokens":1}}}"#;
        let delta = r#"{"type":"message_delta","delta":{},"usage":{"output_tokens":9}}"#;
        assert_eq!(seen(Protocol::Messages, &[start, delta]), Some((12, 9)));
        let whole = r#"{"id":"r","usage":{"input_tokens":3,"output_tokens":4,"total_tokens":7}}"#;
        assert_eq!(seen(Protocol::Responses, &[whole]), Some((3, 4)));
        let event =
            r#"{"type":"response.completed","response":{"usage":{"input_tokens":3,"output_tokens":4}}}"#;
        assert_eq!(seen(Protocol::Responses, &[r#"{"type":"response.created"}"#, event]), Some((3, 4)));
        assert_eq!(seen(Protocol::Messages, &["nonsense"]), None);
    }
}
