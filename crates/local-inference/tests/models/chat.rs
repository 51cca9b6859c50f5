//! What language models answer.

use std::ops::ControlFlow;
use std::path::Path;

use local_inference::{ChatModel, Conversation, Error, Finish, Finished, Sampling, Turn};

use crate::tiny::{CONTEXT, Tiny, folder, random};

/// After "?" it says "Works.".
const WORKS: [(&str, &str); 6] = [("?", "W"), ("W", "o"), ("o", "r"), ("r", "k"), ("k", "s"), ("s", ".")];

fn works(tiny: &Tiny) -> std::path::PathBuf {
    tiny.write(&tiny.config("llama"), &tiny.speller(&WORKS))
}

fn asking(text: &str) -> Conversation {
    Conversation {
        turns: vec![Turn { role: "user", content: text.to_owned(), ..Turn::default() }],
        ..Conversation::default()
    }
}

fn greedy(max_tokens: usize, stop: &[&str]) -> Sampling {
    let stop = stop.iter().map(|text| (*text).to_owned()).collect();
    Sampling { temperature: Some(0.0), max_tokens, stop, ..Sampling::default() }
}

fn answer(model: &ChatModel, text: &str, sampling: &Sampling) -> (String, Finished) {
    let mut all = String::new();
    let prompt = model.prompt(&asking(text)).unwrap();
    let finished = model.answer(&prompt, sampling, |piece| {
        all.push_str(piece);
        ControlFlow::Continue(())
    });
    (all, finished.unwrap())
}

fn open(path: &Path) -> ChatModel {
    ChatModel::open(path).unwrap()
}

#[test]
fn a_model_says_what_its_weights_say_and_ends_by_itself() {
    let tiny = folder(&[]);
    let model = open(&works(&tiny));
    let (text, finished) = answer(&model, "does it work?", &greedy(50, &[]));
    assert_eq!(text, "Works.");
    assert_eq!(
        finished,
        Finished { finish: Finish::Stop, prompt_tokens: "user:does it work?".len(), answer_tokens: 7 }
    );
}

#[test]
fn every_answer_begins_without_memory_of_the_one_before() {
    let tiny = folder(&[]);
    let model = open(&tiny.write(&tiny.config("llama"), &random()));
    let sampling = greedy(20, &[]);
    let first = answer(&model, "one", &sampling);
    assert_ne!(answer(&model, "two", &sampling).0, first.0);
    assert_eq!(answer(&model, "one", &sampling), first);
}

#[test]
fn limits_and_stop_texts_end_an_answer() {
    let tiny = folder(&[]);
    let model = open(&works(&tiny));
    let (text, finished) = answer(&model, "?", &greedy(3, &[]));
    assert_eq!((text.as_str(), finished.finish, finished.answer_tokens), ("Wor", Finish::Length, 3));
    let (text, finished) = answer(&model, "?", &greedy(50, &["rk", "zz"]));
    assert_eq!((text.as_str(), finished.finish), ("Wo", Finish::Stop));
}

#[test]
fn the_context_window_bounds_conversation_and_answer_together() {
    let tiny = folder(&[]);
    // "a" follows "a" for ever.
    let model = open(&tiny.write(&tiny.config("llama"), &tiny.speller(&[("a", "a")])));
    let room = 10;
    let text = "a".repeat(CONTEXT - "user:".len() - room);
    let (_, finished) = answer(&model, &text, &greedy(usize::MAX, &[]));
    assert_eq!((finished.answer_tokens, finished.finish), (room, Finish::Length));
    let error = model.prompt(&asking(&"a".repeat(CONTEXT))).unwrap_err();
    assert!(matches!(error, Error::TooLong { context: CONTEXT, .. }), "{error}");
}

