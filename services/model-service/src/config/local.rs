//! Models in this process: names by which they can be asked for.

use service_kit::Settings;
use service_kit::config::ConfigError;

use crate::providers::local::LocalModel;

/// Each name once, and such that it can be asked for.
pub(super) fn check(models: &[LocalModel], settings: &Settings) -> Result<(), ConfigError> {
    for (i, model) in models.iter().enumerate() {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let twice = models[..i].iter().any(|other| other.name == model.name);
        if model.name.is_empty() || !model.name.chars().all(allowed) || twice {
            return Err(ConfigError::value(
                &format!("models.local[{i}].name"),
                settings.origin("models.local"),
                format!("{:?} cannot be the name of a model", model.name),
                "letters, digits, '.', '_' and '-', each name once",
            ));
        }
    }
    Ok(())
}
