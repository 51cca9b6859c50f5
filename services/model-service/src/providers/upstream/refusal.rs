//! What an answer of 400 and above means. Only its status, its machine words and its times are kept, never its text.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::super::{ProviderError, Rejection};

/// How much of an error body is read, in bytes.
pub const BODY_MAX: usize = 64 * 1024;

/// Reads a refusal of OpenAI, Anthropic, or one of the servers that imitate them.
pub fn read(provider: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ProviderError {
    let words = Words::read(body);
    let retry_after = retry_after(headers);
    let provider = provider.to_owned();
    if status == StatusCode::TOO_MANY_REQUESTS && !words.says(&["insufficient_quota", "billing"]) {
        return ProviderError::RateLimited { provider, retry_after };
    }
    let transient = [StatusCode::REQUEST_TIMEOUT, StatusCode::CONFLICT, StatusCode::TOO_EARLY];
    if status.is_server_error() || transient.contains(&status) || status.is_redirection() {
        let why = format!("answered {}", status.as_u16());
        return ProviderError::Unavailable { provider, why, retry_after };
    }
    let reason = reason(status, &words);
    ProviderError::Rejected { provider, status: status.as_u16(), reason, code: words.code() }
}

/// The status that an error within a stream stands for: Anthropic sends the types of its table of errors.
pub fn status_within(body: &[u8]) -> StatusCode {
    let words = Words::read(body);
    let known = [
        ("rate_limit", StatusCode::TOO_MANY_REQUESTS),
        ("overloaded", StatusCode::SERVICE_UNAVAILABLE),
        ("invalid_request", StatusCode::BAD_REQUEST),
        ("authentication", StatusCode::UNAUTHORIZED),
        ("permission", StatusCode::FORBIDDEN),
        ("not_found", StatusCode::NOT_FOUND),
        ("context_length", StatusCode::BAD_REQUEST),
    ];
    let found = known.iter().find(|(word, _)| words.says(&[word]));
    found.map_or(StatusCode::INTERNAL_SERVER_ERROR, |(_, status)| *status)
}

fn reason(status: StatusCode, words: &Words) -> Rejection {
    if words.says(&["insufficient_quota", "billing"]) || status == StatusCode::PAYMENT_REQUIRED {
        return Rejection::Quota;
    }
    if words.says(&["context_length", "prompt is too long", "maximum context"])
        || status == StatusCode::PAYLOAD_TOO_LARGE
    {
        return Rejection::TooLong;
    }
    if words.says(&["content_policy", "content_filter", "moderation"]) {
        return Rejection::Content;
    }
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Rejection::Credentials,
        StatusCode::NOT_FOUND => Rejection::Model,
        _ if words.says(&["model_not_found"]) => Rejection::Model,
        _ => Rejection::Request,
    }
}

/// Seconds, or OpenAI's milliseconds. A date is not understood: no provider sends one.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
    let millis = number("retry-after-ms").map(|millis| millis / 1_000.0);
    let seconds = millis.or_else(|| number(header::RETRY_AFTER.as_str()))?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// The machine words of an error body, wherever its server puts them, and its message for recognising only.
struct Words {
    code: Option<String>,
    kind: Option<String>,
    message: String,
}

impl Words {
    fn read(body: &[u8]) -> Self {
        let parsed: Value = serde_json::from_slice(body).unwrap_or_default();
        // Gemini wraps the error in a list, vLLM puts it at the top, Ollama sends a text.
        let outer = parsed.get(0).unwrap_or(&parsed);
        let error = outer.get("error").unwrap_or(outer);
        let word = |name: &str| Some(error.get(name)?.as_str()?.to_owned());
        let message = word("message").or_else(|| error.as_str().map(str::to_owned)).unwrap_or_default();
        Self {
            code: word("code").or_else(|| word("status")),
            kind: word("type"),
            message: message.to_lowercase(),
        }
    }

    fn says(&self, words: &[&str]) -> bool {
        let texts = [self.code.as_deref(), self.kind.as_deref(), Some(self.message.as_str())];
        texts.into_iter().flatten().any(|text| words.iter().any(|word| text.contains(word)))
    }

    /// The code or type, if it is a word and no text.
    fn code(&self) -> Option<String> {
        let is_word = |text: &&String| {
            text.len() <= 64
                && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        };
        self.code.as_ref().filter(is_word).or(self.kind.as_ref().filter(is_word)).cloned()
    }
}

#[cfg(test)]
mod tests;
