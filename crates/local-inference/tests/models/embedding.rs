//! What embedding models say.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use candle_core::{Device, Tensor};
use local_inference::EmbeddingModel;
use serde_json::json;

use crate::tiny::{Tiny, folder};

const HIDDEN: usize = 8;
const VOCABULARY: usize = 288;

/// A BERT with so many layers; weights without meaning, but the same every time.
fn bert(tiny: &Tiny, layers: usize) {
    let config = json!({
        "model_type": "bert", "vocab_size": VOCABULARY, "hidden_size": HIDDEN, "num_hidden_layers": layers,
        "num_attention_heads": 2, "intermediate_size": 16, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
        "max_position_embeddings": 32, "type_vocab_size": 2, "initializer_range": 0.02, "layer_norm_eps": 1e-12,
        "pad_token_id": 0,
    });
    fs::write(tiny.path().join("config.json"), config.to_string()).unwrap();
    let mut shapes = vec![
        ("embeddings.word_embeddings.weight".to_owned(), vec![VOCABULARY, HIDDEN]),
        ("embeddings.position_embeddings.weight".to_owned(), vec![32, HIDDEN]),
        ("embeddings.token_type_embeddings.weight".to_owned(), vec![2, HIDDEN]),
        ("embeddings.LayerNorm.weight".to_owned(), vec![HIDDEN]),
        ("embeddings.LayerNorm.bias".to_owned(), vec![HIDDEN]),
    ];
    for layer in 0..layers {
        let inner = [
            ("attention.self.query", HIDDEN, HIDDEN),
            ("attention.self.key", HIDDEN, HIDDEN),
            ("attention.self.value", HIDDEN, HIDDEN),
            ("attention.output.dense", HIDDEN, HIDDEN),
            ("intermediate.dense", 16, HIDDEN),
            ("output.dense", HIDDEN, 16),
        ];
        for (name, out, into) in inner {
            shapes.push((format!("encoder.layer.{layer}.{name}.weight"), vec![out, into]));
            shapes.push((format!("encoder.layer.{layer}.{name}.bias"), vec![out]));
        }
        for name in ["attention.output.LayerNorm", "output.LayerNorm"] {
            shapes.push((format!("encoder.layer.{layer}.{name}.weight"), vec![HIDDEN]));
            shapes.push((format!("encoder.layer.{layer}.{name}.bias"), vec![HIDDEN]));
        }
    }
    let tensor = |(name, shape): (String, Vec<usize>)| {
        let value = |i: usize| {
            if name.contains("LayerNorm.weight") {
                1.0
            } else {
                ((i * 37 + name.len()) % 23) as f32 / 23.0 - 0.5
            }
        };
        let numbers = (0..shape.iter().product()).map(value).collect::<Vec<f32>>();
        (name, Tensor::from_vec(numbers, shape, &Device::Cpu).unwrap())
    };
    let tensors: HashMap<String, Tensor> = shapes.into_iter().map(tensor).collect();
    candle_core::safetensors::save(&tensors, tiny.path().join("model.safetensors")).unwrap();
}

fn pool(folder: &Path, how: &str) {
    fs::create_dir(folder.join("1_Pooling")).unwrap();
    fs::write(folder.join("1_Pooling/config.json"), json!({ how: true }).to_string()).unwrap();
}

fn embed(model: &EmbeddingModel, texts: &[&str]) -> Vec<Vec<f32>> {
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    model.embed(&texts, || true).unwrap().vectors
}

fn close(a: &[f32], b: &[f32]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5)
}

#[test]
fn vectors_have_length_one_and_do_not_depend_on_their_neighbours() {
    let tiny = folder(&[]);
    bert(&tiny, 2);
    let model = EmbeddingModel::open(tiny.path()).unwrap();
    let together = embed(&model, &["short", "a much longer text", "short"]);
    for vector in &together {
        assert_eq!(vector.len(), model.dimensions());
        assert!((vector.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5);
    }
    assert!(close(&together[0], &embed(&model, &["short"])[0]), "padding must not count");
    assert!(close(&together[0], &together[2]) && !close(&together[0], &together[1]));
}

#[test]
fn tokens_are_counted_without_padding_and_cut_at_the_window() {
    let tiny = folder(&[]);
    bert(&tiny, 1);
    let model = EmbeddingModel::open(tiny.path()).unwrap();
    let read = |texts: &[&str]| {
        model.embed(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>(), || true).unwrap().tokens
    };
    assert_eq!(read(&["ab", "abcd"]), 6);
    assert_eq!(read(&[&"x".repeat(100)]), model.context_tokens());
}

/// Without layers the network is: normalise (word + position + kind). That can be reckoned here.
#[test]
fn the_pooling_is_the_one_in_the_files() {
    let by_hand = |tiny: &Tiny, text: &str, first_only: bool| -> Vec<f32> {
        let path = tiny.path().join("model.safetensors");
        let tensors = candle_core::safetensors::load(path, &Device::Cpu).unwrap();
        let rows = |name: &str| tensors[&format!("embeddings.{name}")].to_vec2::<f32>().unwrap();
        let (words, places, kinds) = (
            rows("word_embeddings.weight"),
            rows("position_embeddings.weight"),
            rows("token_type_embeddings.weight"),
        );
        let bias = tensors["embeddings.LayerNorm.bias"].to_vec1::<f32>().unwrap();
        let one = |place: usize, letter: char| -> Vec<f32> {
            let sum: Vec<f32> = (0..HIDDEN)
                .map(|i| words[tiny.id(&letter.to_string())][i] + places[place][i] + kinds[0][i])
                .collect();
            let mean = sum.iter().sum::<f32>() / HIDDEN as f32;
            let spread = (sum.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / HIDDEN as f32).sqrt();
            sum.iter().zip(&bias).map(|(x, bias)| (x - mean) / spread + bias).collect()
        };
        let all: Vec<Vec<f32>> = text.chars().enumerate().map(|(place, letter)| one(place, letter)).collect();
        let used = if first_only { &all[..1] } else { &all[..] };
        let pooled: Vec<f32> = (0..HIDDEN).map(|i| used.iter().map(|v| v[i]).sum::<f32>()).collect();
        let length = pooled.iter().map(|x| x * x).sum::<f32>().sqrt();
        pooled.iter().map(|x| x / length).collect()
    };
    for (how, first_only) in [("pooling_mode_mean_tokens", false), ("pooling_mode_cls_token", true)] {
        let tiny = folder(&[]);
        bert(&tiny, 0);
        pool(tiny.path(), how);
        let vector = &embed(&EmbeddingModel::open(tiny.path()).unwrap(), &["hey"])[0];
        assert!(close(vector, &by_hand(&tiny, "hey", first_only)), "{how}: {vector:?}");
    }
    let tiny = folder(&[]);
    bert(&tiny, 0);
    pool(tiny.path(), "pooling_mode_max_tokens");
    assert!(EmbeddingModel::open(tiny.path()).is_err());
}

#[test]
fn nobody_waiting_ends_the_work() {
    let tiny = folder(&[]);
    bert(&tiny, 1);
    let model = EmbeddingModel::open(tiny.path()).unwrap();
    assert!(model.embed(&["a".to_owned()], || false).is_err());
}
