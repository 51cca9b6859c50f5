//! An effect class as a word in JSON; `task-model`, which owns the type, knows no JSON.

use serde::{Deserialize, Deserializer, Serializer};
use task_model::EffectClass;

pub(crate) fn serialize<S: Serializer>(class: &EffectClass, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(class.as_str())
}

/// An unknown word, perhaps of a newer release, is unsafe: nothing is repeated that nobody vouched for.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<EffectClass, D::Error> {
    let word = String::deserialize(from)?;
    Ok(EffectClass::parse(&word).unwrap_or(EffectClass::Unsafe))
}

#[cfg(test)]
mod tests {
    use crate::ToolSpec;
    use serde_json::json;
    use task_model::EffectClass;

    fn read(word: &str) -> EffectClass {
        let spec = json!({"name": "x", "description": "", "parameters": {}, "effect": word});
        serde_json::from_value::<ToolSpec>(spec).expect("reads").effect
    }

    #[test]
    fn known_words_are_read_and_unknown_ones_are_unsafe() {
        assert_eq!(read("keyed"), EffectClass::Keyed);
        assert_eq!(read("something newer"), EffectClass::Unsafe);
    }
}
