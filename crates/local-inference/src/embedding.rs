//! An embedding model of BERT's kind: texts to vectors of length 1.

use std::path::Path;

use candle_core::{D, DType, Device, IndexOp, Tensor};
use candle_transformers::models::bert::{BertModel, Config};
use serde_json::Value;
use tokenizers::{PaddingParams, Tokenizer, TruncationParams};

use crate::weights::safetensors::tensors;
use crate::{Error, files, tokens};

/// Texts worked through at once.
const BATCH: usize = 16;

/// An embedding model in memory.
pub struct EmbeddingModel {
    network: BertModel,
    tokenizer: Tokenizer,
    pooling: Pooling,
    dimensions: usize,
    context: usize,
}

/// How the vectors of a text's tokens become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pooling {
    /// Their mean.
    Mean,
    /// That of the first token.
    First,
}

/// Vectors in the order of the texts.
pub struct Vectors {
    /// One for each text.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens read, padding left out.
    pub tokens: usize,
}

impl EmbeddingModel {
    /// Whether the files at a path say that they are a model of this kind.
    pub fn suits(path: &Path) -> bool {
        files::json::<Value>(&path.join("config.json")).is_ok_and(|config| config["model_type"] == "bert")
    }

    /// Loads a folder of the layout of sentence-transformers: `config.json`, `tokenizer.json`, `*.safetensors` and, for
    /// the pooling, `1_Pooling/config.json` (without it: the mean).
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("config.json");
        let described: Value = files::json(&path)?;
        match described["model_type"].as_str().unwrap_or_default() {
            "bert" => {}
            other => {
                let what = format!("the model_type {other:?} makes no embeddings here; bert does");
                return Err(Error::file(&path, what));
            }
        }
        let config: Config = serde_json::from_value(described).map_err(|error| Error::file(&path, error))?;
        let mut tokenizer = tokens::read(&folder.join("tokenizer.json"))?;
        let context = config.max_position_embeddings;
        let truncation = TruncationParams { max_length: context, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(Error::engine)?;
        tokenizer.with_padding(Some(PaddingParams {
            pad_id: u32::try_from(config.pad_token_id).unwrap_or_default(),
            ..PaddingParams::default()
        }));
        let pooling = pooling(&files::json_if_there(&folder.join("1_Pooling").join("config.json"))?)?;
        let network = BertModel::load(tensors(folder)?, &config)?;
        Ok(Self { network, tokenizer, pooling, dimensions: config.hidden_size, context })
    }

    /// The length of its vectors.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Tokens of a text that it sees; what follows is not read.
    pub fn context_tokens(&self) -> usize {
        self.context
    }

    /// Embeds texts; blocks the thread for as long as that takes. Ends early, with an error, when `wanted` says no.
    pub fn embed(&self, texts: &[String], wanted: impl Fn() -> bool) -> Result<Vectors, Error> {
        let mut all = Vectors { vectors: Vec::with_capacity(texts.len()), tokens: 0 };
        for batch in texts.chunks(BATCH) {
            if !wanted() {
                return Err(Error::engine("nobody waits any more"));
            }
            self.batch(batch, &mut all)?;
        }
        Ok(all)
    }

    fn batch(&self, texts: &[String], all: &mut Vectors) -> Result<(), Error> {
        let read = self.tokenizer.encode_batch(texts.to_vec(), true).map_err(Error::engine)?;
        let rows = |of: fn(&tokenizers::Encoding) -> &[u32]| {
            read.iter().map(|one| of(one).to_vec()).collect::<Vec<_>>()
        };
        let ids = Tensor::new(rows(|one| one.get_ids()), &Device::Cpu)?;
        let kinds = Tensor::new(rows(|one| one.get_type_ids()), &Device::Cpu)?;
        let mask = Tensor::new(rows(|one| one.get_attention_mask()), &Device::Cpu)?;
        let hidden = self.network.forward(&ids, &kinds, Some(&mask))?;
        let pooled = match self.pooling {
            Pooling::First => hidden.i((.., 0))?,
            Pooling::Mean => {
                let mask = mask.to_dtype(DType::F32)?.unsqueeze(2)?;
                hidden.broadcast_mul(&mask)?.sum(1)?.broadcast_div(&mask.sum(1)?)?
            }
        };
        let length = pooled.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?.clamp(1e-12, f64::MAX)?;
        all.vectors.extend(pooled.broadcast_div(&length)?.to_vec2::<f32>()?);
        all.tokens += read.iter().flat_map(|one| one.get_attention_mask()).filter(|seen| **seen == 1).count();
        Ok(())
    }
}

fn pooling(config: &Value) -> Result<Pooling, Error> {
    let is = |name: &str| config[name].as_bool() == Some(true);
    match config {
        Value::Null => Ok(Pooling::Mean),
        _ if is("pooling_mode_mean_tokens") => Ok(Pooling::Mean),
        _ if is("pooling_mode_cls_token") => Ok(Pooling::First),
        _ => Err(Error::Unsupported(
            "the pooling of 1_Pooling/config.json is neither mean_tokens nor cls_token".to_owned(),
        )),
    }
}
