//! One of the providers, whichever it is.

use futures::stream;
use resilient_http::BreakerState;
use service_api::chat::ChatAnswer;

use super::{
    Anthropic, Call, ChunkStream, Embedding, EmbeddingCall, Local, OpenAi, ProviderError,
    ProviderKind as Kind, RelayCall, Relayed, offline, relay, retell,
};

/// Who answers.
pub enum Provider {
    /// OpenAI or a server that speaks its protocol.
    OpenAi(OpenAi),
    /// Anthropic.
    Anthropic(Anthropic),
    /// Models in this process.
    Local(Local),
    /// The rules.
    Offline,
}

/// A protocol in which a request can go to a provider as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Anthropic's Messages API.
    Messages,
    /// OpenAI's Responses API.
    Responses,
}

/// The protocol that a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// OpenAI's.
    OpenAi,
    /// Anthropic's.
    Anthropic,
    /// None: models in this process.
    Local,
    /// None: rules in this process.
    Offline,
}

/// Whether a provider takes calls now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderState {
    /// It does, as far as known.
    Ready,
    /// A probe is under way.
    Probing,
    /// It failed repeatedly and is left alone.
    Failing,
}

impl ProviderKind {
    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Local => "local",
            Self::Offline => "offline",
        }
    }
}

impl ProviderState {
    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Probing => "probing",
            Self::Failing => "failing",
        }
    }
}

impl Provider {
    /// Which protocol it speaks.
    pub fn kind(&self) -> Kind {
        match self {
            Self::OpenAi(_) => Kind::OpenAi,
            Self::Anthropic(_) => Kind::Anthropic,
            Self::Local(_) => Kind::Local,
            Self::Offline => Kind::Offline,
        }
    }

    /// Whether it takes calls now.
    pub fn state(&self) -> ProviderState {
        let breaker = match self {
            Self::OpenAi(provider) => provider.upstream().breaker(),
            Self::Anthropic(provider) => provider.upstream().breaker(),
            Self::Local(_) | Self::Offline => BreakerState::Closed,
        };
        match breaker {
            BreakerState::Closed => ProviderState::Ready,
            BreakerState::HalfOpen => ProviderState::Probing,
            BreakerState::Open => ProviderState::Failing,
        }
    }

    /// The whole answer.
    pub async fn chat(&self, call: Call) -> Result<ChatAnswer, ProviderError> {
        match self {
            Self::OpenAi(provider) => provider.chat(call).await,
            Self::Anthropic(provider) => provider.chat(call).await,
            Self::Local(provider) => provider.chat(call).await,
            Self::Offline => offline::complete(&call.request, call.now).map_err(ProviderError::Cannot),
        }
    }

    /// The answer piece by piece; the rules have theirs at once.
    pub async fn stream(&self, call: Call) -> Result<ChunkStream, ProviderError> {
        match self {
            Self::OpenAi(provider) => provider.stream(call).await,
            Self::Anthropic(provider) => provider.stream(call).await,
            Self::Local(provider) => provider.stream(call).await,
            Self::Offline => {
                let answer = offline::complete(&call.request, call.now).map_err(ProviderError::Cannot)?;
                Ok(Box::pin(stream::iter(retell::chat::pieces(answer).into_iter().map(Ok))))
            }
        }
    }

    /// Whether it takes requests of this protocol as they are.
    pub fn speaks(&self, protocol: Protocol) -> bool {
        match (self, protocol) {
            (Self::Anthropic(_), Protocol::Messages) => true,
            (Self::OpenAi(provider), Protocol::Responses) => provider.speaks_responses(),
            _ => false,
        }
    }

    /// Hands on a request that the provider [speaks](Self::speaks).
    pub async fn relay(&self, call: RelayCall) -> Result<Relayed, ProviderError> {
        match self {
            Self::OpenAi(provider) => relay::relay(provider.upstream(), call).await,
            Self::Anthropic(provider) => relay::relay(provider.upstream(), call).await,
            Self::Local(_) | Self::Offline => Err(ProviderError::NotCarried {
                provider: self.kind().as_str().to_owned(),
                what: "it speaks no protocol of others".to_owned(),
            }),
        }
    }

    /// The vectors of texts.
    pub async fn embed(&self, call: EmbeddingCall) -> Result<Embedding, ProviderError> {
        let without = |provider: &str| ProviderError::NotCarried {
            provider: provider.to_owned(),
            what: "it has no embeddings; choose another model".to_owned(),
        };
        match self {
            Self::OpenAi(provider) => provider.embed(call).await,
            Self::Anthropic(provider) => Err(without(provider.upstream().name())),
            Self::Local(provider) => provider.embed(call).await,
            Self::Offline => Err(without("offline")),
        }
    }
}
