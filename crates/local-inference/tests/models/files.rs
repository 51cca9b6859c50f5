//! What is said of files that are missing or wrong.

use std::fs;
use std::path::Path;

use local_inference::{ChatModel, EmbeddingModel};
use serde_json::json;

use crate::tiny::{folder, random};

fn refusal(path: &Path) -> String {
    ChatModel::open(path).err().expect("must be refused").to_string()
}

#[test]
fn what_is_missing_is_named() {
    let tiny = folder(&[]);
    assert!(refusal(Path::new("/nonexistent/model.gguf")).contains("/nonexistent/model.gguf"));
    assert!(refusal(tiny.path()).contains("config.json"));
    fs::write(tiny.path().join("config.json"), tiny.config("llama").to_string()).unwrap();
    assert!(refusal(tiny.path()).contains("safetensors"));
    fs::remove_file(tiny.path().join("tokenizer.json")).unwrap();
    assert!(refusal(tiny.path()).contains("tokenizer.json"));
}

#[test]
fn other_kinds_are_refused_with_those_that_are_known() {
    let tiny = folder(&[]);
    tiny.write(&tiny.config("mamba"), &random());
    let text = refusal(tiny.path());
    assert!(text.contains("mamba") && text.contains("qwen3"), "{text}");
    assert!(EmbeddingModel::open(tiny.path()).err().unwrap().to_string().contains("bert"));
    let tiny = folder(&[]);
    assert!(refusal(&tiny.write_gguf("mamba", &random())).contains("mamba"));
}

#[test]
fn a_model_without_a_chat_template_is_refused() {
    let tiny = folder(&[]);
    tiny.write(&tiny.config("llama"), &random());
    fs::write(tiny.path().join("tokenizer_config.json"), json!({}).to_string()).unwrap();
    assert!(refusal(tiny.path()).contains("chat template"));
}

#[test]
fn a_file_that_is_no_gguf_is_refused() {
    let tiny = folder(&[]);
    let path = tiny.path().join("broken.gguf");
    fs::write(&path, "hello").unwrap();
    assert!(refusal(&path).contains("no GGUF"));
}
