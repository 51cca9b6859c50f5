//! Headers that tell who answered: `X-Provider`, `X-Model` (its id in the registry), `X-Cost-Usd`, `X-Tries`, `X-Cache` (with
//! `X-Cache-Similarity`), and an `X-Warning` for each thing that was asked for and could not be done, or not exactly.

use http::{HeaderMap, HeaderName, HeaderValue};
use task_model::MicroUsd;

use crate::app::ask::Facts;
use crate::app::keep::Cached;

/// Who answered, or did not.
pub const PROVIDER: HeaderName = HeaderName::from_static("x-provider");
/// How often a provider was asked.
pub const TRIES: HeaderName = HeaderName::from_static("x-tries");
const WARNING: HeaderName = HeaderName::from_static("x-warning");
/// Warnings that are told, and the most characters of each.
const WARNINGS_MAX: usize = 16;
const WARNING_MAX: usize = 240;

/// The headers.
pub fn headers(facts: &Facts) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut put = |name: HeaderName, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    };
    put(PROVIDER, &facts.route.provider_name);
    put(HeaderName::from_static("x-model"), &facts.route.model_id);
    if let Some(cost) = facts.cost {
        put(HeaderName::from_static("x-cost-usd"), &dollars(cost));
    }
    let word = facts.cached.map(|cached| match cached {
        Cached::Miss => "miss",
        Cached::Hit => "hit",
        Cached::Similar(_) => "similar",
    });
    word.into_iter().for_each(|word| put(HeaderName::from_static("x-cache"), word));
    if let Some(Cached::Similar(similarity)) = facts.cached {
        put(HeaderName::from_static("x-cache-similarity"), &format!("{similarity:.4}"));
    }
    headers.insert(TRIES, HeaderValue::from(facts.tries));
    let warnings =
        facts.warnings.iter().take(WARNINGS_MAX).filter_map(|text| HeaderValue::from_str(&plain(text)).ok());
    for warning in warnings {
        headers.append(WARNING, warning);
    }
    headers
}

/// Names that callers make up may hold anything; headers may not.
fn plain(text: &str) -> String {
    text.chars()
        .take(WARNING_MAX)
        .flat_map(char::escape_default)
        .collect::<String>()
        .replace("\\'", "'")
        .replace("\\\"", "\"")
}

/// All six digits, never `1e-6`.
fn dollars(cost: MicroUsd) -> String {
    format!("{}.{:06}", cost.0 / 1_000_000, cost.0 % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_costs_are_written_out() {
        assert_eq!(dollars(MicroUsd(7)), "0.000007");
        assert_eq!(dollars(MicroUsd(12_500_000)), "12.500000");
    }
}
