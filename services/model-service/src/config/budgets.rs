//! Budgets that the configuration declares.

use serde::Deserialize;
use service_kit::Settings;
use service_kit::config::ConfigError;

use crate::app::budgets::Budget;

/// What may be spent: as `PUT /budgets/{id}` takes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeclaredBudget {
    id: String,
    scope: String,
    #[serde(default)]
    subject: String,
    period: String,
    limit_usd: f64,
}

/// The same as the service uses them.
pub(super) fn checked(declared: &[DeclaredBudget], settings: &Settings) -> Result<Vec<Budget>, ConfigError> {
    let check = |(i, entry): (usize, &DeclaredBudget)| {
        let DeclaredBudget { id, scope, subject, period, limit_usd } = entry.clone();
        Budget::checked(id, &scope, subject, &period, limit_usd).map_err(|(field, must)| {
            let place = format!("models.budgets[{i}].{field}");
            ConfigError::value(
                &place,
                settings.origin("models.budgets"),
                "it cannot be used".to_owned(),
                &must,
            )
        })
    };
    declared.iter().enumerate().map(check).collect()
}
