//! What can be played: the learner as it runs, and what it is compared with.

use super::baseline::{bucketed, fixed, linear, neighbours};
use super::variant::Course;
use super::{DataSet, Outcome};
use crate::{Candidate, DecisionRng, Error, Experience, Learner, LearnerConfig, Scratch, Spent, Word};

/// A policy to play.
#[derive(Clone, Debug, PartialEq)]
pub enum Policy {
    /// The learner with the configuration that runs in production.
    Default,
    /// The learner with another configuration.
    Learner(Box<LearnerConfig>),
    /// Anyone, evenly.
    Random,
    /// Always the agent that will turn out the best of all.
    BestFixed,
    /// The earlier system: a table of Q-values by keywords of the text.
    KeywordTable,
    /// The best mean, and one time in ten anyone. No context.
    EpsilonGreedy,
    /// UCB1 (Auer et al., 2002). No context.
    Ucb1,
    /// Beta-Thompson by kind of text.
    BetaThompson,
    /// LinUCB (Li et al., 2010) on the learner's own features.
    LinUcb,
    /// Linear Thompson sampling (Agrawal and Goyal, 2013) on the learner's own features.
    LinThompson,
    /// SquareCB on ridge regression with the learner's own features.
    SquareCb,
    /// Mean of the 30 nearest texts that the agent had, with a bonus for having had few.
    KnnUcb,
}

impl Policy {
    /// The names of all policies without parameters.
    pub const NAMED: [(&'static str, Self); 11] = [
        ("default", Self::Default),
        ("random", Self::Random),
        ("best_fixed", Self::BestFixed),
        ("keyword_table", Self::KeywordTable),
        ("epsilon_greedy", Self::EpsilonGreedy),
        ("ucb1", Self::Ucb1),
        ("beta_thompson", Self::BetaThompson),
        ("linucb", Self::LinUcb),
        ("lin_thompson", Self::LinThompson),
        ("squarecb", Self::SquareCb),
        ("knn_ucb", Self::KnnUcb),
    ];

    /// The policy of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(known, _)| *known == name).map(|(_, policy)| policy.clone())
    }

    pub(super) fn player(&self, data: &DataSet, course: &Course<'_>) -> Result<Box<dyn Player>, Error> {
        let agents = data.agents.len();
        Ok(match self {
            Self::Default => Box::new(Learning::new(LearnerConfig::default())?),
            Self::Learner(config) => Box::new(Learning::new((**config).clone())?),
            Self::Random => Box::new(fixed::Random),
            Self::BestFixed => Box::new(fixed::Fixed(course.best)),
            Self::KeywordTable => Box::new(bucketed::KeywordTable::new(agents)),
            Self::EpsilonGreedy => Box::new(bucketed::EpsilonGreedy::new(agents)),
            Self::Ucb1 => Box::new(bucketed::Ucb1::new(agents)),
            Self::BetaThompson => Box::new(bucketed::BetaThompson::new(agents)),
            Self::LinUcb => Box::new(linear::Linear::new(agents, linear::Rule::Ucb)),
            Self::LinThompson => Box::new(linear::Linear::new(agents, linear::Rule::Thompson)),
            Self::SquareCb => Box::new(linear::Linear::new(agents, linear::Rule::InverseGap)),
            Self::KnnUcb => Box::new(neighbours::Neighbours::default()),
        })
    }
}

/// What a policy may see of a row.
pub(super) struct View<'v> {
    pub(super) data: &'v DataSet,
    pub(super) row: usize,
    pub(super) available: &'v [usize],
}

/// A policy during a pass.
pub(super) trait Player {
    /// Chooses one of the available agents.
    fn choose(&mut self, view: &View<'_>, rng: &mut DecisionRng) -> usize;

    /// The probability of success that it gave its last choice, if it has one.
    fn confidence(&self) -> Option<f64> {
        None
    }

    /// Is told what a choice counts as until its true reward comes; answers what was learned of it, and with which weight. Who cannot
    /// take back what was learned waits.
    fn hear_first(&mut self, _data: &DataSet, _outcome: &Outcome) -> Option<(f64, f64)> {
        None
    }

    /// Is told that nobody will say what came of an earlier choice.
    fn hear_nothing(&mut self, _data: &DataSet, _outcome: &Outcome) {}

    /// Is told what came of an earlier choice.
    fn learn(&mut self, data: &DataSet, outcome: &Outcome);
}

/// The learner, through the same code that runs in production.
struct Learning {
    learner: Learner,
    scratch: Scratch,
    confidence: Option<f64>,
}

impl Learning {
    fn new(config: LearnerConfig) -> Result<Self, Error> {
        Ok(Self { learner: Learner::new(config)?, scratch: Scratch::default(), confidence: None })
    }
}

impl Player for Learning {
    fn choose(&mut self, view: &View<'_>, rng: &mut DecisionRng) -> usize {
        let mut candidates: Vec<Candidate<'_>> = Vec::with_capacity(view.available.len());
        let agents = view.available.iter().map(|arm| &view.data.agents[*arm]);
        candidates.extend(agents.map(|agent| Candidate::new(agent, 0.0)));
        let decision =
            self.learner.decide(&view.data.contexts[view.row], &candidates, rng, &mut self.scratch);
        let Ok(decision) = decision else { return view.available[0] };
        self.confidence = Some(self.learner.confidence(decision.values[decision.index]));
        view.available[decision.index]
    }

    fn confidence(&self) -> Option<f64> {
        self.confidence
    }

    fn hear_first(&mut self, data: &DataSet, outcome: &Outcome) -> Option<(f64, f64)> {
        let weight = self.learner.provisional_weight(outcome.reward);
        self.update(Experience { weight, ..Self::experience(data, outcome) });
        Some((outcome.reward, weight))
    }

    fn hear_nothing(&mut self, data: &DataSet, outcome: &Outcome) {
        let Experience { context, agent, .. } = Self::experience(data, outcome);
        self.update(Experience::unanswered(context, agent));
    }

    fn learn(&mut self, data: &DataSet, outcome: &Outcome) {
        self.update(Self::experience(data, outcome));
    }
}

impl Learning {
    fn experience(data: &DataSet, outcome: &Outcome) -> Experience {
        let (context, agent) = (data.contexts[outcome.row].clone(), data.agents[outcome.arm].clone());
        let mut experience = Experience::new(context, agent, outcome.reward);
        let cost = outcome.cost.filter(|_| outcome.replaces.is_none());
        experience.spent = cost.map(|cost_usd| Spent { cost_usd, ..Spent::default() });
        if let Some((reward, weight)) = outcome.replaces {
            (experience.replaces, experience.replaced_weight) = (Some(reward), weight);
        }
        experience.provisional = outcome.source.is_none();
        experience.word =
            outcome.source.map(|source| Word { source: format!("source-{source}"), score: outcome.reward });
        experience
    }

    fn update(&mut self, experience: Experience) {
        self.learner.update(&experience).expect("the data set holds rewards from 0 to 1 only");
    }
}
