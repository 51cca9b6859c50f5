//! Models made by hand, byte for byte: a Llama that says after each token the one its weights name, and a BERT without layers.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

const END: &str = "<|im_end|>";
const SIZE: usize = 112;
/// Renders tools, so that they can be told, and ends with the last word that was said.
const TEMPLATE: &str =
    "{% for m in messages %}{{ m.role }}:{{ m.content }}{% endfor %}{% if tools %}!{% endif %}";

/// Writes a Llama: after the first token of each pair it says the second, after any other it ends.
pub fn write_speller(folder: &Path, more: &[&str], pairs: &[(&str, &str)]) {
    let vocabulary = write_tokenizer(folder, more);
    let id = |token: &str| vocabulary.iter().position(|known| known == token).unwrap();
    let config = json!({
        "model_type": "llama", "vocab_size": SIZE, "hidden_size": SIZE, "intermediate_size": 8, "num_hidden_layers": 1,
        "num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": 128, "rms_norm_eps": 1e-6,
        "eos_token_id": id(END),
    });
    fs::write(folder.join("config.json"), config.to_string()).unwrap();
    let mut output = vec![0f32; SIZE * SIZE];
    for token in 0..SIZE {
        let second = pairs.iter().find(|(first, _)| id(first) == token).map_or(END, |(_, second)| second);
        output[id(second) * SIZE + token] = 10.0;
    }
    let eye = (0..SIZE * SIZE).map(|i| if i % (SIZE + 1) == 0 { 1.0 } else { 0.0 }).collect();
    let layer = |name: &str| format!("model.layers.0.{name}.weight");
    let mut tensors = vec![
        ("model.embed_tokens.weight".to_owned(), vec![SIZE, SIZE], eye),
        ("lm_head.weight".to_owned(), vec![SIZE, SIZE], output),
        ("model.norm.weight".to_owned(), vec![SIZE], vec![1.0; SIZE]),
    ];
    for name in ["q_proj", "k_proj", "v_proj", "o_proj"] {
        tensors.push((layer(&format!("self_attn.{name}")), vec![SIZE, SIZE], vec![0.0; SIZE * SIZE]));
    }
    for (name, shape) in [("gate_proj", [8, SIZE]), ("up_proj", [8, SIZE]), ("down_proj", [SIZE, 8])] {
        tensors.push((layer(&format!("mlp.{name}")), shape.to_vec(), vec![0.0; 8 * SIZE]));
    }
    for name in ["input_layernorm", "post_attention_layernorm"] {
        tensors.push((layer(name), vec![SIZE], vec![1.0; SIZE]));
    }
    write_safetensors(folder, tensors);
}

/// Writes a BERT whose vectors have four dimensions.
pub fn write_bert(folder: &Path) {
    write_tokenizer(folder, &[]);
    let config = json!({
        "model_type": "bert", "vocab_size": SIZE, "hidden_size": 4, "num_hidden_layers": 0, "num_attention_heads": 1,
        "intermediate_size": 4, "hidden_act": "gelu", "hidden_dropout_prob": 0.0, "max_position_embeddings": 16,
        "type_vocab_size": 1, "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": 0,
    });
    fs::write(folder.join("config.json"), config.to_string()).unwrap();
    let words = (0..SIZE * 4).map(|i| (i * 31 % 17) as f32).collect();
    write_safetensors(
        folder,
        vec![
            ("embeddings.word_embeddings.weight".to_owned(), vec![SIZE, 4], words),
            ("embeddings.position_embeddings.weight".to_owned(), vec![16, 4], vec![0.0; 64]),
            ("embeddings.token_type_embeddings.weight".to_owned(), vec![1, 4], vec![0.0; 4]),
            ("embeddings.LayerNorm.weight".to_owned(), vec![4], vec![1.0; 4]),
            ("embeddings.LayerNorm.bias".to_owned(), vec![4], vec![0.0; 4]),
        ],
    );
}

/// Printable ASCII, one token each (a blank is written as `Ġ`), and `more`; the list of all.
fn write_tokenizer(folder: &Path, more: &[&str]) -> Vec<String> {
    let letters = ('!'..='~').map(String::from).chain(["Ġ".to_owned()]);
    let mut all: Vec<String> = letters.collect();
    let vocabulary: Map<String, Value> =
        all.iter().enumerate().map(|(id, letter)| (letter.clone(), id.into())).collect();
    let added = |(id, text): (usize, &str)| {
        json!({"id": id, "content": text, "special": text == END, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false})
    };
    let texts = [END].into_iter().chain(more.iter().copied());
    let added: Vec<Value> = (all.len()..).zip(texts.clone()).map(added).collect();
    all.extend(texts.map(str::to_owned));
    let bytes =
        json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false});
    let tokenizer = json!({
        "version": "1.0", "added_tokens": added, "pre_tokenizer": bytes, "decoder": bytes,
        "model": {"type": "BPE", "vocab": vocabulary, "merges": []},
    });
    fs::write(folder.join("tokenizer.json"), tokenizer.to_string()).unwrap();
    let named = json!({"eos_token": END, "chat_template": TEMPLATE});
    fs::write(folder.join("tokenizer_config.json"), named.to_string()).unwrap();
    all
}

/// The length of a JSON header, the header, the numbers.
fn write_safetensors(folder: &Path, tensors: Vec<(String, Vec<usize>, Vec<f32>)>) {
    let (mut header, mut data) = (Map::new(), Vec::new());
    for (name, shape, numbers) in tensors {
        let begin = data.len();
        data.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        header.insert(name, json!({"dtype": "F32", "shape": shape, "data_offsets": [begin, data.len()]}));
    }
    let header = Value::from(header).to_string();
    let length = (header.len() as u64).to_le_bytes();
    fs::write(folder.join("model.safetensors"), [&length[..], header.as_bytes(), &data].concat()).unwrap();
}
