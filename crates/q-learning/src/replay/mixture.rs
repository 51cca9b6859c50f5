//! What one could have had for the same money by staying with agents in fixed shares.

/// The highest reward of a mixture of `(cost, reward)` points that costs at most `budget`; `None` without points.
///
/// The best mixture has at most two of them. Under the cheapest, that one stands alone: there is nothing cheaper to mix.
pub(super) fn mixture(points: &[(f64, f64)], budget: f64) -> Option<f64> {
    let cheapest = points.iter().copied().min_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)))?;
    let (within, beyond): (Vec<_>, Vec<_>) = points.iter().partition(|(cost, _)| *cost <= budget);
    let alone = within.iter().map(|(_, reward)| *reward);
    let mixed = within.iter().flat_map(|low| {
        beyond.iter().map(move |high| low.1 + (high.1 - low.1) * (budget - low.0) / (high.0 - low.0))
    });
    Some(alone.chain(mixed).fold(cheapest.1, f64::max))
}

#[cfg(test)]
mod tests {
    use super::mixture;

    #[test]
    fn mixes_two_that_cost_the_budget_together() {
        let points = [(1.0, 0.2), (3.0, 0.8), (2.0, 0.4)];
        let check = |budget, expected: f64| {
            let got = mixture(&points, budget).unwrap();
            assert!((got - expected).abs() < 1e-12, "{budget}: {got}");
        };
        check(2.0, 0.5);
        check(1.5, 0.35);
        check(0.5, 0.2);
        check(9.0, 0.8);
        assert_eq!(mixture(&[], 1.0), None);
    }
}
