//! Serde's messages name Rust types; these functions say the same to people who never saw the source.

/// Splits a message into what is wrong and what is allowed.
pub(crate) fn split(message: &str) -> (String, String) {
    let message = message.lines().next().unwrap_or_default();
    match message.split_once(", expected ") {
        Some((problem, expected)) => (shorten(problem), plain(expected)),
        None => (shorten(message), "see config/default.toml".to_owned()),
    }
}

/// One sentence for an answer to a caller: `expected a whole number from 0 to 255, got string "x"`.
pub(crate) fn sentence(message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(before, _)| before);
    match message.split_once(", expected ") {
        Some((problem, expected)) => format!("{}; allowed: {}", shorten(problem), plain(expected)),
        None => shorten(message),
    }
}

/// The name of a Rust type or serde's word for a shape, as a person would say it.
fn plain(expected: &str) -> String {
    let words = match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" | "u128" => "a whole number, 0 or more",
        "a nonzero u16" => "a whole number from 1 to 65535",
        "a nonzero u32" => "a whole number from 1 to 4294967295",
        "a nonzero u64" | "a nonzero usize" => "a whole number, 1 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" | "i128" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        "unit" => "null",
        "char" | "a character" => "one character",
        other if other.starts_with("struct ") || other.starts_with("internally tagged enum ") => "an object",
        other if other.starts_with("enum ") || other.starts_with("variant identifier") => {
            "one of the documented words"
        }
        other => return shorten(other.strip_prefix("one of ").unwrap_or(other)),
    };
    words.to_owned()
}

/// Longest part of a caller's own text that is repeated to them.
const ECHO_MAX_CHARS: usize = 300;

fn shorten(text: &str) -> String {
    match text.char_indices().nth(ECHO_MAX_CHARS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// The field a message is about: serde reports a missing field at the object around it.
pub(crate) fn field(path: &str, message: &str) -> String {
    let named = ["missing field `", "duplicate field `"]
        .iter()
        .find_map(|start| message.strip_prefix(start)?.split('`').next());
    match named {
        Some(name) if path.is_empty() => name.to_owned(),
        Some(name) if path.rsplit('.').next() != Some(name) => format!("{path}.{name}"),
        _ => path.to_owned(),
    }
}
