//! What `auto` asks a provider for: models that take what agents send (tools, a temperature), the first that its maker has not ended.

use task_model::Micros;

use super::providers::{ANTHROPIC, GEMINI, OPENAI, XAI};
use super::registry::Models;

/// The model that an alias means at a provider by itself; when all have ended, the last of them, which then says so.
pub fn model(models: &Models, provider: &str, alias: &str, now: Micros) -> Option<&'static str> {
    let candidates = candidates(provider, alias);
    let lasts = |id: &&&str| models.get(**id).is_none_or(|model| model.ended(now).is_none());
    candidates.iter().find(lasts).or(candidates.last()).copied()
}

fn candidates(provider: &str, alias: &str) -> &'static [&'static str] {
    match (provider, alias) {
        (OPENAI, "fast") => &["gpt-4o-mini", "gpt-6-luna"],
        (OPENAI, "smart") => &["gpt-4.1", "gpt-6-sol"],
        (OPENAI, _) => &["gpt-4.1-mini", "gpt-6.1-terra"],
        (ANTHROPIC, "fast") => &["claude-haiku-4-5"],
        (ANTHROPIC, "smart") => &["claude-opus-4-6"],
        (ANTHROPIC, _) => &["claude-sonnet-4-6"],
        (GEMINI, "fast") => &["gemini-2.5-flash-lite"],
        (GEMINI, _) => &["gemini-3.8-flash"],
        (XAI, "smart") => &["grok-4.6"],
        (XAI, _) => &["grok-4.3"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use service_kit::Settings;

    use super::*;
    use crate::app::registry::catalog;
    use crate::config::Config;

    fn at(day: &str) -> Micros {
        let day: chrono::NaiveDate = day.parse().unwrap();
        Micros(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros())
    }

    fn models() -> Models {
        catalog(&Config::read(&Settings::with([("", ""); 0]).unwrap()).unwrap(), &[])
    }

    #[test]
    fn every_candidate_is_in_the_catalog_with_a_price() {
        let models = models();
        for provider in [OPENAI, ANTHROPIC, GEMINI, XAI] {
            for id in ["fast", "smart", "default"].iter().flat_map(|alias| candidates(provider, alias)) {
                assert!(models[*id].provider == provider && models[*id].price.is_some(), "{id}");
            }
        }
    }

    #[test]
    fn a_model_that_has_ended_is_followed_by_the_next() {
        let models = models();
        assert_eq!(model(&models, OPENAI, "default", at("2027-01-13")), Some("gpt-4.1-mini"));
        assert_eq!(model(&models, OPENAI, "default", at("2027-01-14")), Some("gpt-6.1-terra"));
        assert_eq!(model(&models, "nobody", "default", at("2027-01-14")), None);
    }

    #[test]
    fn no_default_of_the_release_has_ended_when_it_was_made() {
        let models = models();
        for provider in [OPENAI, ANTHROPIC, GEMINI, XAI] {
            for alias in ["fast", "smart", "default"] {
                let id = model(&models, provider, alias, at("2026-11-30")).unwrap();
                assert_eq!(models[id].ended(at("2026-11-30")), None, "{id}");
            }
        }
    }
}
