//! Answers in their other form: a whole one as the pieces that would have told it, and pieces as the whole that they told.
//!
//! Between the two forms of one protocol nothing is lost; what is not understood in full makes no whole. Knows no connections.

pub mod chat;
mod messages;
mod responses;

use bytes::Bytes;
use serde_json::Value;

use super::{Event, Protocol};

/// The events that tell a whole answer; `None` when it cannot be read, or did not end well.
pub fn events(protocol: Protocol, whole: &[u8]) -> Option<Vec<Event>> {
    let whole: Value = serde_json::from_slice(whole).ok()?;
    match protocol {
        Protocol::Messages => messages::events(whole),
        Protocol::Responses => responses::events(whole),
    }
}

/// Gathers events into the whole that they tell.
pub enum Gathered {
    /// In the words of Messages.
    Messages(Box<messages::Gathered>),
    /// In the words of Responses.
    Responses(Option<Bytes>),
}

impl Gathered {
    /// At the beginning of an answer.
    pub fn new(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Messages => Self::Messages(Box::default()),
            Protocol::Responses => Self::Responses(None),
        }
    }

    /// Takes the next event.
    pub fn see(&mut self, event: &Event) {
        match self {
            Self::Messages(gathered) => gathered.see(event),
            // The last event repeats everything.
            Self::Responses(whole) => *whole = responses::whole(event).or(whole.take()),
        }
    }

    /// Bytes gathered, about.
    pub fn size(&self) -> usize {
        match self {
            Self::Messages(gathered) => gathered.size(),
            Self::Responses(whole) => whole.as_ref().map_or(0, Bytes::len),
        }
    }

    /// The whole, once it is there.
    pub fn whole(self) -> Option<Bytes> {
        match self {
            Self::Messages(gathered) => gathered.whole(),
            Self::Responses(whole) => whole,
        }
    }
}

/// One event whose name is its type.
fn event(data: &Value) -> Event {
    Event { name: data["type"].as_str().unwrap_or_default().to_owned(), data: data.to_string() }
}
