//! Who gave an answer: for people beside the step, and for the credit of its outcome.

/// Providers name models as they like; the log of outcomes repeats the name with every line.
const NAME_MAX_CHARS: usize = 256;

/// Who gave the last answer.
#[derive(Debug, Clone, Default)]
pub struct Speaker {
    /// The model, by its provider's name for it.
    pub model: Option<String>,
    /// The provider.
    pub provider: Option<String>,
}

impl Speaker {
    /// As `provider/model`: the name that outcomes are credited under, whatever alias the model was asked for by.
    pub fn name(&self) -> Option<String> {
        let model = self.model.as_ref()?;
        let whole = self.provider.iter().flat_map(|provider| provider.chars().chain(['/']));
        Some(whole.chain(model.chars()).take(NAME_MAX_CHARS).collect())
    }
}
