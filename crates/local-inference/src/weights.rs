//! The networks: which there are, and one step of each.

mod gguf;
pub(crate) mod safetensors;

use candle_core::{Device, IndexOp, Tensor};
use candle_transformers::models::{
    llama, mistral, quantized_llama, quantized_qwen2, quantized_qwen3, qwen2, qwen3,
};

use crate::Error;
use crate::files::Files;

/// The longest piece of a prompt that is worked through at once. Between two pieces a caller who went away is noticed.
const PIECE: usize = 128;

/// A loaded network with its memory of the tokens so far.
pub(crate) struct Weights {
    network: Network,
    /// Tokens that it can hold.
    pub(crate) context: usize,
}

enum Network {
    Llama { network: llama::Llama, config: llama::Config, cache: llama::Cache },
    Mistral(mistral::Model),
    Qwen2(qwen2::ModelForCausalLM),
    Qwen3(qwen3::ModelForCausalLM),
    GgufLlama(quantized_llama::ModelWeights),
    GgufQwen2(quantized_qwen2::ModelWeights),
    GgufQwen3(quantized_qwen3::ModelWeights),
}

impl Weights {
    /// Loads them. candle panics on some broken files; so does this.
    pub(crate) fn load(files: &mut Files) -> Result<Self, Error> {
        match files {
            Files::Gguf { content, file, .. } => gguf::load(content, file),
            Files::Folder(folder) => safetensors::load(folder),
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) -> Result<(), Error> {
        match &mut self.network {
            Network::Llama { config, cache, .. } => *cache = safetensors::llama_cache(config)?,
            Network::Mistral(network) => network.clear_kv_cache(),
            Network::Qwen2(network) => network.clear_kv_cache(),
            Network::Qwen3(network) => network.clear_kv_cache(),
            Network::GgufLlama(network) => network.clear_kv_cache(),
            Network::GgufQwen2(network) => network.clear_kv_cache(),
            Network::GgufQwen3(network) => network.clear_kv_cache(),
        }
        Ok(())
    }

    /// Reads tokens that follow `seen` others; the logits of the next one.
    pub(crate) fn read(&mut self, tokens: &[u32], seen: usize) -> Result<Tensor, Error> {
        let input = Tensor::new(tokens, &Device::Cpu)?.unsqueeze(0)?;
        let logits = match &mut self.network {
            Network::Llama { network, cache, .. } => network.forward(&input, seen, cache)?,
            Network::Mistral(network) => network.forward(&input, seen)?,
            Network::Qwen2(network) => network.forward(&input, seen)?,
            Network::Qwen3(network) => network.forward(&input, seen)?,
            Network::GgufLlama(network) => network.forward(&input, seen)?,
            Network::GgufQwen2(network) => network.forward(&input, seen)?,
            Network::GgufQwen3(network) => network.forward(&input, seen)?,
        };
        let logits = logits.i(0)?;
        Ok(if logits.rank() == 2 { logits.i(0)? } else { logits })
    }
}

/// How many of the waiting tokens are read next: powers of two, because candle keeps a mask for every pair of a piece's
/// length and its end.
pub(crate) fn piece(waiting: usize) -> usize {
    1 << waiting.clamp(1, PIECE).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_read_in_powers_of_two() {
        let pieces = |mut waiting: usize| {
            let mut all = Vec::new();
            while waiting > 0 {
                all.push(piece(waiting));
                waiting -= piece(waiting);
            }
            all
        };
        assert_eq!(pieces(300), [128, 128, 32, 8, 4]);
        assert_eq!(pieces(1), [1]);
    }
}
