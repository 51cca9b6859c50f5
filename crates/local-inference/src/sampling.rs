//! How the next token is drawn.

use candle_transformers::generation::{LogitsProcessor, Sampling as Draw};
use serde_json::Value;

/// What the caller wishes; what it leaves open is taken from the model's `generation_config.json`, else neutral.
#[derive(Debug, Clone, Default)]
pub struct Sampling {
    /// 0 takes the likeliest token.
    pub temperature: Option<f64>,
    /// Nucleus sampling, 0–1.
    pub top_p: Option<f64>,
    /// Same seed, same conversation: same answer.
    pub seed: u64,
    /// The most tokens of the answer.
    pub max_tokens: usize,
    /// Texts at which the answer ends; they are not part of it.
    pub stop: Vec<String>,
}

/// What the model's makers recommend.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Recommended {
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<usize>,
}

impl Recommended {
    /// From `generation_config.json`.
    pub(crate) fn read(config: &Value) -> Self {
        // Without `do_sample` the other figures are leftovers.
        if config["do_sample"].as_bool() != Some(true) {
            return Self::default();
        }
        let top_k = config["top_k"].as_u64().and_then(|k| usize::try_from(k).ok()).filter(|k| *k > 0);
        Self { temperature: config["temperature"].as_f64(), top_p: config["top_p"].as_f64(), top_k }
    }

    /// What draws the tokens of one answer.
    pub(crate) fn processor(self, wished: &Sampling) -> LogitsProcessor {
        LogitsProcessor::from_sampling(wished.seed, self.draw(wished))
    }

    fn draw(self, wished: &Sampling) -> Draw {
        let temperature = wished.temperature.or(self.temperature).unwrap_or(1.0);
        if temperature < 1e-5 {
            return Draw::ArgMax;
        }
        let p = wished.top_p.or(self.top_p).filter(|p| *p < 1.0);
        // What the caller wishes replaces the recommendation as a whole.
        let k = self.top_k.filter(|_| wished.temperature.is_none() && wished.top_p.is_none());
        match (k, p) {
            (Some(k), Some(p)) => Draw::TopKThenTopP { k, p, temperature },
            (Some(k), None) => Draw::TopK { k, temperature },
            (None, Some(p)) => Draw::TopP { p, temperature },
            (None, None) => Draw::All { temperature },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn draw(config: Value, temperature: Option<f64>, top_p: Option<f64>) -> Draw {
        Recommended::read(&config).draw(&Sampling { temperature, top_p, ..Sampling::default() })
    }

    #[test]
    fn zero_takes_the_likeliest() {
        assert_eq!(draw(json!({}), Some(0.0), Some(0.5)), Draw::ArgMax);
    }

    #[test]
    fn what_is_left_open_is_as_the_makers_recommend() {
        let config = json!({"do_sample": true, "temperature": 0.6, "top_p": 0.95, "top_k": 20});
        assert_eq!(draw(config.clone(), None, None), Draw::TopKThenTopP { k: 20, p: 0.95, temperature: 0.6 });
        assert_eq!(draw(config, Some(1.2), None), Draw::TopP { p: 0.95, temperature: 1.2 });
        assert_eq!(draw(json!({"temperature": 0.6}), None, None), Draw::All { temperature: 1.0 });
    }
}
