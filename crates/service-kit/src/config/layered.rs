//! The merged tree of values, and for every value where it came from.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::alias::{ALIASES, PEERS};
use super::{ConfigError, Listen, Origin};
use crate::wording;

const PREFIX: &str = "LIGHTNING__";

/// Values by section, and the origin of each `section.field` that is not a default.
#[derive(Debug)]
pub(super) struct Layered {
    tree: Table,
    origins: BTreeMap<String, Origin>,
}

impl Layered {
    pub(super) fn defaults(text: &str) -> Result<Self, ConfigError> {
        Ok(Self { tree: parse(text, &Origin::Default)?, origins: BTreeMap::new() })
    }

    pub(super) fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let origin = Origin::File(path.to_owned());
        let mut leaves = Vec::new();
        flatten(String::new(), Value::Table(parse(&text, &origin)?), &mut leaves);
        leaves.into_iter().try_for_each(|(field, value)| self.set(&field, value, origin.clone()))
    }

    /// Aliases first, so that the long form wins when both are given.
    pub(super) fn add_environment(
        &mut self,
        environment: &BTreeMap<String, String>,
    ) -> Result<(), ConfigError> {
        for (variable, field) in ALIASES {
            if let Some(text) = environment.get(*variable).filter(|text| !text.is_empty()) {
                self.set_text(field, text, variable)?;
            }
        }
        for (variable, text) in environment {
            if let Some(name) = variable.strip_prefix(PREFIX) {
                self.set_text(&name.to_lowercase().replace("__", "."), text, variable)?;
            }
        }
        Ok(())
    }

    /// A peer whose address nobody gave is where its own section says that it listens. Port 0 says nothing, and what is wrong there is
    /// told to whoever reads that section.
    pub(super) fn find_peers(&mut self) {
        for (field, section) in PEERS {
            let unsaid = self.origin(field) == Origin::Default;
            let Some(listen) = self.listen(section).ok().filter(|listen| unsaid && listen.port != 0) else {
                continue;
            };
            let origins = ["host", "port"].map(|name| self.origin(&format!("{section}.{name}")));
            let [host, port] = &origins;
            if let Some(place) = self.find_mut(field) {
                *place = Value::String(listen.url());
            }
            if let Some(origin) = [port, host].into_iter().find(|origin| **origin != Origin::Default) {
                self.origins.insert((*field).to_owned(), origin.clone());
            }
        }
    }

    fn set_text(&mut self, field: &str, text: &str, variable: &str) -> Result<(), ConfigError> {
        let origin = Origin::Variable(variable.to_owned());
        let like = self.find(field).ok_or_else(|| self.unknown(field, origin.clone()))?;
        let value = parse_value(text, like).map_err(|allowed| {
            ConfigError::value(field, origin.clone(), "the value cannot be read", allowed)
        })?;
        self.set(field, value, origin)
    }

    fn set(&mut self, field: &str, value: Value, origin: Origin) -> Result<(), ConfigError> {
        let Some(place) = self.find_mut(field).filter(|place| !place.is_table()) else {
            return Err(self.unknown(field, origin));
        };
        *place = value;
        self.origins.insert(field.to_owned(), origin);
        Ok(())
    }

    fn find(&self, field: &str) -> Option<&Value> {
        let (first, rest) = field.split_once('.')?;
        rest.split('.').try_fold(self.tree.get(first)?, |at, name| at.as_table()?.get(name))
    }

    fn find_mut(&mut self, field: &str) -> Option<&mut Value> {
        let (first, rest) = field.split_once('.')?;
        rest.split('.').try_fold(self.tree.get_mut(first)?, |at, name| at.as_table_mut()?.get_mut(name))
    }

    fn unknown(&self, field: &str, origin: Origin) -> ConfigError {
        let parent = field.rsplit_once('.').and_then(|(parent, _)| {
            parent
                .split('.')
                .try_fold(&self.tree, |at, name| at.get(name)?.as_table())
                .map(|table| (parent, table))
        });
        let allowed = match parent {
            Some((parent, table)) => format!("in [{parent}]: {}", names(table)),
            None => format!("the sections {}", names(&self.tree)),
        };
        ConfigError::Unknown { field: field.to_owned(), origin, allowed }
    }

    pub(super) fn origin(&self, field: &str) -> Origin {
        self.origins.get(field).cloned().unwrap_or(Origin::Default)
    }

    pub(super) fn section<T: DeserializeOwned>(&self, name: &str) -> Result<T, ConfigError> {
        let Some(section) = self.tree.get(name) else {
            let allowed = format!("the sections {}", names(&self.tree));
            return Err(ConfigError::Unknown { field: name.to_owned(), origin: Origin::Default, allowed });
        };
        serde_path_to_error::deserialize(section.clone()).map_err(|error| {
            let path = error.path().to_string();
            let field = if path == "." { name.to_owned() } else { format!("{name}.{path}") };
            let (problem, allowed) = wording::split(error.inner().message());
            ConfigError::value(&field, self.origin_within(&field), problem, allowed)
        })
    }

    /// The origin of a field or of the list it is an element of (`fetch.allow_private[0]`).
    fn origin_within(&self, field: &str) -> Origin {
        self.origin(field.split('[').next().unwrap_or(field))
    }

    pub(super) fn listen(&self, section: &str) -> Result<Listen, ConfigError> {
        let mut part = Table::new();
        for name in ["host", "port"] {
            let field = format!("{section}.{name}");
            let value = self.find(&field).ok_or_else(|| self.unknown(&field, Origin::Default))?;
            part.insert(name.to_owned(), value.clone());
        }
        let only = Self {
            tree: Table::from_iter([(section.to_owned(), part.into())]),
            origins: self.origins.clone(),
        };
        only.section::<Listen>(section).map(|listen| Listen { section: section.to_owned(), ..listen })
    }
}

fn parse(text: &str, origin: &Origin) -> Result<Table, ConfigError> {
    text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].lines().count().max(1));
        ConfigError::Syntax { origin: origin.clone(), message: format!("line {line}: {}", error.message()) }
    })
}

fn flatten(path: String, value: Value, leaves: &mut Vec<(String, Value)>) {
    match value {
        Value::Table(table) => {
            for (name, value) in table {
                let path = if path.is_empty() { name } else { format!("{path}.{name}") };
                flatten(path, value, leaves);
            }
        }
        leaf => leaves.push((path, leaf)),
    }
}

fn names(table: &Table) -> String {
    table.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Reads the text of a variable as the same type as `like`, the default; the error says what is allowed.
pub fn parse_value(text: &str, like: &Value) -> Result<Value, &'static str> {
    let trimmed = text.trim();
    match like {
        Value::Integer(_) => trimmed.parse().map(Value::Integer).map_err(|_| "a whole number"),
        Value::Float(_) => trimmed.parse().map(Value::Float).map_err(|_| "a number"),
        Value::Boolean(_) => trimmed.parse().map(Value::Boolean).map_err(|_| "true or false"),
        Value::Array(_) => parse_list(trimmed).ok_or("a list with commas between, or a TOML list"),
        _ => Ok(Value::String(text.to_owned())),
    }
}

fn parse_list(text: &str) -> Option<Value> {
    if text.starts_with('[') {
        return format!("list = {text}").parse::<Table>().ok()?.remove("list");
    }
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    Some(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
}
