//! A language model and its answers.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::files::{self, Files};
use crate::sampling::Recommended;
use crate::stop::StopTexts;
use crate::template::Template;
use crate::tokens::Tokens;
use crate::weights::{Weights, piece};
use crate::{Conversation, Error, Sampling};

/// A language model in memory. It gives one answer at a time: several callers wait for each other.
pub struct ChatModel {
    weights: Mutex<Weights>,
    tokens: Tokens,
    template: Template,
    recommended: Recommended,
    context: usize,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The model was done, or came to a stop text.
    Stop,
    /// The limit of tokens, or the model's context window.
    Length,
    /// The caller did not want more.
    Cancelled,
}

/// The end of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Why.
    pub finish: Finish,
    /// Tokens read.
    pub prompt_tokens: usize,
    /// Tokens written, the one that ended the answer included.
    pub answer_tokens: usize,
}

impl ChatModel {
    /// Loads a GGUF file or a folder. Takes as long as reading the files; needs as much memory as they have.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let mut files = Files::open(path)?;
        let (tokens, template, recommended) = match &files {
            Files::Gguf { path, content, .. } => {
                let tokens = Tokens::of_gguf(path, content)?;
                let template =
                    content.metadata.get("tokenizer.chat_template").and_then(|v| v.to_string().ok());
                (tokens, template.cloned(), Recommended::default())
            }
            Files::Folder(folder) => {
                let generation = files::json_if_there(&folder.join("generation_config.json"))?;
                (Tokens::of_folder(folder)?, template_of(folder)?, Recommended::read(&generation))
            }
        };
        let template = template
            .ok_or_else(|| Error::file(path, "has no chat template; choose a model made for chat"))?;
        let template = Template::parse(template, tokens.bos.clone(), tokens.eos.clone())?;
        let weights = Weights::load(&mut files)?;
        let context = weights.context;
        Ok(Self { weights: Mutex::new(weights), tokens, template, recommended, context })
    }

    /// Tokens that conversation and answer may have together.
    pub fn context_tokens(&self) -> usize {
        self.context
    }

    /// Whether the model's template can tell it of tools.
    pub fn knows_tools(&self) -> bool {
        self.template.knows_tools()
    }

    /// The tokens of a conversation, as [`answer`](Self::answer) takes them. An error when no room is left for an answer.
    pub fn prompt(&self, conversation: &Conversation) -> Result<Vec<u32>, Error> {
        let tokens = self.tokens.encode(&self.template.render(conversation)?)?;
        if tokens.is_empty() || tokens.len() >= self.context {
            return Err(Error::TooLong { tokens: tokens.len(), context: self.context });
        }
        Ok(tokens)
    }

    /// Writes an answer piece by piece; blocks the thread for as long as that takes. `each` is also called with an empty
    /// text while the prompt is read, so that it can end the work early.
    pub fn answer(
        &self,
        prompt: &[u32],
        sampling: &Sampling,
        mut each: impl FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Finished, Error> {
        // Whatever panicked before: the memory is cleared below.
        let mut weights = self.weights.lock().unwrap_or_else(PoisonError::into_inner);
        let mut finished =
            Finished { finish: Finish::Cancelled, prompt_tokens: prompt.len(), answer_tokens: 0 };
        weights.clear()?;
        let mut seen = 0;
        let mut logits = None;
        while seen < prompt.len() {
            if each("").is_break() {
                return Ok(finished);
            }
            let read = piece(prompt.len() - seen);
            logits = Some(weights.read(&prompt[seen..seen + read], seen)?);
            seen += read;
        }
        let mut logits = logits.ok_or_else(|| Error::engine("an empty prompt"))?;
        let mut processor = self.recommended.processor(sampling);
        let mut texts = self.tokens.tokenizer.decode_stream(true);
        let mut stop = StopTexts::new(&sampling.stop);
        let limit = sampling.max_tokens.min(self.context - prompt.len());
        finished.finish = Finish::Length;
        while finished.answer_tokens < limit {
            let token = processor.sample(&logits)?;
            finished.answer_tokens += 1;
            if self.tokens.ends(token) {
                finished.finish = Finish::Stop;
                break;
            }
            let text = texts.step(token).map_err(Error::engine)?.unwrap_or_default();
            let passed = stop.push(&text);
            let wanted = each(&passed.text);
            if passed.ended {
                return Ok(Finished { finish: Finish::Stop, ..finished });
            }
            if wanted.is_break() {
                return Ok(Finished { finish: Finish::Cancelled, ..finished });
            }
            if finished.answer_tokens < limit {
                logits = weights.read(&[token], seen)?;
                seen += 1;
            }
        }
        let held = stop.finish();
        if !held.is_empty() && each(&held).is_break() {
            finished.finish = Finish::Cancelled;
        }
        Ok(finished)
    }
}

/// `chat_template.jinja`, or the text in `tokenizer_config.json`, where a list names several.
fn template_of(folder: &Path) -> Result<Option<String>, Error> {
    let path = folder.join("chat_template.jinja");
    if path.exists() {
        return fs::read_to_string(&path).map(Some).map_err(|error| Error::file(&path, error));
    }
    let config = files::json_if_there(&folder.join("tokenizer_config.json"))?;
    Ok(match &config["chat_template"] {
        Value::String(text) => Some(text.clone()),
        Value::Array(named) => {
            let default = named.iter().find(|template| template["name"] == "default");
            default.and_then(|template| template["template"].as_str()).map(str::to_owned)
        }
        _ => None,
    })
}
