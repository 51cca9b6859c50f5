//! A tool that an operator declares: an HTTP endpoint, the schema of its arguments, and what calling it does to the world.
//!
//! The key of the call goes with it as `Idempotency-Key`: it is the same however often the call is made again after a crash, so
//! the other side can tell. Knows nothing of journals.

use std::time::Duration;

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use react_agent::{EffectClass, Outcome, ToolCall, ToolSpec};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use service_kit::config::Fetch;
use service_kit::ssrf::{FetchError, Fetched, GuardedClient};
use url::Url;

use super::tool::{ToolError, ToolResult};
use super::{http_fetch, json_validate};

/// Tries of a call that may be repeated, within its time.
const TRIES: u32 = 3;
/// Before the second try; doubled before the third.
const PAUSE: Duration = Duration::from_millis(250);
/// What stands for the call's key in `probe_url`.
const KEY: &str = "{key}";
/// Characters of an answer that a message quotes.
const QUOTED: usize = 500;

/// An entry of `execution.tools`; `config/default.toml` explains every member.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredTool {
    /// 1 to 64 letters, digits, `_` and `-`.
    pub name: String,
    /// When to use it, for the model.
    pub description: String,
    /// JSON Schema of the arguments; absent: any object.
    parameters: Option<Value>,
    url: String,
    method: Option<String>,
    effect: Option<String>,
    probe_url: Option<String>,
    timeout_ms: Option<u64>,
    /// The variable that holds the key.
    pub key_env: Option<String>,
    key_header: Option<String>,
}

/// A member of a declaration that cannot be used.
#[derive(Debug)]
pub struct WrongTool {
    /// Its name.
    pub field: &'static str,
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    pub allowed: String,
}

impl WrongTool {
    pub(super) fn new(field: &'static str, problem: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self { field, problem: problem.into(), allowed: allowed.into() }
    }
}

/// What a tool knows of a call whose outcome a crash hid.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// It happened, and this came of it.
    Done(Outcome),
    /// It did not happen.
    NotDone,
    /// It cannot be said.
    Unknown,
}

/// A declared tool, ready to be called.
#[derive(Debug)]
pub(super) struct HttpTool {
    client: GuardedClient,
    method: Method,
    url: Url,
    probe_url: Option<String>,
    headers: HeaderMap,
    effect: EffectClass,
    limit: Duration,
}

/// Checks a declaration.
pub(super) fn open(
    declared: &DeclaredTool,
    fetch: &Fetch,
    key: Option<(&str, Option<&str>)>,
) -> Result<(ToolSpec, HttpTool), WrongTool> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if declared.name.is_empty() || declared.name.len() > 64 || !declared.name.chars().all(plain) {
        return Err(WrongTool::new("name", "this is no name of a tool", "1 to 64 letters, digits, _ and -"));
    }
    let parameters = declared.parameters.clone().unwrap_or_else(|| json!({ "type": "object" }));
    if parameters.get("type") != Some(&json!("object")) || json_validate::compile(&parameters).is_err() {
        return Err(WrongTool::new(
            "parameters",
            "this describes no arguments",
            "a JSON Schema of type object",
        ));
    }
    let effect = effect(declared)?;
    let client = GuardedClient::new(fetch)
        .map_err(|error| WrongTool::new("url", error.to_string(), "an address that can be called"))?;
    let limit = declared.timeout_ms.map_or(Duration::MAX, Duration::from_millis);
    if limit.is_zero() {
        return Err(WrongTool::new("timeout_ms", "0 leaves no time", "at least 1"));
    }
    let tool = HttpTool {
        method: method(declared)?,
        url: address("url", &client, &declared.url)?,
        probe_url: probe_url(declared, effect, &client)?,
        headers: authorization(declared, key)?,
        client,
        effect,
        limit,
    };
    let (name, description) = (declared.name.clone(), declared.description.clone());
    Ok((ToolSpec { name, description, parameters, effect }, tool))
}

fn effect(declared: &DeclaredTool) -> Result<EffectClass, WrongTool> {
    // Whatever nobody vouched for is unsafe. Nothing that leaves the process is pure.
    let effect = EffectClass::parse(declared.effect.as_deref().unwrap_or(EffectClass::Unsafe.as_str()));
    effect.ok().filter(|effect| *effect != EffectClass::Pure).ok_or_else(|| {
        WrongTool::new("effect", "this is no effect of such a tool", "read, keyed, probe or unsafe")
    })
}

fn method(declared: &DeclaredTool) -> Result<Method, WrongTool> {
    let word = declared.method.as_deref().unwrap_or("POST").to_ascii_uppercase();
    let known = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    known.into_iter().find(|method| method.as_str() == word).ok_or_else(|| {
        WrongTool::new("method", format!("{word} is not sent"), "GET, POST, PUT, PATCH, DELETE")
    })
}

fn address(field: &'static str, client: &GuardedClient, text: &str) -> Result<Url, WrongTool> {
    let allowed =
        "an http or https address that [fetch] allows (fetch.allow_private for networks of your own)";
    client
        .check(text)
        .map(|safe| safe.into_url())
        .map_err(|why| WrongTool::new(field, why.to_string(), allowed))
}

