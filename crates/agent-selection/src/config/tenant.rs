//! What tenants want besides success, as it is configured: `selection.cost_per_task_usd` and its siblings for everyone,
//! `selection.tenants` for some.

use q_learning::Objective;
use serde::Deserialize;
use task_model::Invalid;

use super::SelectionConfig;

/// Ceilings of one tenant. What is absent is as for everyone; 0 lifts the ceiling.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantObjective {
    /// Whose.
    pub tenant: String,
    /// Mean cost of a task in dollars.
    #[serde(default)]
    pub cost_per_task_usd: Option<f64>,
    /// Cost of all tasks of a UTC day in dollars.
    #[serde(default)]
    pub cost_per_day_usd: Option<f64>,
    /// Mean time of a task in milliseconds.
    #[serde(default)]
    pub latency_ms: Option<f64>,
}

impl SelectionConfig {
    /// What a tenant wants, where a task does not say otherwise.
    pub fn objective_of(&self, tenant: &str) -> Objective {
        let own = self.tenants.iter().find(|one| one.tenant == tenant);
        let most = |own: Option<f64>, everyone: f64| Some(own.unwrap_or(everyone)).filter(|most| *most > 0.0);
        Objective {
            cost_per_task_usd: most(own.and_then(|own| own.cost_per_task_usd), self.cost_per_task_usd),
            cost_per_day_usd: most(own.and_then(|own| own.cost_per_day_usd), self.cost_per_day_usd),
            latency_ms: most(own.and_then(|own| own.latency_ms), self.latency_ms),
        }
    }

    /// Refuses a ceiling below 0 or over 1,000,000,000.
    pub(super) fn validate_objectives(&self) -> Result<(), Invalid> {
        let own = self.tenants.iter().flat_map(|one| {
            let name = |field: &str| format!("tenants {}: {field}", one.tenant);
            [
                (name("cost_per_task_usd"), one.cost_per_task_usd),
                (name("cost_per_day_usd"), one.cost_per_day_usd),
                (name("latency_ms"), one.latency_ms),
            ]
        });
        let everyone = [
            ("cost_per_task_usd".to_owned(), Some(self.cost_per_task_usd)),
            ("cost_per_day_usd".to_owned(), Some(self.cost_per_day_usd)),
            ("latency_ms".to_owned(), Some(self.latency_ms)),
        ];
        let mut ceilings = everyone.into_iter().chain(own);
        match ceilings.find(|(_, most)| most.is_some_and(|most| !(0.0..=1e9).contains(&most))) {
            Some((field, most)) => {
                let most = most.unwrap_or_default();
                Err(Invalid(format!("{field} must be from 0, for no ceiling, to 1000000000, not {most}")))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_has_its_own_ceilings_and_else_those_of_everyone() {
        let acme = TenantObjective {
            tenant: "acme".into(),
            cost_per_task_usd: Some(0.5),
            cost_per_day_usd: Some(0.0),
            latency_ms: None,
        };
        let config = SelectionConfig {
            cost_per_task_usd: 0.1,
            cost_per_day_usd: 9.0,
            latency_ms: 500.0,
            tenants: vec![acme],
            ..SelectionConfig::default()
        };
        let own = config.objective_of("acme");
        assert_eq!(
            (own.cost_per_task_usd, own.cost_per_day_usd, own.latency_ms),
            (Some(0.5), None, Some(500.0))
        );
        assert_eq!(config.objective_of("other").cost_per_task_usd, Some(0.1));
        assert!(SelectionConfig::default().objective_of("acme").is_empty());
        let wrong = SelectionConfig { latency_ms: -1.0, ..SelectionConfig::default() };
        assert!(wrong.validate().unwrap_err().0.starts_with("latency_ms must be"));
    }
}
