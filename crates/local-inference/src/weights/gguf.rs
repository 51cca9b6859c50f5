//! Quantised networks from one GGUF file.

use std::fs::File;

use candle_core::Device;
use candle_core::quantized::gguf_file::{Content, Value};
use candle_transformers::models::{quantized_llama, quantized_qwen2, quantized_qwen3};

use super::{Network, Weights};
use crate::Error;

/// candle prepares the positions of a GGUF Llama up to here, whatever the file says.
const LLAMA_CONTEXT_MAX: usize = quantized_llama::MAX_SEQ_LEN;

pub(super) fn load(content: &mut Content, file: &mut File) -> Result<Weights, Error> {
    let architecture = content.metadata.get("general.architecture").and_then(|v| v.to_string().ok()).cloned();
    let architecture = architecture.unwrap_or_default();
    let context = context(content, &architecture)?;
    let content = take(content);
    let device = &Device::Cpu;
    Ok(match architecture.as_str() {
        "llama" => {
            let network = quantized_llama::ModelWeights::from_gguf(content, file, device)?;
            Weights { network: Network::GgufLlama(network), context: context.min(LLAMA_CONTEXT_MAX) }
        }
        "qwen2" => {
            let network = quantized_qwen2::ModelWeights::from_gguf(content, file, device)?;
            Weights { network: Network::GgufQwen2(network), context }
        }
        "qwen3" => {
            let network = quantized_qwen3::ModelWeights::from_gguf(content, file, device)?;
            Weights { network: Network::GgufQwen3(network), context }
        }
        other => {
            let known = "llama (which Mistral's are too), qwen2 and qwen3";
            return Err(Error::Unsupported(format!(
                "the GGUF architecture {other:?} is not supported; {known} are"
            )));
        }
    })
}

fn context(content: &Content, architecture: &str) -> Result<usize, Error> {
    let key = format!("{architecture}.context_length");
    let value = content.metadata.get(&key).map(Value::to_u32);
    match value {
        Some(Ok(tokens)) => Ok(usize::try_from(tokens).unwrap_or(usize::MAX)),
        _ if architecture == "llama" => Ok(LLAMA_CONTEXT_MAX),
        _ => Err(Error::Unsupported(format!("the GGUF file does not say {key}"))),
    }
}

/// The networks want the whole description; only its metadata is looked at again afterwards.
fn take(content: &mut Content) -> Content {
    Content {
        magic: content.magic,
        metadata: content.metadata.clone(),
        tensor_infos: std::mem::take(&mut content.tensor_infos),
        tensor_data_offset: content.tensor_data_offset,
    }
}
