//! The mean reward of the nearest texts that an agent had, with a bonus for having had few.

use std::collections::HashMap;

use super::linear::vector;
use crate::DecisionRng;
use crate::learner::covariance::dot;
use crate::replay::policy::{Player, View};
use crate::replay::{DataSet, Outcome};

const NEIGHBOURS: usize = 30;
const BONUS: f64 = 0.5;

/// Every text that was seen, by agent. It is looked through from end to end: a baseline need not be fast.
#[derive(Default)]
pub(crate) struct Neighbours {
    seen: HashMap<usize, Vec<(Vec<f32>, f64)>>,
    x: Vec<f32>,
}

impl Neighbours {
    fn score(&self, arm: usize) -> f64 {
        let Some(seen) = self.seen.get(&arm) else { return f64::INFINITY };
        let distance = |x: &[f32]| dot(x, x) - 2.0 * dot(x, &self.x);
        let mut near: Vec<(f32, f64)> = seen.iter().map(|(x, reward)| (distance(x), *reward)).collect();
        let count = near.len().min(NEIGHBOURS);
        near.select_nth_unstable_by(count - 1, |a, b| a.0.total_cmp(&b.0));
        let sum: f64 = near[..count].iter().map(|(_, reward)| reward).sum();
        (sum + 0.5) / (count as f64 + 1.0) + BONUS / (count as f64).sqrt()
    }
}

impl Player for Neighbours {
    fn choose(&mut self, view: &View<'_>, _: &mut DecisionRng) -> usize {
        vector(view.data, view.row, &mut self.x);
        let mut best = (view.available[0], f64::NEG_INFINITY);
        for arm in view.available {
            let score = self.score(*arm);
            if score > best.1 {
                best = (*arm, score);
            }
        }
        best.0
    }

    fn learn(&mut self, data: &DataSet, &Outcome { row, arm, reward, .. }: &Outcome) {
        let mut x = Vec::new();
        vector(data, row, &mut x);
        self.seen.entry(arm).or_default().push((x, reward));
    }
}
