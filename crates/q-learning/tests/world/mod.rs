//! A world whose truth is known: kinds of tasks, agents with chances of success, a policy that logged and one that is judged.

use q_learning::DecisionRng;
use q_learning::ope::{Choice, Paired, Sample};
use rand::RngExt;

/// Kinds of tasks in a world.
const KINDS: usize = 8;
/// The least probability that the logging policy gives to anyone, times the number of agents.
const FLOOR: f64 = 0.1;

/// By kind of task, then by agent.
pub struct World {
    pub chances: Vec<Vec<f64>>,
    pub logged: Vec<Vec<f64>>,
    pub target: Vec<Vec<f64>>,
    /// What a model believes of the chances: near the truth, and off by some bias.
    pub expected: Vec<Vec<f64>>,
}

impl World {
    /// Two to twelve agents; each policy leans towards the better ones or away from them by a degree of its own.
    pub fn random(rng: &mut DecisionRng) -> Self {
        let agents = rng.random_range(2..=12);
        let table = |rng: &mut DecisionRng, low: f64, high: f64| -> Vec<Vec<f64>> {
            (0..KINDS).map(|_| (0..agents).map(|_| rng.random_range(low..high)).collect()).collect()
        };
        let chances = table(rng, 0.05, 0.95);
        let (lean_logged, lean_target) = (rng.random_range(-3.0..8.0), rng.random_range(-4.0..12.0));
        let noise = [table(rng, -0.5, 0.5), table(rng, -0.5, 0.5)];
        let error = table(rng, -0.2, 0.2);
        let leaning = |lean: f64, noise: &[Vec<f64>], floor: f64| {
            let rows = chances.iter().zip(noise);
            rows.map(|(row, noise)| soft(row, noise, lean, floor)).collect::<Vec<_>>()
        };
        Self {
            logged: leaning(lean_logged, &noise[0], FLOOR),
            target: leaning(lean_target, &noise[1], 0.0),
            expected: chances.iter().zip(&error).map(|(row, error)| moved(row, error)).collect(),
            chances,
        }
    }

    /// What the judged policy earns in truth.
    pub fn value(&self) -> f64 {
        self.earned(&self.target)
    }

    /// What the logging policy earns in truth.
    pub fn logged_value(&self) -> f64 {
        self.earned(&self.logged)
    }

    /// The same world with another judged policy, one that earns `change` more than the logging one. `None` when nobody could.
    pub fn changed_by(mut self, change: f64) -> Option<Self> {
        let best = |row: &Vec<f64>| {
            let order = |a: &&f64, b: &&f64| if change > 0.0 { a.total_cmp(b) } else { b.total_cmp(a) };
            let extreme = row.iter().max_by(order)?;
            Some(row.iter().map(|chance| f64::from(u8::from(chance == extreme))).collect::<Vec<f64>>())
        };
        let extreme: Vec<Vec<f64>> = self.chances.iter().map(best).collect::<Option<_>>()?;
        let share = change / (self.earned(&extreme) - self.logged_value());
        if !(0.0..=1.0).contains(&share) {
            return None;
        }
        let mixed = |(from, to): (&Vec<f64>, &Vec<f64>)| {
            from.iter().zip(to).map(|(a, b)| a + share * (b - a)).collect()
        };
        self.target = self.logged.iter().zip(&extreme).map(mixed).collect();
        Some(self)
    }

    /// An outcome of the judged policy or of the logging one, less what the model expected of the logging one.
    pub fn surplus(&self, judged: bool, rng: &mut DecisionRng) -> f64 {
        let kind = rng.random_range(0..KINDS);
        let policy = if judged { &self.target[kind] } else { &self.logged[kind] };
        let chosen = draw(policy, rng.random::<f64>());
        let reward = f64::from(u8::from(rng.random::<f64>() < self.chances[kind][chosen]));
        reward - self.logged[kind].iter().zip(&self.expected[kind]).map(|(p, q)| p * q).sum::<f64>()
    }

    fn earned(&self, policy: &[Vec<f64>]) -> f64 {
        let row = |(policy, chances): (&Vec<f64>, &Vec<f64>)| {
            policy.iter().zip(chances).map(|(p, c)| p * c).sum::<f64>()
        };
        policy.iter().zip(&self.chances).map(row).sum::<f64>() / KINDS as f64
    }

    /// A log as the judged policy sees it.
    pub fn samples(&self, count: usize, rng: &mut DecisionRng) -> Vec<Sample> {
        (0..count).map(|_| self.draw(rng, |kind, choice| choice.sample(&self.target[kind]))).collect()
    }

    /// A log as the judged policy and the logging one see it together.
    pub fn pairs(&self, count: usize, rng: &mut DecisionRng) -> Vec<Paired> {
        let both = |kind: usize, choice: Choice<'_>| choice.paired(&self.target[kind], &self.logged[kind]);
        (0..count).map(|_| self.draw(rng, both)).collect()
    }

    fn draw<T>(&self, rng: &mut DecisionRng, see: impl Fn(usize, Choice<'_>) -> T) -> T {
        let kind = rng.random_range(0..KINDS);
        let chosen = draw(&self.logged[kind], rng.random::<f64>());
        let reward = f64::from(u8::from(rng.random::<f64>() < self.chances[kind][chosen]));
        see(kind, Choice { logged: &self.logged[kind], expected: &self.expected[kind], chosen, reward })
    }
}

fn soft(row: &[f64], noise: &[f64], lean: f64, floor: f64) -> Vec<f64> {
    let weights: Vec<f64> =
        row.iter().zip(noise).map(|(value, noise)| (lean * value + noise).exp()).collect();
    let (sum, count) = (weights.iter().sum::<f64>(), weights.len() as f64);
    weights.iter().map(|weight| (1.0 - floor) * weight / sum + floor / count).collect()
}

fn moved(row: &[f64], error: &[f64]) -> Vec<f64> {
    row.iter().zip(error).map(|(value, error)| (value + error).clamp(0.0, 1.0)).collect()
}

fn draw(probabilities: &[f64], point: f64) -> usize {
    let mut sum = 0.0;
    for (index, probability) in probabilities.iter().enumerate() {
        sum += probability;
        if point < sum {
            return index;
        }
    }
    probabilities.len() - 1
}

/// Worlds in which the judged policy earns `change` more than the logging one, with a random source for each.
pub fn worlds(seed: u64, change: f64) -> impl Iterator<Item = (World, DecisionRng)> {
    (0..).filter_map(move |number| {
        let mut rng = q_learning::decision_rng(seed.wrapping_mul(1_000_003).wrapping_add(number));
        let world = World::random(&mut rng).changed_by(change)?;
        Some((world, rng))
    })
}
