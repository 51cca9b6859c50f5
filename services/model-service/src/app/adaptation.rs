//! Where a model does not take a request as others of its protocol do: members that it refuses, and members that it needs.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use service_api::chat::ChatRequest;

use crate::providers::Notes;

/// What is done to every chat request before the model sees it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adaptation {
    /// Members that the model refuses: they are left out, and the caller is told.
    pub without: Vec<String>,
    /// Members that a request gets which does not name them.
    pub with: Map<String, Value>,
}

impl Adaptation {
    /// Whether requests stay as they are.
    pub fn is_none(&self) -> bool {
        self.without.is_empty() && self.with.is_empty()
    }

    /// Changes the request; `model` is named where something is left out.
    pub fn apply(&self, request: &mut ChatRequest, model: &str, notes: &Notes) {
        for name in &self.without {
            let given = match name.as_str() {
                "temperature" => request.temperature.take().is_some(),
                "top_p" => request.top_p.take().is_some(),
                other => request.extra.remove(other).is_some_and(|value| !value.is_null()),
            };
            if given {
                notes.warn(format!("{name} is left out: {model} does not take it"));
            }
        }
        for (name, value) in &self.with {
            request.extra.entry(name).or_insert_with(|| value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_model_refuses_is_left_out_and_told_and_what_it_needs_is_there() {
        let adaptation: Adaptation = serde_json::from_value(
            json!({"without": ["temperature", "top_p", "top_k"], "with": {"reasoning_effort": "none"}}),
        )
        .unwrap();
        let request = json!({"model": "m", "messages": [], "temperature": 0.2, "top_k": 5, "seed": 7});
        let (mut request, notes) = (serde_json::from_value(request).unwrap(), Notes::default());
        adaptation.apply(&mut request, "m", &notes);
        let expected = json!({"model": "m", "messages": [], "seed": 7, "reasoning_effort": "none"});
        assert_eq!(serde_json::to_value(&request).unwrap(), expected);
        assert_eq!(
            notes.warnings(),
            ["temperature is left out: m does not take it", "top_k is left out: m does not take it"]
        );
        request.extra.insert("reasoning_effort".to_owned(), json!("low"));
        adaptation.apply(&mut request, "m", &notes);
        assert_eq!(request.extra["reasoning_effort"], "low", "the caller knows better");
    }
}