#[test]
fn whoever_goes_away_is_noticed_while_reading_and_while_writing() {
    let tiny = folder(&[]);
    let model = open(&tiny.write(&tiny.config("llama"), &tiny.speller(&[("a", "a")])));
    let prompt = model.prompt(&asking("aaa")).unwrap();
    let finished = model.answer(&prompt, &greedy(100, &[]), |_| ControlFlow::Break(())).unwrap();
    assert_eq!((finished.finish, finished.answer_tokens), (Finish::Cancelled, 0));
    let mut pieces = 0;
    let finished = model.answer(&prompt, &greedy(100, &[]), |piece| {
        pieces += piece.len();
        if pieces == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!((finished.as_ref().unwrap().finish, finished.unwrap().answer_tokens), (Finish::Cancelled, 5));
}

#[test]
fn a_seed_repeats_a_drawn_answer() {
    let tiny = folder(&[]);
    let model = open(&tiny.write(&tiny.config("llama"), &random()));
    let drawn = |seed| answer(&model, "x", &Sampling { seed, max_tokens: 30, ..Sampling::default() }).0;
    assert_eq!(drawn(7), drawn(7));
    assert_ne!(drawn(7), drawn(8));
}

#[test]
fn characters_of_several_bytes_come_whole() {
    let tiny = folder(&[]);
    let bytes: Vec<String> = tiny.tokenizer.encode("ö", false).unwrap().get_tokens().to_vec();
    let raw = |i: usize| tiny.tokenizer.token_to_id(&bytes[i]).unwrap() as usize;
    let mut tensors = tiny.speller(&[]);
    tiny.follow(&mut tensors, tiny.id("?"), raw(0));
    tiny.follow(&mut tensors, raw(0), raw(1));
    let model = open(&tiny.write(&tiny.config("llama"), &tensors));
    let mut pieces = Vec::new();
    let prompt = model.prompt(&asking("?")).unwrap();
    let finished = model.answer(&prompt, &greedy(9, &[]), |piece| {
        pieces.push(piece.to_owned());
        ControlFlow::Continue(())
    });
    assert_eq!(finished.unwrap().finish, Finish::Stop);
    assert_eq!(pieces.into_iter().filter(|piece| !piece.is_empty()).collect::<Vec<_>>(), ["ö"]);
}

/// What was written token by token is read in pieces the second time, and must lead on the same way. Every family has
/// masks and positions of its own, so each is tried.
fn reads_in_pieces_as_in_single_steps(path: &Path) {
    let model = open(path);
    let long = "a prompt of more than one hundred and twenty-eight tokens, so that it is read in several pieces, of which the first is the longest that there are";
    let (said, _) = answer(&model, long, &greedy(12, &[]));
    let (first, rest) = said.split_at(5);
    assert_eq!(answer(&model, &format!("{long}{first}"), &greedy(7, &[])).0, rest, "{}", path.display());
}

#[test]
fn pieces_and_single_steps_agree_in_every_family() {
    for family in ["llama", "mistral", "qwen2", "qwen3"] {
        let tiny = folder(&[]);
        reads_in_pieces_as_in_single_steps(&tiny.write(&tiny.config(family), &random()));
    }
    for family in ["llama", "qwen2", "qwen3"] {
        let tiny = folder(&[]);
        reads_in_pieces_as_in_single_steps(&tiny.write_gguf(family, &random()));
    }
}

#[test]
fn a_gguf_file_alone_is_enough() {
    for family in ["llama", "qwen2", "qwen3"] {
        let tiny = folder(&[]);
        let model = open(&tiny.write_gguf(family, &tiny.speller(&WORKS)));
        assert_eq!(answer(&model, "does it work?", &greedy(50, &[])).0, "Works.", "{family}");
        assert_eq!(model.context_tokens(), CONTEXT);
    }
}

#[test]
fn the_same_weights_answer_alike_from_either_kind_of_file() {
    let (one, other) = (folder(&[]), folder(&[]));
    let hub = open(&one.write(&one.config("qwen2"), &random()));
    let gguf = open(&other.write_gguf("qwen2", &random()));
    let sampling = greedy(16, &[]);
    assert_eq!(answer(&hub, "hello there", &sampling), answer(&gguf, "hello there", &sampling));
}
