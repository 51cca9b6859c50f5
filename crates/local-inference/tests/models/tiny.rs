//! Makes models small enough to be made in a test: a tokenizer of single bytes, and networks whose answers are known.
//!
//! A *speller* says after each character the one that its alphabet names next: embeddings and output are one-hot, attention
//! and feed-forward layers add nothing. A *random* network has weights without meaning that use every part of it.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use candle_core::quantized::{GgmlDType, QTensor, gguf_file};
use candle_core::{Device, Tensor};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokenizers::models::bpe::BPE;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{AddedToken, Tokenizer};

pub const END: &str = "<|im_end|>";
/// Ends with the last character of the last turn, which a speller goes on from.
pub const TEMPLATE: &str = "{% for m in messages %}{{ m.role }}:{{ m.content }}{% endfor %}";

const HIDDEN: usize = 288;
const HEADS: usize = 4;
const LAYERS: usize = 2;
const INNER: usize = 32;
const PRINTABLE: usize = 94;
pub const CONTEXT: usize = 512;

pub struct Tiny {
    pub folder: TempDir,
    pub tokenizer: Tokenizer,
}

/// Weights by name, with their shapes.
pub type Tensors = HashMap<String, Tensor>;

/// A folder with a tokenizer of single bytes, the end token, and `more` tokens of whole texts.
pub fn folder(more: &[&str]) -> Tiny {
    let folder = tempfile::tempdir().unwrap();
    let mut letters: Vec<char> = ByteLevel::alphabet().into_iter().collect();
    letters.sort_unstable();
    let vocabulary =
        letters.iter().zip(0u32..).map(|(letter, id)| (letter.to_string(), id)).collect::<HashMap<_, _>>();
    let bpe = BPE::builder()
        .vocab_and_merges(vocabulary.into_iter().collect::<tokenizers::models::bpe::Vocab>(), vec![]);
    let mut tokenizer = Tokenizer::new(bpe.build().unwrap());
    tokenizer.with_pre_tokenizer(Some(ByteLevel::new(false, false, false)));
    tokenizer.with_decoder(Some(ByteLevel::new(false, false, false)));
    tokenizer.add_special_tokens([AddedToken::from(END, true)]).unwrap();
    tokenizer.add_tokens(more.iter().map(|text| AddedToken::from(*text, false))).unwrap();
    tokenizer.save(folder.path().join("tokenizer.json"), false).unwrap();
    let named = json!({"eos_token": END, "chat_template": TEMPLATE});
    fs::write(folder.path().join("tokenizer_config.json"), named.to_string()).unwrap();
    Tiny { folder, tokenizer }
}

impl Tiny {
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn id(&self, token: &str) -> usize {
        self.tokenizer.encode(token, false).unwrap().get_ids()[0] as usize
    }

    pub fn config(&self, model_type: &str) -> Value {
        json!({
            "model_type": model_type, "vocab_size": HIDDEN, "hidden_size": HIDDEN, "intermediate_size": INNER,
            "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "num_key_value_heads": 2, "head_dim": HIDDEN / HEADS,
            "max_position_embeddings": CONTEXT, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "hidden_act": "silu",
            "tie_word_embeddings": false, "attention_bias": false, "sliding_window": CONTEXT, "max_window_layers": LAYERS,
            "use_sliding_window": false,
        })
    }

    /// Writes a network as safetensors.
    pub fn write(&self, config: &Value, tensors: &Tensors) -> PathBuf {
        fs::write(self.path().join("config.json"), config.to_string()).unwrap();
        candle_core::safetensors::save(tensors, self.path().join("model.safetensors")).unwrap();
        self.path().to_owned()
    }

    /// Writes a network as a GGUF file that has everything inside.
    pub fn write_gguf(&self, architecture: &str, tensors: &Tensors) -> PathBuf {
        use gguf_file::Value::{Array, F32, String as Text, U32};
        let key = |name: &str| format!("{architecture}.{name}");
        let size = |n: usize| U32(u32::try_from(n).unwrap());
        // GGUF's own tokenizer needs at least one merge; no text of the tests holds these two letters in a row.
        let mut tokens: Vec<String> = (0..HIDDEN as u32)
            .map(|id| self.tokenizer.id_to_token(id).unwrap_or(format!("[unused{id}]")))
            .collect();
        tokens[HIDDEN - 1] = "QJ".to_owned();
        let metadata = [
            ("general.architecture".to_owned(), Text(architecture.to_owned())),
            (key("attention.head_count"), size(HEADS)),
            (key("attention.head_count_kv"), size(2)),
            (key("attention.key_length"), size(HIDDEN / HEADS)),
            (key("attention.layer_norm_rms_epsilon"), F32(1e-6)),
            (key("block_count"), size(LAYERS)),
            (key("embedding_length"), size(HIDDEN)),
            (key("context_length"), size(CONTEXT)),
            (key("rope.dimension_count"), size(HIDDEN / HEADS)),
            (key("rope.freq_base"), F32(10000.0)),
            ("general.dtype".to_owned(), U32(0)),
            ("tokenizer.ggml.model".to_owned(), Text("gpt2".to_owned())),
            ("tokenizer.ggml.pre".to_owned(), Text("qwen2".to_owned())),
            ("tokenizer.ggml.tokens".to_owned(), Array(tokens.into_iter().map(Text).collect())),
            ("tokenizer.ggml.merges".to_owned(), Array(vec![Text("Q J".to_owned())])),
            ("tokenizer.ggml.eos_token_id".to_owned(), size(self.id(END))),
            ("tokenizer.chat_template".to_owned(), Text(TEMPLATE.to_owned())),
        ];
        let tensors: Vec<(String, QTensor)> = tensors
            .iter()
            .map(|(name, tensor)| (gguf_name(name), QTensor::quantize(tensor, GgmlDType::F32).unwrap()))
            .collect();
        let path = self.path().join("model.gguf");
        let metadata: Vec<_> = metadata.iter().map(|(name, value)| (name.as_str(), value)).collect();
        let tensors: Vec<_> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
        gguf_file::write(&mut File::create(&path).unwrap(), &metadata, &tensors).unwrap();
        fs::remove_file(self.path().join("tokenizer.json")).unwrap();
        path
    }

