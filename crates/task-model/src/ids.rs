//! Identifiers: parsed once at the edge, never wrong afterwards.

use std::fmt;
use std::str::FromStr;

use crate::Invalid;

const MAX_LEN: usize = 128;

fn check(raw: &str) -> Result<(), Invalid> {
    if raw.is_empty() || raw.len() > MAX_LEN {
        return Err(Invalid(format!("must be 1 to {MAX_LEN} characters")));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-');
    match raw.chars().find(|c| !allowed(*c)) {
        None => Ok(()),
        Some(_) => Err(Invalid("may hold only letters, digits, '.', '_', ':' and '-'".into())),
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Accepts 1–128 characters of `A-Za-z0-9._:-`.
            pub fn parse(raw: impl Into<String>) -> Result<Self, Invalid> {
                let raw = raw.into();
                check(&raw)?;
                Ok(Self(raw))
            }

            /// The identifier as it travels on the wire and in the database.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Invalid;
            fn from_str(raw: &str) -> Result<Self, Invalid> {
                Self::parse(raw)
            }
        }
    };
}

id! {
    /// The one identity of a task on every port, chosen by the caller.
    TaskId
}
id! {
    /// The name of an agent in the roster.
    AgentId
}
id! {
    /// Who work is done for.
    TenantId
}
id! {
    /// One choice of an agent for one attempt of a task.
    DecisionId
}
id! {
    /// What makes tasks again and again.
    ScheduleId
}

impl Default for TenantId {
    /// Whoever names no tenant.
    fn default() -> Self {
        Self("default".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_rejected(raw: &str) {
        assert!(TaskId::parse(raw).is_err(), "{raw:?} must be refused");
    }

    #[test]
    fn accepts_the_alphabet_up_to_128() {
        for good in ["test", "task_1700000000", "a.b:c-D_9", &"x".repeat(128)] {
            assert_eq!(TaskId::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn refuses_everything_else() {
        for bad in ["", " ", "a b", "a/b", "é", "a\0", "a\n", &"x".repeat(129)] {
            check_rejected(bad);
        }
    }
}
