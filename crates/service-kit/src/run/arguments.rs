//! The few arguments every service takes. The rich command line is `lightning`.

use std::ffi::OsString;
use std::path::PathBuf;

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    Serve,
    Healthcheck,
    Openapi,
    Version,
    Help,
}

/// Parsed arguments.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Arguments {
    pub(super) command: Command,
    pub(super) config: Option<PathBuf>,
}

/// An argument that is not known, or lacks its value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}; see --help")]
pub(super) struct Wrong(String);

impl Arguments {
    pub(super) fn parse(given: impl IntoIterator<Item = OsString>) -> Result<Self, Wrong> {
        let mut arguments = Self { command: Command::Serve, config: None };
        let mut given = given.into_iter();
        while let Some(argument) = given.next() {
            match argument.to_string_lossy().as_ref() {
                "--config" => arguments.config = Some(value(given.next())?),
                "healthcheck" => arguments.command = Command::Healthcheck,
                "--openapi" => arguments.command = Command::Openapi,
                "--version" | "-V" => arguments.command = Command::Version,
                "--help" | "-h" => arguments.command = Command::Help,
                other => match other.strip_prefix("--config=") {
                    Some(path) => arguments.config = Some(path.into()),
                    None => return Err(Wrong(format!("{other} is not an argument"))),
                },
            }
        }
        Ok(arguments)
    }
}

fn value(next: Option<OsString>) -> Result<PathBuf, Wrong> {
    next.map(PathBuf::from).ok_or_else(|| Wrong("--config needs the name of a file".to_owned()))
}

pub(super) fn help(name: &str) -> String {
    format!(
        "{name}: a service of Agent Lightning\n\n\
         Usage: {name} [healthcheck] [--config FILE] [--openapi] [--version] [--help]\n\n\
         \x20 healthcheck    ask the running service whether it is ready; exits 0 or 1\n\
         \x20 --config FILE  settings that differ from the defaults (also: LIGHTNING_CONFIG)\n\
         \x20 --openapi      print the API document and exit\n\n\
         Every setting is described in config/default.toml; each is also an environment variable LIGHTNING__SECTION__FIELD.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(given: &[&str]) -> Result<Arguments, Wrong> {
        Arguments::parse(given.iter().map(OsString::from))
    }

    #[test]
    fn serves_when_nothing_is_said() {
        assert_eq!(parse(&[]), Ok(Arguments { command: Command::Serve, config: None }));
    }

    #[test]
    fn takes_a_file_in_both_forms() {
        for given in [&["--config", "a.toml"][..], &["--config=a.toml"]] {
            assert_eq!(parse(given).unwrap().config, Some(PathBuf::from("a.toml")));
        }
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        assert_eq!(parse(&["--port"]), Err(Wrong("--port is not an argument".to_owned())));
        assert!(parse(&["--config"]).is_err());
    }
}
