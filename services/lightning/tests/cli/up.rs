//! `lightning up` for commands to talk to.

use std::io::{BufRead, BufReader};
use std::process::{Child, Output, Stdio};

use serde_json::Value;

use crate::{Place, told};

/// Each section with the variable that says where the service is.
const SERVICES: [(&str, &str); 4] = [
    ("orchestrator", "RL_ORCHESTRATOR_URL"),
    ("execution", "ENHANCED_API_URL"),
    ("models", "MODEL_SERVICE_URL"),
    ("rl", "RL_SERVER_URL"),
];

/// Services on a database of their own; they are killed with the test.
pub struct Up {
    pub place: Place,
    child: Child,
    peers: Vec<(&'static str, String)>,
}

impl Up {
    pub fn start(words: &[&str]) -> Self {
        let place = Place::new();
        let mut command = place.command(&[&["--json", "up"][..], words].concat());
        for (section, _) in SERVICES {
            command.env(format!("LIGHTNING__{}__PORT", section.to_uppercase()), "0");
        }
        // What runs on the developer's machine is none of the tests' business.
        command.env("LIGHTNING__MODELS__OLLAMA_URL", "").env("LIGHTNING__LOG__LEVEL", "error");
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let up: Value = serde_json::from_str(&line).unwrap();
        let peer = |(section, variable)| {
            Some((variable, format!("http://{}", up["services"].get(section)?.as_str()?)))
        };
        Self { place, child, peers: SERVICES.into_iter().filter_map(peer).collect() }
    }

    /// A command that knows where the services are.
    pub fn run(&self, words: &[&str]) -> Output {
        let peers: Vec<_> = self.peers.iter().map(|(variable, url)| (*variable, url.as_str())).collect();
        self.place.run_with(words, &peers)
    }

    pub fn json(&self, words: &[&str]) -> Value {
        told(words, &self.run(words))
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
