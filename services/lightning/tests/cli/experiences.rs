//! `lightning experiences`: the log of one system comes whole into another, in every format, and what cannot be taken is named.

use std::path::Path;

use serde_json::{Value, json};

use crate::up::Up;
use crate::{Place, text};

const ENDINGS: [&str; 3] = ["jsonl", "jsonl.gz", "parquet"];

/// The log, without what every system says for itself.
fn log(of: &Up) -> Vec<Value> {
    let file = of.place.folder.path().join("whole.jsonl");
    of.json(&["--json", "experiences", "export", file.to_str().unwrap()]);
    let text = std::fs::read_to_string(file).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines
        .map(|mut line: Value| {
            let members = line.as_object_mut().unwrap();
            assert!(members.remove("seq").is_some() && members.remove("at").is_some(), "{members:?}");
            line
        })
        .collect()
}

#[test]
fn the_log_of_one_system_comes_whole_into_another() {
    let here = Up::start(&[]);
    for task in ["What is 17.5% of 2,480?", "Convert 5 miles to kilometers"] {
        here.json(&["--json", "assign", task, "--wait"]);
    }
    let learned = loop {
        let learned = log(&here);
        if learned.len() == 2 {
            break learned;
        }
    };
    assert!(
        learned.iter().all(|line| line["context"].is_string() && line["candidates"].is_array()),
        "{learned:?}"
    );
    for ending in ENDINGS {
        let file = here.place.folder.path().join(format!("log.{ending}"));
        let file = file.to_str().unwrap();
        let written = here.json(&["--json", "experiences", "export", file]);
        let lines = if ending == "parquet" { Value::Null } else { json!(2) };
        let bytes = std::fs::metadata(file).unwrap().len();
        assert_eq!(written, json!({"file": file, "bytes": bytes, "lines": lines}));
        let there = Up::start(&["--only", "rl"]);
        for (imported, known) in [(2, 0), (0, 2)] {
            let report = there.json(&["--json", "experiences", "import", file]);
            assert_eq!(
                (&report["imported"], &report["known"]),
                (&json!(imported), &json!(known)),
                "{ending}"
            );
        }
        assert_eq!(log(&there), learned, "{ending}");
    }
}

#[test]
fn a_part_of_the_log_can_be_written() {
    let here = Up::start(&["--only", "rl"]);
    let lines: String = (0..5).map(|n| line(n, 0.5)).collect();
    taken(&here, "five.jsonl", lines.as_bytes());
    for ending in ENDINGS {
        let file = here.place.folder.path().join(format!("part.{ending}"));
        let file = file.to_str().unwrap();
        here.json(&["--json", "experiences", "export", file, "--after", "1", "--limit", "3"]);
        let there = Up::start(&["--only", "rl"]);
        there.json(&["--json", "experiences", "import", file]);
        let tasks: Vec<_> = log(&there).iter().map(|line| line["task_id"].clone()).collect();
        assert_eq!(tasks, ["t1", "t2", "t3"], "{ending}");
    }
}

fn line(n: usize, reward: f64) -> String {
    let line = json!({"task_id": format!("t{n}"), "agent_id": "tester", "reward": reward, "description": "unit tests"});
    format!("{line}\n")
}

fn taken(by: &Up, name: &str, bytes: &[u8]) {
    std::fs::write(by.place.folder.path().join(name), bytes).unwrap();
    by.json(&["--json", "experiences", "import", name]);
}

/// What is said about a file that cannot be taken, and the exit code.
fn refusal(by: &Up, name: &str, bytes: &[u8]) -> (i32, String) {
    std::fs::write(by.place.folder.path().join(name), bytes).unwrap();
    let output = by.run(&["experiences", "import", name]);
    (output.status.code().unwrap(), text(&output.stderr))
}

#[test]
fn a_bad_file_is_named_with_the_line_and_what_is_wrong() {
    let there = Up::start(&["--only", "rl"]);
    let check = |name: &str, bytes: &[u8], code: i32, words: &[&str]| {
        let (ended, said) = refusal(&there, name, bytes);
        assert_eq!(ended, code, "{name}: {said}");
        words.iter().for_each(|word| assert!(said.contains(word), "{name}: {word}: {said}"));
    };
    let second_is_wrong = line(0, 0.5) + &line(1, 7.0);
    check(
        "wrong.jsonl",
        second_is_wrong.as_bytes(),
        4,
        &["[1].reward", "line 1 of wrong.jsonl", "0 lines taken"],
    );
    check("no.jsonl", b"hello\n", 4, &["line 1 of no.jsonl"]);
    check("empty.jsonl", b"", 2, &["empty.jsonl holds nothing"]);
    check("plain.jsonl.gz", b"hello\n", 2, &["plain.jsonl.gz cannot be read"]);
    check("cut.parquet", b"PAR1 and no more", 4, &["Parquet"]);
    assert_eq!(log(&there), Vec::<Value>::new(), "nothing of them was taken");
}

#[test]
fn without_a_server_or_a_file_it_says_so_and_leaves_what_was_there() {
    let place = Place::new();
    let check = |words: &[&str], code: i32, word: &str| {
        let output = place.run(&[&["experiences"][..], words].concat());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {said}");
        assert!(said.contains(word), "{words:?}: {said}");
    };
    check(&["export", "log.csv"], 2, ".jsonl, .jsonl.gz or .parquet");
    check(&["import", "log.csv"], 2, ".jsonl, .jsonl.gz or .parquet");
    check(&["import", "absent.parquet"], 2, "absent.parquet cannot be read");
    let folder = place.folder.path();
    for name in ["log.jsonl", "log.parquet"] {
        std::fs::write(folder.join(name), "as before").unwrap();
        check(&["export", name], 3, "lightning doctor");
        assert_eq!(std::fs::read_to_string(folder.join(name)).unwrap(), "as before");
    }
    assert_eq!(files(folder), ["log.jsonl", "log.parquet"], "nothing half-written stays");
}

fn files(folder: &Path) -> Vec<String> {
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[test]
fn help_shows_how_it_is_called() {
    for verb in ["export", "import"] {
        let help = text(&Place::new().run(&["experiences", verb, "--help"]).stdout);
        assert!(
            help.contains("Examples:") && help.contains(&format!("lightning experiences {verb} log.")),
            "{help}"
        );
    }
}
