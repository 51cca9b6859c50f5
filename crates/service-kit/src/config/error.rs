//! What can be wrong with a configuration, in words an operator can act on.

use std::fmt;
use std::path::PathBuf;

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// `config/default.toml` as compiled in.
    Default,
    /// A file.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the built-in defaults"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Variable(name) => write!(f, "the environment variable {name}"),
        }
    }
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that was asked for cannot be read.
    #[error("cannot read the configuration file {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not TOML.
    #[error("{origin} is not valid TOML: {message}")]
    Syntax {
        /// Which source.
        origin: Origin,
        /// What the parser says.
        message: String,
    },
    /// A field that does not exist.
    #[error("{origin} sets {field}, which does not exist; allowed: {allowed}")]
    Unknown {
        /// The field as `section.field`.
        field: String,
        /// Who set it.
        origin: Origin,
        /// The names that exist there.
        allowed: String,
    },
    /// A value that does not fit its field.
    #[error("{field} is wrong in {origin}: {problem}; allowed: {allowed}")]
    Value {
        /// The field as `section.field`.
        field: String,
        /// Who set it.
        origin: Origin,
        /// What is wrong.
        problem: String,
        /// What would be right.
        allowed: String,
    },
}

impl ConfigError {
    /// A value that is well-typed but cannot be used; for checks that need more than one field.
    pub fn value(
        field: &str,
        origin: Origin,
        problem: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Self {
        Self::Value { field: field.to_owned(), origin, problem: problem.into(), allowed: allowed.into() }
    }
}
