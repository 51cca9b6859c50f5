//! `lightning replay` as somebody new meets it: nothing is set up, and files are not always what they should be.

#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const MEMBERS: [&str; 13] = [
    "data",
    "policy",
    "variant",
    "seeds",
    "mean",
    "random",
    "best_fixed",
    "oracle",
    "f_bf",
    "f_bf_ci95",
    "f_or",
    "decision_us_p50",
    "decision_us_p99",
];

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/examples/outcomes.jsonl")
}

/// An empty folder, and no variables: what a machine has on which nothing was set up.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lightning"));
        command.arg("replay").args(words).current_dir(self.0.path()).env_clear().output().unwrap()
    }

    fn lines(&self, words: &[&str]) -> Vec<Value> {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stdout));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[test]
fn the_default_policy_is_played_over_a_file_and_told_as_json() {
    let (place, sample) = (Place::new(), sample());
    let lines = place.lines(&["--data", sample.to_str().unwrap(), "--seeds", "3", "--json"]);
    let [line] = lines.as_slice() else { panic!("one line was expected: {lines:?}") };
    for member in MEMBERS {
        assert!(!line[member].is_null(), "{member}: {line}");
    }
    assert_eq!((&line["data"], &line["policy"]), (&"outcomes.jsonl".into(), &"default".into()));
    let number = |member: &str| line[member].as_f64().unwrap();
    assert!(number("random") < number("mean") && number("mean") < number("oracle"), "{line}");
    assert!(number("f_bf") > 0.5, "{line}");
}

#[test]
fn every_policy_and_variant_is_played_and_the_same_seeds_give_the_same_figures() {
    let (place, sample) = (Place::new(), sample());
    let words =
        ["--data", sample.to_str().unwrap(), "--policy", "all", "--variant", "all", "--seeds", "1", "--json"];
    let without_times = |mut line: Value| {
        for member in ["decision_us_p50", "decision_us_p99"] {
            line[member].take();
        }
        line
    };
    let play = |threads| {
        let words = [words.as_slice(), &["--threads", threads]].concat();
        place.lines(&words).into_iter().map(without_times).collect::<Vec<_>>()
    };
    let once = play("1");
    assert_eq!(once.len(), 11 * 10);
    assert_eq!(once, play("4"));
}

#[test]
fn people_get_a_table_and_a_picture() {
    let (place, sample) = (Place::new(), sample());
    let words = [
        "--data",
        sample.to_str().unwrap(),
        "--policy",
        "default",
        "random",
        "--seeds",
        "2",
        "--svg",
        "curves.svg",
    ];
    let output = place.run(&words);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("f_bf") && shown.contains("default") && shown.contains("random"), "{shown}");
    let picture = std::fs::read_to_string(place.0.path().join("curves.svg")).unwrap();
    assert!(picture.starts_with("<svg") && picture.matches("<polyline").count() == 2, "{picture}");
}

#[test]
fn gzip_holes_blank_lines_and_unknown_members_are_read() {
    let place = Place::new();
    let text = "\u{feff}{\"id\":1,\"text\":\"a\",\"rewards\":{\"x\":1,\"y\":0.5},\"cost\":{\"x\":0.1}}\n\n\
                {\"id\":\"two\",\"text\":null,\"rewards\":{\"y\":true,\"z\":null},\"cost\":null,\"more\":[1]}\r\n\
                {\"rewards\":{}}\n{\"text\":\"b\",\"rewards\":{\"x\":0}}";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    for file in [place.file("holes.jsonl", text.as_bytes()), place.file("holes.gz", &gzip.finish().unwrap())]
    {
        let line = &place.lines(&["--data", &file, "--policy", "all", "--seeds", "2", "--json"])[0];
        assert_eq!((&line["rows"], &line["agents"]), (&3.into(), &2.into()), "{line}");
    }
}

#[test]
fn one_task_of_one_agent_and_one_task_of_ten_megabytes_are_played() {
    let place = Place::new();
    let small = place.file("small.jsonl", b"{\"text\":\"\",\"rewards\":{\"only\":0}}");
    let row = serde_json::json!({"text": "word ".repeat(2_000_000), "rewards": {"a": 1, "b": 0}});
    let huge = place.file("huge.jsonl", row.to_string().as_bytes());
    let lines = place.lines(&["--data", &small, &huge, "--variant", "all", "--seeds", "1", "--json"]);
    assert_eq!(lines.len(), 20);
    assert_eq!(lines[0]["f_bf"], 1.0);
}

fn check_refused(content: &[u8], complaint: &str) {
    let place = Place::new();
    let file = place.file("bad.jsonl", content);
    let output = place.run(&["--data", &file, "--seeds", "1"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("bad.jsonl") && said.contains(complaint), "{said}");
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_the_line() {
    check_refused(b"", "no task");
    check_refused(b"{\"rewards\":{\"a\":1}}\nnot json", "line 2");
    check_refused(b"{\"text\":\"without rewards\"}", "line 1");
    check_refused(b"{\"rewards\":{\"a\":1.5}}", "\"a\" is 1.5");
    check_refused(b"{\"rewards\":{\"a\":1e999}}", "line 1");
    check_refused(b"{\"rewards\":{\"a\":1},\"cost\":{\"a\":-1}}", "cost of \"a\"");
    check_refused(b"\x1f\x8b\x08\x00broken", "cannot be read");
}

#[test]
fn what_does_not_exist_is_said_with_what_does() {
    let (place, sample) = (Place::new(), sample());
    let sample = sample.to_str().unwrap();
    let said = |words: &[&str], word: &str| {
        let output = place.run(words);
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{complaint}");
        assert!(complaint.contains(word), "{complaint}");
    };
    said(&["--data", "absent.jsonl"], "absent.jsonl");
    said(&["--data", sample, "--policy", "wishful"], "squarecb");
    said(&["--data", sample, "--policy", "{\"gamma\": 7}"], "gamma");
    said(&["--data", sample, "--variant", "sideways"], "poisoned");
    said(&["--data", sample, "--seeds", "0"], "seeds");
}
