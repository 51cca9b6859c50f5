//! The command line as scripts see it: what is printed, and with which code it ends.

#![allow(clippy::unwrap_used)]

mod experiences;
mod up;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A folder with a database of its own, and nothing that listens.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn run(&self, words: &[&str]) -> Output {
        self.run_with(words, &[])
    }

    fn run_with(&self, words: &[&str], variables: &[(&str, &str)]) -> Output {
        self.command(words).envs(variables.iter().copied()).output().unwrap()
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lightning"));
        command.args(words).current_dir(self.folder.path()).env_clear();
        // Nobody listens on the discard port of loopback.
        for peer in ["RL_ORCHESTRATOR_URL", "ENHANCED_API_URL", "MODEL_SERVICE_URL", "RL_SERVER_URL"] {
            command.env(peer, "http://127.0.0.1:9");
        }
        command
    }

    fn json(&self, words: &[&str]) -> Value {
        told(words, &self.run(words))
    }
}

/// What a command that succeeded says with `--json`.
fn told(words: &[&str], output: &Output) -> Value {
    assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn check_code(words: &[&str], expected: i32) {
    let output = Place::new().run(words);
    assert_eq!(
        output.status.code(),
        Some(expected),
        "{words:?}: {}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
}

#[test]
fn codes_tell_scripts_what_happened() {
    check_code(&["--help"], 0);
    check_code(&["assign"], 2);
    check_code(&["feedback", "x"], 2);
    check_code(&["task", "show", "x"], 3);
    check_code(&["key", "revoke", "key_absent"], 5);
}

#[test]
fn every_command_has_help_and_the_main_ones_have_examples() {
    let place = Place::new();
    for command in ["up", "demo", "assign", "feedback", "bench"] {
        let help = text(&place.run(&[command, "--help"]).stdout);
        assert!(help.contains("Usage:"), "{command}: {help}");
    }
    let help = text(&place.run(&["--help"]).stdout);
    assert!(help.contains("Examples:") && help.contains("Exit codes:"), "{help}");
    assert!(text(&place.run(&["assign", "--help"]).stdout).contains("Examples:"));
}

#[test]
fn a_failure_is_json_too_and_nothing_is_coloured_in_a_pipe() {
    let place = Place::new();
    let output = place.run(&["--json", "task", "show", "x"]);
    let failure: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(failure["exit_code"], 3);
    assert!(failure["error"].as_str().unwrap().contains("lightning doctor"));
    let plain = place.run(&["doctor"]);
    assert!(!text(&plain.stdout).contains('\u{1b}'), "{}", text(&plain.stdout));
}

#[test]
fn keys_are_shown_once_and_stay_revoked() {
    let place = Place::new();
    let made = place.json(&["--json", "key", "create", "--name", "ci", "--role", "operator"]);
    let (id, secret) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert!(secret.starts_with("al_"));
    let listed = text(&place.run(&["key", "list"]).stdout);
    assert!(listed.contains(id) && listed.contains("operator") && !listed.contains(secret), "{listed}");
    let file = std::fs::read(place.folder.path().join("agent_lightning.db")).unwrap();
    assert!(!text(&file).contains(secret), "the key itself must not be stored");
    place.json(&["--json", "key", "revoke", id]);
    assert!(text(&place.run(&["key", "list"]).stdout).contains("revoked"));
    assert_eq!(place.run(&["key", "revoke", id]).status.code(), Some(5));
}

#[test]
fn a_wrong_value_names_field_source_and_what_is_allowed() {
    let place = Place::new();
    let output = place.run_with(&["up"], &[("LIGHTNING__ORCHESTRATOR__PORT", "eighty")]);
    let complaint = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{complaint}");
    for word in ["orchestrator.port", "LIGHTNING__ORCHESTRATOR__PORT"] {
        assert!(complaint.contains(word), "{word}: {complaint}");
    }
}

#[test]
fn a_taken_port_names_itself_and_the_setting() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = Place::new().run_with(&["up", "--only", "rl"], &[("LIGHTNING__RL__PORT", &port)]);
    let complaint = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{complaint}");
    assert!(complaint.contains(&port) && complaint.contains("LIGHTNING__RL__PORT"), "{complaint}");
}

#[test]
fn an_open_door_without_keys_is_refused() {
    let variables = [("LIGHTNING__RL__HOST", "0.0.0.0"), ("LIGHTNING__RL__PORT", "0")];
    let output = Place::new().run_with(&["up", "--only", "rl"], &variables);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("auth.mode"), "{}", text(&output.stderr));
}

#[test]
fn doctor_says_what_to_do() {
    let place = Place::new();
    let before = text(&place.run(&["doctor"]).stdout);
    assert!(before.contains("does not exist yet") && before.contains("lightning up"), "{before}");
    place.json(&["--json", "migrate"]);
    let after = text(&place.run(&["doctor"]).stdout);
    assert!(after.contains("Sqlite answers"), "{after}");
    assert!(after.contains("OPENAI_API_KEY"), "{after}");
}

#[test]
fn a_service_is_looked_for_at_the_port_that_its_section_names() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    std::thread::spawn(move || is_healthy(&listener));
    let variables = [("LIGHTNING__RL__PORT", port.as_str()), ("RL_SERVER_URL", "")];
    let output = text(&Place::new().run_with(&["doctor"], &variables).stdout);
    assert!(output.contains("9.9.9, healthy"), "{output}");
}

/// Answers every request as a healthy service of version 9.9.9.
fn is_healthy(listener: &TcpListener) {
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let head = BufReader::new(&stream).lines().map(Result::unwrap);
        head.take_while(|line| !line.is_empty()).for_each(drop);
        let body = r#"{"service": "rl-server", "version": "9.9.9", "status": "healthy"}"#;
        let length = body.len();
        write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
            .unwrap();
    }
}

#[test]
fn a_backup_comes_back_but_not_over_what_nobody_named() {
    let place = Place::new();
    place.json(&["--json", "migrate"]);
    place.json(&["--json", "key", "create", "--name", "ci", "--role", "viewer"]);
    let taken = place.json(&["--json", "backup", "of-today"]);
    assert_eq!((&taken["rows"]["api_keys"], &taken["database"]), (&1.into(), &"Sqlite".into()), "{taken}");
    let refused = place.run(&["restore", "of-today"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("--replace agent_lightning.db"), "{}", text(&refused.stderr));
    place.json(&["--json", "restore", "of-today", "--replace", "agent_lightning.db"]);
    for upkeep in ["check", "vacuum", "checkpoint"] {
        assert_eq!(place.json(&["--json", "db", upkeep])["sound"], true);
    }
    let named_by_its_moment = place.json(&["--json", "backup", "."]);
    assert!(named_by_its_moment["file"].as_str().unwrap().ends_with("Z.db"), "{named_by_its_moment}");
}

/// A minute of `lightning chaos --minutes 1` proves more; this proves that it works and that peace is sound.
#[test]
fn chaos_hurts_only_what_it_started_and_reads_the_books() {
    let place = Place::new();
    let words = ["--json", "chaos", "--minutes", "0.1", "--kills", "2", "--rate", "2", "--executions", "2"];
    let report = place.json(&words);
    assert_eq!(
        report["blows"]["kills"].as_object().unwrap().values().filter_map(Value::as_u64).sum::<u64>(),
        2
    );
    assert_eq!(report["load"]["tasks_acknowledged"], report["load"]["tasks_sent"]);
    assert_eq!(report["books"]["violations"], serde_json::json!([]));
    assert!(report["books"]["rules"].as_u64().unwrap() > 25);
}
