//! Which model an agent runs on: whoever answered last to the name that its settings have for it; until somebody did, the name itself.
//!
//! A name may be an alias, and what it stands for may change: only whoever answered knows.

use std::sync::Arc;

use super::evidence::Surprise;
use super::models::Model;
use super::{Learner, kept};
use crate::bytes::{Reader, Writer};
use crate::{Error, Experience, ModelKey};

/// Names that are kept; of more, the one that nobody answered under for longest is forgotten.
const NAMES: usize = 1_024;

/// The names that models were asked for by, ascending by fingerprint, then by name. Cloning shares them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Aliases(Arc<Vec<Alias>>);

#[derive(Clone, Debug, PartialEq)]
struct Alias {
    name: ModelKey,
    meant: ModelKey,
    used: u64,
}

impl Aliases {
    /// The model that answered under this name last.
    pub(crate) fn meant_by<'a>(&'a self, name: &'a ModelKey) -> &'a ModelKey {
        self.find(name).map_or(name, |at| &self.0[at].meant)
    }

    /// This model answered to the name.
    fn learn(&mut self, name: &ModelKey, meant: &ModelKey, seq: u64) {
        let found = self.find(name);
        let names = Arc::make_mut(&mut self.0);
        let newcomer = || Alias { name: name.clone(), meant: meant.clone(), used: seq };
        let at = found.unwrap_or_else(|at| kept::welcome(names, at, newcomer(), NAMES, |alias| alias.used));
        names[at] = newcomer();
    }

    fn find(&self, name: &ModelKey) -> Result<usize, usize> {
        self.0.binary_search_by(|alias| alias.name.order(name))
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.count(self.0.len());
        for alias in &*self.0 {
            out.text(alias.name.as_str());
            out.text(alias.meant.as_str());
            out.u64(alias.used);
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let names = from.list(|from| {
            let (name, meant) = (ModelKey::new(from.text()?), ModelKey::new(from.text()?));
            Ok(Alias { name, meant, used: from.u64()? })
        })?;
        let ordered = names.is_sorted_by(|a, b| a.name.order(&b.name).is_lt()) && names.len() <= NAMES;
        if ordered { Ok(Self(Arc::new(names))) } else { Err(Error::Corrupt("aliases are out of order")) }
    }
}

impl Learner {
    /// The model behind the name that an agent asks for it by, if anything is known of it.
    pub(super) fn model_behind(&self, asked: Option<&ModelKey>) -> Option<&Model> {
        self.models.of(asked.map(|name| self.aliases.meant_by(name)))
    }

    /// What the model of an attempt adds to its value.
    pub(super) fn effect_of_model(&self, experience: &Experience) -> f64 {
        let model = self.model_of(experience);
        self.models.of(model.as_ref()).map_or(0.0, |model| model.effect().mean)
    }

    /// The model that an attempt is credited to: whoever answered. Where nobody did, whoever was expected to, if anything is known of it.
    pub(super) fn model_of(&self, experience: &Experience) -> Option<ModelKey> {
        let expected = || self.model_behind(experience.asked.as_ref()).map(|model| model.key.clone());
        experience.model.clone().or_else(expected)
    }

    pub(super) fn learn_of_model(&mut self, experience: &Experience, surprise: &Surprise, standardised: f64) {
        if let Some(model) = self.model_of(experience) {
            self.models.learn(&model, &experience.agent, surprise, standardised, &self.config);
        }
        if let (true, Some(name), Some(answered)) = (surprise.is_new, &experience.asked, &experience.model) {
            self.aliases.learn(name, answered, surprise.seq);
        }
    }
}
