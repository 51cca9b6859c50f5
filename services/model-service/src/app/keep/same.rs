//! Which requests are the same: a hash over all that changes the answer, and who asks.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;
use service_api::chat::ChatRequest;
use sha2::{Digest, Sha256};

use crate::app::OnBehalf;
use crate::app::cache::Key;
use crate::app::foreign::Foreign;
use crate::app::resolve::Route;
use crate::providers::Protocol;

/// Members that say in which form the answer comes.
const FORM: [&str; 2] = ["stream", "stream_options"];
/// Members that make a call change something, or depend on what changes: such an answer is no answer to the next call.
const LIVING: [&str; 2] = ["conversation", "background"];

/// A request in one of the protocols.
#[derive(Clone, Copy)]
pub enum Question<'a> {
    /// Chat completions.
    Chat(&'a ChatRequest),
    /// One of the others.
    Foreign(&'a Foreign),
}

impl Question<'_> {
    /// Whether it asks for the same answer each time.
    pub fn is_repeatable(self) -> bool {
        let temperature = match self {
            Self::Chat(request) => request.temperature,
            Self::Foreign(foreign) => foreign.temperature,
        };
        temperature == Some(0.0)
    }

    /// The key of its answer; `None` when it has none. Who asks is part of it, so that nobody learns what others asked.
    pub fn key(self, route: &Route, behalf: &OnBehalf) -> Option<Key> {
        let mut hash = self.scope(route, behalf);
        part(&mut hash, &self.document()?);
        Some(hash.finalize().into())
    }

    /// Who asks whom, in whose words.
    pub(super) fn scope(self, route: &Route, behalf: &OnBehalf) -> Sha256 {
        let mut hash = Sha256::new();
        let tenant = behalf.tenant.as_ref().map_or("", |tenant| tenant.as_str());
        let caller = behalf.caller.as_deref().unwrap_or_default();
        for text in [caller, tenant, &route.provider_name, &route.name, self.words()] {
            part(&mut hash, text.as_bytes());
        }
        if let Self::Foreign(foreign) = self {
            for (name, value) in &foreign.headers {
                part(&mut hash, name.as_str().as_bytes());
                part(&mut hash, value.as_bytes());
            }
        }
        hash
    }

    fn words(self) -> &'static str {
        match self {
            Self::Chat(_) => "chat",
            Self::Foreign(Foreign { protocol: Protocol::Messages, .. }) => "messages",
            Self::Foreign(Foreign { protocol: Protocol::Responses, .. }) => "responses",
        }
    }

    /// The request without its form, as JSON.
    pub(super) fn document(self) -> Option<Vec<u8>> {
        match self {
            Self::Chat(request) => {
                let formless = ChatRequest { stream: None, stream_options: None, ..request.clone() };
                serde_json::to_vec(&formless).ok()
            }
            Self::Foreign(foreign) => {
                let mut members: BTreeMap<Cow<'_, str>, &RawValue> =
                    serde_json::from_slice(&foreign.body).ok()?;
                members.retain(|name, _| !FORM.contains(&&**name));
                let lives = LIVING.iter().filter_map(|name| members.get(*name));
                let living = lives.into_iter().any(|value| !matches!(value.get(), "null" | "false"));
                if living { None } else { serde_json::to_vec(&members).ok() }
            }
        }
    }
}

/// Length and bytes, so that no two lists of parts look alike.
pub(super) fn part(hash: &mut Sha256, bytes: &[u8]) {
    hash.update(bytes.len().to_le_bytes());
    hash.update(bytes);
}
