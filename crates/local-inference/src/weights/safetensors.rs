//! Networks from a folder with `config.json` and `*.safetensors`, in single precision.

use std::path::Path;

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use candle_transformers::models::{llama, mistral, qwen2, qwen3};
use serde_json::Value;

use super::{Network, Weights};
use crate::{Error, files};

pub(super) fn load(folder: &Path) -> Result<Weights, Error> {
    let path = folder.join("config.json");
    let config: Value = files::json(&path)?;
    let tensors = tensors(folder)?;
    let context = config["max_position_embeddings"].as_u64().and_then(|n| usize::try_from(n).ok());
    let context = context.ok_or_else(|| Error::file(&path, "does not say max_position_embeddings"))?;
    let network = match config["model_type"].as_str().unwrap_or_default() {
        "llama" => {
            let config = of::<llama::LlamaConfig>(&path, config)?.into_config(false);
            let cache = llama_cache(&config)?;
            Network::Llama { network: llama::Llama::load(tensors, &config)?, config, cache }
        }
        "mistral" => Network::Mistral(mistral::Model::new(&of(&path, with_no_flash(config))?, tensors)?),
        "qwen2" => Network::Qwen2(qwen2::ModelForCausalLM::new(&of(&path, config)?, tensors)?),
        "qwen3" => Network::Qwen3(qwen3::ModelForCausalLM::new(&of(&path, config)?, tensors)?),
        other => {
            let what =
                format!("the model_type {other:?} is not supported; llama, mistral, qwen2 and qwen3 are");
            return Err(Error::file(&path, what));
        }
    };
    Ok(Weights { network, context })
}

/// A Llama's memory, empty.
pub(super) fn llama_cache(config: &llama::Config) -> Result<llama::Cache, Error> {
    Ok(llama::Cache::new(true, DType::F32, config, &Device::Cpu)?)
}

/// All tensors of a folder, read into memory as they are asked for.
pub(crate) fn tensors(folder: &Path) -> Result<VarBuilder<'static>, Error> {
    let mut all = std::collections::HashMap::new();
    for path in files::safetensors(folder)? {
        let tensors = candle_core::safetensors::load(&path, &Device::Cpu);
        all.extend(tensors.map_err(|error| Error::file(&path, error))?);
    }
    Ok(VarBuilder::from_tensors(all, DType::F32, &Device::Cpu))
}

fn of<T: serde::de::DeserializeOwned>(path: &Path, config: Value) -> Result<T, Error> {
    serde_json::from_value(config).map_err(|error| Error::file(path, error))
}

/// candle takes the absence of this field, which hubs do not know, for a wish.
fn with_no_flash(mut config: Value) -> Value {
    config["use_flash_attn"] = Value::Bool(false);
    config
}