fn probe_url(
    declared: &DeclaredTool,
    effect: EffectClass,
    client: &GuardedClient,
) -> Result<Option<String>, WrongTool> {
    match (&declared.probe_url, effect == EffectClass::Probe) {
        (None, false) => Ok(None),
        (Some(url), true) if url.contains(KEY) => {
            address("probe_url", client, &url.replace(KEY, "0")).map(|_| Some(url.clone()))
        }
        (Some(_), false) => {
            Err(WrongTool::new("probe_url", "nobody would ask it", "only with effect = \"probe\""))
        }
        _ => Err(WrongTool::new("probe_url", "it cannot be asked", "an address with {key} in it")),
    }
}

fn authorization(declared: &DeclaredTool, key: Option<(&str, Option<&str>)>) -> Result<HeaderMap, WrongTool> {
    let mut headers = HeaderMap::new();
    let name = declared.key_header.as_deref().unwrap_or(AUTHORIZATION.as_str());
    let name = name.parse::<HeaderName>().map_err(|_| {
        WrongTool::new("key_header", format!("{name:?} is no header"), "the name of a header")
    })?;
    let Some((variable, value)) = key else { return Ok(headers) };
    let unset = || {
        WrongTool::new(
            "key_env",
            format!("the environment variable {variable} is not set"),
            "one that holds the key",
        )
    };
    let value = value.ok_or_else(unset)?;
    let value = if name == AUTHORIZATION { format!("Bearer {value}") } else { value.to_owned() };
    let mut value = HeaderValue::from_str(&value).map_err(|_| unset())?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(headers)
}

impl HttpTool {
    /// Makes the call. One that may be repeated is repeated under the same key while the other side is in trouble.
    pub(super) async fn run(&self, call: &ToolCall) -> ToolResult {
        let mut tries = if self.effect.may_repeat() { TRIES } else { 1 };
        let mut pause = PAUSE;
        loop {
            tries -= 1;
            let answer = self.send(call).await;
            if tries == 0 || !is_passing(&answer) {
                return self.read(answer);
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }

    /// Asks whether the call of this key happened.
    pub(super) async fn probe(&self, key: &str) -> Found {
        let Some(url) = &self.probe_url else { return Found::Unknown };
        let url = url.replace(KEY, key);
        let asked = self.client.send(Method::GET, &url, self.headers.clone(), Default::default(), self.limit);
        match asked.await {
            Ok(answer) if answer.status.is_success() => {
                Found::Done(Outcome::output(described(&answer).to_string()))
            }
            Ok(answer) if matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::GONE) => Found::NotDone,
            Ok(_) | Err(_) => Found::Unknown,
        }
    }

    async fn send(&self, call: &ToolCall) -> Result<Fetched, FetchError> {
        let (mut url, mut headers, mut body) = (self.url.clone(), self.headers.clone(), Vec::new());
        if self.method == Method::GET {
            url.query_pairs_mut().extend_pairs(pairs(call.arguments.as_object()));
        } else {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            if let Ok(key) = HeaderValue::from_str(&call.key) {
                headers.insert("idempotency-key", key);
            }
            body = call.arguments.to_string().into_bytes();
        }
        self.client.send(self.method.clone(), url.as_str(), headers, body.into(), self.limit).await
    }

    fn read(&self, answer: Result<Fetched, FetchError>) -> ToolResult {
        let hidden = if self.effect.may_repeat() {
            ""
        } else {
            "; whether it took effect is not known, so do not simply repeat it"
        };
        match answer {
            Ok(answer) if answer.status.is_success() => Ok(described(&answer)),
            Ok(answer) => {
                let text = String::from_utf8_lossy(&answer.body);
                let quoted: String = text.chars().take(QUOTED).collect();
                let told = format!("the service answered {}: {quoted}", answer.status.as_u16());
                let broken = answer.status.is_server_error();
                Err(if broken { ToolError::unavailable(told + hidden) } else { ToolError::failed(told) })
            }
            Err(
                error @ (FetchError::Unreachable | FetchError::TimedOut { .. } | FetchError::TooLarge { .. }),
            ) => Err(ToolError::unavailable(error.to_string() + hidden)),
            Err(error) => Err(http_fetch::refused(error)),
        }
    }
}

fn is_passing(answer: &Result<Fetched, FetchError>) -> bool {
    match answer {
        Ok(answer) => answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS,
        Err(error) => matches!(error, FetchError::Unreachable | FetchError::TimedOut { .. }),
    }
}

/// Texts as they are, everything else as JSON.
fn pairs(arguments: Option<&Map<String, Value>>) -> impl Iterator<Item = (&String, String)> {
    arguments.into_iter().flatten().map(|(name, value)| match value {
        Value::String(text) => (name, text.clone()),
        other => (name, other.to_string()),
    })
}

fn described(answer: &Fetched) -> Value {
    let text = String::from_utf8_lossy(&answer.body);
    let body = serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned()));
    json!({ "status": answer.status.as_u16(), "body": body })
}

#[cfg(test)]
mod tests;
