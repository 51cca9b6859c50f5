//! How large a call may become: what budgets and limits reserve for it before it is made. An upper estimate, put right afterwards.

use serde_json::Value;
use service_api::chat::{ChatRequest, Content, ContentPart};

/// Bytes of text that make a token at least: English has about 4, source code and other scripts have fewer.
const BYTES_PER_TOKEN: usize = 3;
/// What a message takes besides its text.
const PER_MESSAGE: usize = 8;
/// What a picture takes; providers charge 85 to about 1,600.
const PER_PICTURE: usize = 1_600;
/// A text as long as this without a blank is data.
const DATA_FROM: usize = 4_096;

/// Tokens that a call may take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Read.
    pub tokens_in: u64,
    /// Written.
    pub tokens_out: u64,
}

impl Size {
    /// Of a chat request; `usual_out` tokens are written at most when the request names no limit.
    pub fn of_chat(request: &ChatRequest, usual_out: u32) -> Self {
        let mut bytes = 0;
        for message in &request.messages {
            bytes += PER_MESSAGE * BYTES_PER_TOKEN;
            bytes += match &message.content {
                None => 0,
                Some(Content::Text(text)) => text.len(),
                Some(Content::Parts(parts)) => parts.iter().map(part).sum(),
            };
            bytes += message.tool_calls.iter().map(|call| call.function.arguments.len()).sum::<usize>();
        }
        let schemas = request.tools.iter().filter_map(|tool| tool.function.parameters.as_ref());
        bytes += schemas.map(|schema| schema.text().len()).sum::<usize>();
        Self::new(bytes, request.output_limit().unwrap_or(usual_out))
    }

    /// Of a request in another protocol.
    pub fn of_document(document: &[u8], usual_out: u32) -> Self {
        let document: Value = serde_json::from_slice(document).unwrap_or_default();
        let limit = ["max_tokens", "max_output_tokens"].iter().find_map(|name| document[name].as_u64());
        let limit = limit.and_then(|limit| u32::try_from(limit).ok());
        Self::new(value(&document), limit.unwrap_or(usual_out))
    }

    /// Of texts that become vectors.
    pub fn of_texts(texts: &[String]) -> Self {
        Self::new(texts.iter().map(|text| text.len() + BYTES_PER_TOKEN).sum(), 0)
    }

    /// Both.
    pub fn total(self) -> u64 {
        self.tokens_in.saturating_add(self.tokens_out)
    }

    fn new(bytes: usize, out: u32) -> Self {
        Self { tokens_in: bytes.div_ceil(BYTES_PER_TOKEN) as u64, tokens_out: u64::from(out) }
    }
}

fn part(part: &ContentPart) -> usize {
    part.text.as_ref().map_or(PER_PICTURE * BYTES_PER_TOKEN, String::len)
}

fn value(of: &Value) -> usize {
    match of {
        Value::String(text) if text.len() >= DATA_FROM && !text.contains(' ') => {
            PER_PICTURE * BYTES_PER_TOKEN
        }
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(value).sum(),
        Value::Object(members) => members.iter().map(|(name, member)| name.len() + value(member)).sum(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_counts_by_its_bytes_and_pictures_by_the_piece() {
        let picture = format!("data:image/png;base64,{}", "A".repeat(900_000));
        let request = json!({"model": "m", "max_tokens": 7, "messages": [{"role": "user", "content": [
            {"type": "text", "text": "x".repeat(300)}, {"type": "image_url", "image_url": {"url": picture}}]}]});
        let size = Size::of_chat(&serde_json::from_value(request.clone()).unwrap(), 4096);
        assert_eq!(size, Size { tokens_in: 8 + 100 + 1_600, tokens_out: 7 });
        let same = Size::of_document(request.to_string().as_bytes(), 4096);
        assert!((1_700..1_800).contains(&same.tokens_in) && same.tokens_out == 7, "{same:?}");
        assert_eq!(Size::of_document(b"{}", 4096).tokens_out, 4096);
    }
}
