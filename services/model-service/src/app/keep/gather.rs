//! Streams that are gathered while they pass, to be kept as whole answers.

use service_api::chat::{ChatAnswer, ChatChunk};

use super::Keep;
use crate::app::State;
use crate::providers::retell::{self, chat};
use crate::providers::{Event, Protocol};

/// Chunks of a chat answer.
pub struct GatheredChat {
    keep: Keep,
    /// Nothing once it has grown too large to be kept.
    gathered: Option<chat::Gathered>,
    largest: usize,
}

/// Events in a provider's own words.
pub struct GatheredEvents {
    keep: Keep,
    /// Nothing once it has grown too large to be kept.
    gathered: Option<retell::Gathered>,
    protocol: Protocol,
    largest: usize,
}

impl GatheredChat {
    /// At the beginning of a stream.
    pub fn new(state: &State, keep: Keep) -> Self {
        Self { keep, gathered: Some(chat::Gathered::default()), largest: state.cache.largest() }
    }

    /// Takes the next chunk.
    pub fn see(&mut self, chunk: &ChatChunk) {
        self.gathered.iter_mut().for_each(|gathered| gathered.see(chunk));
        self.gathered.take_if(|gathered| gathered.size() > self.largest);
    }

    /// The stream ended well: `finish` puts the last touch to its answer.
    pub fn keep(self, state: &State, finish: impl FnOnce(ChatAnswer) -> ChatAnswer) {
        if let Some(answer) = self.gathered.and_then(chat::Gathered::whole) {
            self.keep.chat(state, &finish(answer));
        }
    }
}

impl GatheredEvents {
    /// At the beginning of a stream.
    pub fn new(state: &State, keep: Keep, protocol: Protocol) -> Self {
        let gathered = Some(retell::Gathered::new(protocol));
        Self { keep, gathered, protocol, largest: state.cache.largest() }
    }

    /// Takes the next event.
    pub fn see(&mut self, event: &Event) {
        self.gathered.iter_mut().for_each(|gathered| gathered.see(event));
        self.gathered.take_if(|gathered| gathered.size() > self.largest);
    }

    /// The stream ended well.
    pub fn keep(self, state: &State) {
        if let Some(answer) = self.gathered.and_then(retell::Gathered::whole) {
            self.keep.relayed(state, self.protocol, answer);
        }
    }
}
