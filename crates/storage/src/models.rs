//! Models and their calls.

use task_model::Micros;

use crate::open::pending;
use crate::*;

impl Storage {
    /// All models by id.
    pub async fn model_list(&self) -> Result<Vec<ModelRecord>> {
        Err(pending())
    }

    /// A model by its id.
    pub async fn model_find(&self, _model_id: &str) -> Result<Option<ModelRecord>> {
        Err(pending())
    }

    /// Creates or replaces a model; `created_at` of an existing one stays.
    pub async fn model_put(&self, _model: ModelRecord) -> Result<()> {
        Err(pending())
    }

    /// Removes a model; false when it was not there.
    pub async fn model_delete(&self, _model_id: &str) -> Result<bool> {
        Err(pending())
    }

    /// Records a call.
    pub async fn model_call_add(&self, _call: ModelCall) -> Result<()> {
        Err(pending())
    }

    /// Sums over the calls in `[since, until)`, the dearest group first (days in order).
    pub async fn model_costs(
        &self,
        _group: CostGroup,
        _since: Option<Micros>,
        _until: Option<Micros>,
    ) -> Result<Vec<ModelCost>> {
        Err(pending())
    }
}
