//! Headers that tell who answered: `X-Provider`, `X-Model` (its id in the registry) and `X-Cost-Usd`.

use http::{HeaderMap, HeaderName, HeaderValue};
use task_model::MicroUsd;

use crate::app::ask::Facts;

/// The headers.
pub fn headers(facts: &Facts) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut put = |name: &'static str, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("x-provider", &facts.provider);
    put("x-model", &facts.model_id);
    if let Some(cost) = facts.cost {
        put("x-cost-usd", &dollars(cost));
    }
    headers
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
