//! The world outside: an HTTP service that counts what is done to it, and a model that asks for it. Nothing here is ever killed, and the
//! services know nothing of the counts.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path as File, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use storage::SeenEffect;
use task_model::EffectClass;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::plan::Order;
use crate::exit::{Code, Failure};

/// The agent whose tools act on it.
pub const AGENT: &str = "effects";
/// What may become of an effect whose end a crash hid.
pub const CLASSES: [EffectClass; 3] = [EffectClass::Keyed, EffectClass::Probe, EffectClass::Unsafe];
/// How long an effect takes at least, and how much longer at most: a worker often dies meanwhile.
const SHORTEST_MS: u64 = 200;
const SPREAD_MS: u64 = 1_000;

/// What happened to whom: by task and class, how often under each key.
type Seen = Arc<Mutex<HashMap<(String, String), BTreeMap<String, u64>>>>;

/// What a person said about a task's effects.
#[derive(Debug, Clone, Copy, Default)]
pub struct Words {
    /// How often they may happen (again).
    pub allowed: u64,
    /// How often they must not.
    pub refused: u64,
}

/// A running world.
pub struct World {
    port: u16,
    seen: Seen,
    serving: JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl World {
    /// Listens on a free port of loopback.
    pub async fn start() -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::from_error(Code::Unavailable, &error);
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let seen = Seen::default();
        let routes = Router::new()
            .route("/effects/{class}", post(happen))
            .route("/effects/{class}/{key}", get(look))
            .route("/v1/chat/completions", post(think))
            .with_state(seen.clone());
        let serving = tokio::spawn(async move { drop(axum::serve(listener, routes).await) });
        Ok(Self { port, seen, serving })
    }

    /// Writes the settings that make the services know its model and its tools.
    pub fn settings(&self, folder: &File) -> Result<PathBuf, Failure> {
        let base = format!("http://127.0.0.1:{}", self.port);
        let tools: String = CLASSES.iter().map(|class| tool(&base, *class)).collect();
        let text = format!(
            "[fetch]\nallow_private = [\"127.0.0.0/8\"]\n\n[models]\ndefault_model = \"offline-rules\"\nfast_model = \"offline-rules\"\n\
             smart_model = \"offline-rules\"\ncompatible = [{{ name = \"world\", base_url = \"{base}/v1\", model = \"world\" }}]\n\n\
             [execution]\ntools = [\n{tools}]\n"
        );
        let path = folder.join("chaos.toml");
        std::fs::write(&path, text).map_err(|error| Failure::from_error(Code::Other, &error))?;
        Ok(path)
    }

    /// The agent, as it is sent to the execution API.
    pub fn agent() -> Value {
        json!({
            "id": AGENT, "name": "Effects", "model": "world/world", "description": "Acts on the world outside",
            "tools": CLASSES.map(tool_name),
        })
    }

    /// What happened, for every order that was acknowledged and wanted something to happen.
    pub fn effects(
        &self,
        orders: &[Order],
        taken: &[String],
        words: &BTreeMap<String, Words>,
    ) -> Vec<SeenEffect> {
        let taken: std::collections::HashSet<_> = taken.iter().collect();
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = orders.iter().filter(|order| taken.contains(&order.id));
        wanted
            .filter_map(|order| {
                let class = order.effect?;
                let said = words.get(&order.id).copied().unwrap_or_default();
                let times = seen.get(&(order.id.clone(), class.as_str().to_owned()));
                Some(SeenEffect {
                    task: order.id.clone(),
                    class,
                    times: times.into_iter().flatten().map(|(key, times)| (key.clone(), *times)).collect(),
                    allowed: said.allowed,
                    refused: said.refused > 0,
                })
            })
            .collect()
    }
}

/// The text of a task that wants something to happen.
pub fn wish(class: EffectClass, task: &str) -> String {
    format!("Call {} for {task}", tool_name(class))
}

fn tool_name(class: EffectClass) -> String {
    format!("effect_{}", class.as_str())
}

fn tool(base: &str, class: EffectClass) -> String {
    let (name, class) = (tool_name(class), class.as_str());
    let probe = match class {
        "probe" => format!(", probe_url = \"{base}/effects/{class}/{{key}}\""),
        _ => String::new(),
    };
    format!(
        "  {{ name = \"{name}\", description = \"Acts on the world\", url = \"{base}/effects/{class}\", effect = \"{class}\"{probe}, \
         parameters = {{ type = \"object\", properties = {{ task = {{ type = \"string\" }} }}, required = [\"task\"] }} }},\n"
    )
}

/// The effect happens when it arrives; its answer takes longer.
async fn happen(
    State(seen): State<Seen>,
    Path(class): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default().to_owned();
    let task = body["task"].as_str().unwrap_or_default().to_owned();
    let pause = pause(&key);
    {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen.entry((task, class)).or_default().entry(key).or_default() += 1;
    }
    tokio::time::sleep(pause).await;
    Json(json!({ "done": true })).into_response()
}

fn pause(key: &str) -> Duration {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    Duration::from_millis(SHORTEST_MS + hasher.finish() % SPREAD_MS)
}

/// Whether something happened under a key.
async fn look(State(seen): State<Seen>, Path((class, key)): Path<(String, String)>) -> Response {
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let happened = seen.iter().any(|((_, of), keys)| *of == class && keys.contains_key(&key));
    if happened {
        Json(json!({ "done": true })).into_response()
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

/// A model that calls the tool which the task names, once, and is then content. It takes no other tasks.
async fn think(Json(body): Json<Value>) -> Response {
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let (message, finish) = if messages.last().is_some_and(|last| last["role"] == "tool") {
        (json!({ "role": "assistant", "content": "It is done." }), "stop")
    } else {
        let task = messages.iter().rev().find(|message| message["role"] == "user");
        let Some((tool, task)) = task.and_then(|task| wanted(task["content"].as_str()?)) else {
            return StatusCode::UNPROCESSABLE_ENTITY.into_response();
        };
        let call = json!({ "id": "call-1", "type": "function",
                           "function": { "name": tool, "arguments": json!({ "task": task }).to_string() } });
        (json!({ "role": "assistant", "content": null, "tool_calls": [call] }), "tool_calls")
    };
    Json(json!({
        "id": "world", "object": "chat.completion", "created": 0, "model": "world",
        "choices": [{ "index": 0, "message": message, "finish_reason": finish }],
        "usage": { "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 },
    }))
    .into_response()
}

/// The tool and the task in a text of [`wish`].
fn wanted(text: &str) -> Option<(&str, &str)> {
    let mut words = text.split_once("Call ")?.1.split_whitespace();
    let tool = words.next().filter(|tool| tool.starts_with("effect_"))?;
    Some((tool, words.nth(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wished_is_understood() {
        assert_eq!(wanted(&wish(EffectClass::Unsafe, "chaos-1-7")), Some(("effect_unsafe", "chaos-1-7")));
        assert_eq!(wanted("What is 3 * 4?"), None);
    }

    #[test]
    fn its_settings_are_settings() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let world = runtime.block_on(World::start()).unwrap();
        let text = std::fs::read_to_string(world.settings(folder.path()).unwrap()).unwrap();
        for class in CLASSES {
            assert!(text.contains(&format!("effect = \"{}\"", class.as_str())), "{text}");
        }
    }
}
