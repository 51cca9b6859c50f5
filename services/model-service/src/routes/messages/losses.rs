//! What a Messages request loses when it is translated. The caller is told each of it by name.

use serde_json::Value;

use crate::providers::Notes;

/// The members of blocks, and of tools, that are carried over.
const CARRIED: [&str; 12] = [
    "type",
    "text",
    "source",
    "id",
    "name",
    "input",
    "tool_use_id",
    "content",
    "is_error",
    "description",
    "input_schema",
    "role",
];

/// Notes every member of a block or a tool that is left out.
pub fn note(request: &Value, notes: &Notes) {
    let list = |name: &str| request[name].as_array().cloned().unwrap_or_default();
    let turns = list("messages");
    turns.iter().for_each(|turn| blocks(&turn["content"], notes));
    blocks(&request["system"], notes);
    list("tools").iter().for_each(|tool| members(tool, notes));
}

fn blocks(content: &Value, notes: &Notes) {
    for block in content.as_array().into_iter().flatten() {
        members(block, notes);
        if block["type"] == "tool_result" {
            blocks(&block["content"], notes);
        }
    }
}

fn members(of: &Value, notes: &Notes) {
    let given = of.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    for (name, _) in given {
        if !CARRIED.contains(&name.as_str()) {
            notes.warn(format!("{name} is not carried over to OpenAI's protocol"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_that_are_left_out_are_named_once() {
        let notes = Notes::default();
        let request = json!({
            "system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}],
            "messages": [{"role": "user", "content": [
                {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}, "citations": null},
                {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "y", "marks": 1}]}]}],
            "tools": [{"name": "f", "input_schema": {"any": 1}, "eager": true}]
        });
        note(&request, &notes);
        let mut names: Vec<String> =
            notes.warnings().iter().map(|w| w.split(' ').next().unwrap().to_owned()).collect();
        names.sort();
        assert_eq!(names, ["cache_control", "eager", "marks"]);
    }
}
