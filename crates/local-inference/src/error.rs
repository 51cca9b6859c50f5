//! What can go wrong with a local model, by what can be done about it.

use std::path::Path;

/// No model, or no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file is missing or cannot be read as what it should be: correct the path or fetch the file.
    #[error("{path}: {what}")]
    File {
        /// Which.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// The files are of a kind that is not supported: choose another model.
    #[error("{0}")]
    Unsupported(String),
    /// The conversation does not fit the model's context window: shorten it.
    #[error("the conversation has {tokens} tokens and the model takes {context}")]
    TooLong {
        /// Tokens of the conversation.
        tokens: usize,
        /// Tokens that the model takes, answer included.
        context: usize,
    },
    /// The model's chat template refuses the conversation, for example two turns of the user in a row.
    #[error("the model's chat template refuses the conversation: {0}")]
    Template(String),
    /// The engine failed.
    #[error("the inference engine failed: {0}")]
    Engine(String),
}

impl Error {
    pub(crate) fn file(path: &Path, what: impl ToString) -> Self {
        Self::File { path: path.display().to_string(), what: what.to_string() }
    }

    pub(crate) fn engine(error: impl ToString) -> Self {
        Self::Engine(error.to_string())
    }
}

impl From<candle_core::Error> for Error {
    fn from(error: candle_core::Error) -> Self {
        Self::engine(error)
    }
}
