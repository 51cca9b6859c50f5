//! No text breaks anything, and every figure stays within its range.

use agent_selection::{SelectionConfig, TaskRequest, select};
use proptest::prelude::*;
use q_learning::decision_rng;

use crate::roster::{newborn, shipped};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_gets_a_choice_within_range_when_forced(text in "\\PC{1,200}|[a-z0-9 {}\":,+*()=é漢\u{301}ß#\n-]{1,300}", seed: u64) {
        let roster = shipped();
        let task = TaskRequest { force_execute: true, ..TaskRequest::new(&text) };
        let chosen = select(&task, &roster, &newborn(), &SelectionConfig::default(), &mut decision_rng(seed)).unwrap();
        prop_assert!((0.0..=1.0).contains(&chosen.intelligibility));
        prop_assert!(chosen.propensity > 0.0 && chosen.propensity <= 1.0 + 1e-12);
        for candidate in &chosen.candidates {
            prop_assert!((0.0..=1.0).contains(&candidate.confidence) && (0.0..=1.0).contains(&candidate.relevance));
        }
    }
}
