//! A model's tokenizer, and which of its tokens end an answer.

use std::path::Path;

use candle_core::quantized::gguf_file;
use candle_core::quantized::tokenizer::TokenizerFromGguf;
use serde_json::Value;
use tokenizers::Tokenizer;

use crate::Error;
use crate::files;

/// Tokens that end a turn in the markup of one family or another, whatever else the files say.
const TURN_ENDS: [&str; 5] = ["<|im_end|>", "<|eot_id|>", "<|end|>", "<end_of_turn>", "<|endoftext|>"];

/// A tokenizer and its special tokens.
pub(crate) struct Tokens {
    pub(crate) tokenizer: Tokenizer,
    /// The text of the token that begins a text, or nothing.
    pub(crate) bos: String,
    /// The text of the token that ends one, or nothing.
    pub(crate) eos: String,
    ends: Vec<u32>,
}

impl Tokens {
    /// Of a folder: `tokenizer.json`, with special tokens from `tokenizer_config.json`, `generation_config.json`, `config.json`.
    pub(crate) fn of_folder(folder: &Path) -> Result<Self, Error> {
        let tokenizer = read(&folder.join("tokenizer.json"))?;
        let named = files::json_if_there(&folder.join("tokenizer_config.json"))?;
        let configs = ["generation_config.json", "config.json"];
        let ids = configs.iter().map(|name| files::json_if_there(&folder.join(name)));
        let ids: Vec<u32> =
            ids.collect::<Result<Vec<_>, _>>()?.iter().flat_map(|c| numbers(&c["eos_token_id"])).collect();
        let (bos, eos) = (text(&named["bos_token"]), text(&named["eos_token"]));
        Ok(Self::new(tokenizer, bos, eos, ids))
    }

    /// Of a GGUF file: the `tokenizer.json` beside it, else what the file holds.
    pub(crate) fn of_gguf(path: &Path, content: &gguf_file::Content) -> Result<Self, Error> {
        let beside = path.with_file_name("tokenizer.json");
        let tokenizer = if beside.exists() {
            read(&beside)?
        } else {
            Tokenizer::from_gguf(content).map_err(|error| {
                Error::Unsupported(format!("{error}; put the model's tokenizer.json beside the GGUF file"))
            })?
        };
        let id = |name: &str| content.metadata.get(&format!("tokenizer.ggml.{name}_token_id"))?.to_u32().ok();
        let token = |name| id(name).and_then(|id| tokenizer.id_to_token(id)).unwrap_or_default();
        let (bos, eos) = (token("bos"), token("eos"));
        Ok(Self::new(tokenizer, bos, eos, ["eos", "eot", "eom"].into_iter().filter_map(id)))
    }

    fn new(tokenizer: Tokenizer, bos: String, eos: String, ids: impl IntoIterator<Item = u32>) -> Self {
        let named =
            TURN_ENDS.into_iter().chain([eos.as_str()]).filter_map(|token| tokenizer.token_to_id(token));
        let mut ends: Vec<u32> = named.chain(ids).collect();
        ends.sort_unstable();
        ends.dedup();
        Self { tokenizer, bos, eos, ends }
    }

    /// The tokens of a text that already holds its special tokens.
    pub(crate) fn encode(&self, text: &str) -> Result<Vec<u32>, Error> {
        Ok(self.tokenizer.encode_fast(text, false).map_err(Error::engine)?.get_ids().to_vec())
    }

    /// Whether an answer ends here.
    pub(crate) fn ends(&self, token: u32) -> bool {
        self.ends.binary_search(&token).is_ok()
    }
}

pub(crate) fn read(path: &Path) -> Result<Tokenizer, Error> {
    Tokenizer::from_file(path).map_err(|error| Error::file(path, error))
}

/// A special token is a text, or an object with its text as `content`.
fn text(token: &Value) -> String {
    token.as_str().or_else(|| token["content"].as_str()).unwrap_or_default().to_owned()
}

fn numbers(value: &Value) -> Vec<u32> {
    let number = |value: &Value| value.as_u64().and_then(|n| u32::try_from(n).ok());
    match value {
        Value::Array(values) => values.iter().filter_map(number).collect(),
        one => number(one).into_iter().collect(),
    }
}
