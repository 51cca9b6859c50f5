//! How a command ends: a sentence for people and a number for scripts.

use std::error::Error as StdError;

use service_client::Error as CallError;

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// One sentence that a person can act on.
    pub message: String,
    /// See [`Code`].
    pub code: Code,
    /// The stable word of the problem, if a service sent one.
    pub problem: Option<String>,
}

/// The exit codes; `lightning help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    /// Anything not below; a task that was waited for did not complete.
    Other = 1,
    /// Wrong arguments or configuration.
    Usage = 2,
    /// A service or the database is out of reach.
    Unavailable = 3,
    /// A service refused the request.
    Refused = 4,
    /// There is no such task, agent or key.
    NotFound = 5,
}

impl Failure {
    /// A failure of no special kind.
    pub fn other(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: Code::Other, problem: None }
    }

    /// Wrong arguments or configuration.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: Code::Usage, problem: None }
    }

    /// Something needed is out of reach.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: Code::Unavailable, problem: None }
    }

    /// Whatever was asked for is not there.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: Code::NotFound, problem: None }
    }

    /// The error with all its causes.
    pub fn from_error(code: Code, error: &(dyn StdError + 'static)) -> Self {
        let causes: Vec<_> =
            std::iter::successors(Some(error), |&e| e.source()).map(ToString::to_string).collect();
        Self { message: causes.join(": "), code, problem: None }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let problem = error.code().map(str::to_owned);
        let code = match &error {
            CallError::Unavailable { .. } => Code::Unavailable,
            CallError::Refused { .. } if error.status().is_some_and(|s| s.as_u16() == 404) => Code::NotFound,
            CallError::Refused { .. } => Code::Refused,
            CallError::Unreadable { .. } => Code::Other,
        };
        let mut failure = Self::from_error(code, &error);
        if let Some(document) = error.problem() {
            failure.message = document.detail.clone();
            for field in &document.errors {
                failure.message.push_str(&format!("\n  {}: {}", field.field, field.message));
            }
        } else if code == Code::Unavailable {
            failure.message.push_str(
                "; is it running? `lightning up` starts everything, `lightning doctor` looks around",
            );
        }
        failure.problem = problem;
        failure
    }
}

impl From<service_kit::config::ConfigError> for Failure {
    fn from(error: service_kit::config::ConfigError) -> Self {
        Self::from_error(Code::Usage, &error)
    }
}

impl From<service_kit::log::LogError> for Failure {
    fn from(error: service_kit::log::LogError) -> Self {
        Self::from_error(Code::Usage, &error)
    }
}

impl From<storage::Error> for Failure {
    fn from(error: storage::Error) -> Self {
        let code = match &error {
            storage::Error::NotFound(_) => Code::NotFound,
            storage::Error::Invalid { .. } => Code::Usage,
            error if error.is_transient() => Code::Unavailable,
            _ => Code::Other,
        };
        Self::from_error(code, &error)
    }
}
