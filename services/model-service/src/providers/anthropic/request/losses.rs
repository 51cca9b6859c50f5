//! What a request loses on its way into this protocol without becoming another one. The caller is told each of it by name.

use serde_json::json;
use service_api::chat::{ChatRequest, Content};

use super::super::super::Notes;
use super::WITHOUT_LOSS;

/// Notes everything that is left out.
pub fn note(request: &ChatRequest, notes: &Notes) {
    let lost = |name: &str| notes.warn(format!("{name} is not carried over to Anthropic's protocol"));
    let given = request.extra.iter().filter(|(_, value)| !value.is_null() && **value != json!(false));
    given
        .filter(|(name, value)| {
            WITHOUT_LOSS.contains(&name.as_str()) && !(*name == "user" && value.is_string())
        })
        .for_each(|(name, _)| lost(name));
    if request.temperature.is_some_and(|temperature| temperature > 1.0) {
        notes.warn("temperature is lowered to 1, the highest that Anthropic knows");
    }
    if request.tools.iter().any(|tool| tool.function.strict == Some(true)) {
        lost("tools.function.strict");
    }
    for message in &request.messages {
        if message.name.is_some() {
            lost("messages.name");
        }
        message.extra.keys().for_each(|name| lost(&format!("messages.{name}")));
        let Some(Content::Parts(parts)) = &message.content else { continue };
        for part in parts {
            if part.image_url.as_ref().is_some_and(|image| image.detail.is_some()) {
                lost("messages.content.image_url.detail");
            }
            part.extra.keys().for_each(|name| lost(&format!("messages.content.{name}")));
        }
    }
}