    /// Says the second token of a pair after the first; after anything else, the end.
    pub fn speller(&self, pairs: &[(&str, &str)]) -> Tensors {
        let mut output = vec![0f32; HIDDEN * HIDDEN];
        for token in 0..HIDDEN {
            let after =
                pairs.iter().find(|(first, _)| self.id(first) == token).map_or(END, |(_, second)| second);
            output[self.id(after) * HIDDEN + token] = 10.0;
        }
        let mut tensors = network(|_, _| 0.0);
        let eye = Tensor::eye(HIDDEN, candle_core::DType::F32, &Device::Cpu).unwrap();
        tensors.insert("model.embed_tokens.weight".to_owned(), eye);
        let output = Tensor::from_vec(output, (HIDDEN, HIDDEN), &Device::Cpu).unwrap();
        tensors.insert("lm_head.weight".to_owned(), output);
        tensors
    }
}

/// Weights without meaning, the same every time. Only printable ASCII is ever said: these tokens come first.
pub fn random() -> Tensors {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    network(move |name, i| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let said = name != "lm_head.weight" || i < PRINTABLE * HIDDEN;
        if said { ((state >> 40) as f32 / (1u64 << 24) as f32 - 0.5) * 0.4 } else { 0.0 }
    })
}

/// Every tensor that the supported families know; norms are 1. What a family does not know it does not read.
fn network(mut value: impl FnMut(&str, usize) -> f32) -> Tensors {
    let mut shapes: Vec<(String, Vec<usize>)> = vec![
        ("model.embed_tokens.weight".to_owned(), vec![HIDDEN, HIDDEN]),
        ("model.norm.weight".to_owned(), vec![HIDDEN]),
        ("lm_head.weight".to_owned(), vec![HIDDEN, HIDDEN]),
    ];
    let narrow = HIDDEN / HEADS * 2;
    for layer in 0..LAYERS {
        let mut add = |name: &str, shape: &[usize]| {
            shapes.push((format!("model.layers.{layer}.{name}"), shape.to_vec()))
        };
        add("self_attn.q_proj.weight", &[HIDDEN, HIDDEN]);
        add("self_attn.q_proj.bias", &[HIDDEN]);
        add("self_attn.k_proj.weight", &[narrow, HIDDEN]);
        add("self_attn.k_proj.bias", &[narrow]);
        add("self_attn.v_proj.weight", &[narrow, HIDDEN]);
        add("self_attn.v_proj.bias", &[narrow]);
        add("self_attn.o_proj.weight", &[HIDDEN, HIDDEN]);
        add("self_attn.q_norm.weight", &[HIDDEN / HEADS]);
        add("self_attn.k_norm.weight", &[HIDDEN / HEADS]);
        add("mlp.gate_proj.weight", &[INNER, HIDDEN]);
        add("mlp.up_proj.weight", &[INNER, HIDDEN]);
        add("mlp.down_proj.weight", &[HIDDEN, INNER]);
        add("input_layernorm.weight", &[HIDDEN]);
        add("post_attention_layernorm.weight", &[HIDDEN]);
    }
    let tensor = |(name, shape): (String, Vec<usize>)| {
        let of_norm = name.contains("norm");
        let numbers =
            (0..shape.iter().product()).map(|i| if of_norm { 1.0 } else { value(&name, i) }).collect();
        (name, Tensor::from_vec::<_, f32>(numbers, shape, &Device::Cpu).unwrap())
    };
    shapes.into_iter().map(tensor).collect()
}

fn gguf_name(name: &str) -> String {
    [
        ("model.layers.", "blk."),
        ("model.embed_tokens", "token_embd"),
        ("model.norm", "output_norm"),
        ("lm_head", "output"),
        ("self_attn.q_proj", "attn_q"),
        ("self_attn.k_proj", "attn_k"),
        ("self_attn.v_proj", "attn_v"),
        ("self_attn.o_proj", "attn_output"),
        ("self_attn.q_norm", "attn_q_norm"),
        ("self_attn.k_norm", "attn_k_norm"),
        ("mlp.gate_proj", "ffn_gate"),
        ("mlp.up_proj", "ffn_up"),
        ("mlp.down_proj", "ffn_down"),
        ("post_attention_layernorm", "ffn_norm"),
        ("input_layernorm", "attn_norm"),
    ]
    .into_iter()
    .fold(name.to_owned(), |name, (hub, gguf)| name.replace(hub, gguf))
}

impl Tiny {
    /// Makes one token follow another in a speller.
    pub fn follow(&self, tensors: &mut Tensors, first: usize, second: usize) {
        let mut rows = tensors["lm_head.weight"].to_vec2::<f32>().unwrap();
        for row in &mut rows {
            row[first] = 0.0;
        }
        rows[second][first] = 10.0;
        tensors.insert("lm_head.weight".to_owned(), Tensor::new(rows, &Device::Cpu).unwrap());
    }
}
