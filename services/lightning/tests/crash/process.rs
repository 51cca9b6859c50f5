//! The four services as four processes on one database, each of which may be killed and started again.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::process::{Child, Command};

use crate::database::Database;

/// In the order in which they start.
pub const SERVICES: [&str; 4] = ["models", "execution", "rl", "orchestrator"];

/// Nothing in these tests should take longer, even on a busy machine; it only ends a test that hangs.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Cluster {
    database: Database,
    ports: BTreeMap<&'static str, u16>,
    running: BTreeMap<&'static str, Child>,
    http: reqwest::Client,
}

impl Cluster {
    /// Starts all four; the service named by the first word of `point` will kill itself there.
    pub async fn start(database: Database, point: Option<&str>) -> Self {
        service_kit::install_crypto();
        let listeners: Vec<_> = SERVICES.map(|name| (name, TcpListener::bind("127.0.0.1:0").unwrap())).into();
        let ports = listeners.iter().map(|(name, l)| (*name, l.local_addr().unwrap().port())).collect();
        drop(listeners);
        let mut cluster = Self { database, ports, running: BTreeMap::new(), http: reqwest::Client::new() };
        for name in SERVICES {
            let armed = point.filter(|point| point.starts_with(&format!("{name}.")));
            cluster.launch(name, armed);
        }
        cluster.until_ready().await;
        cluster
    }

    /// Waits until the armed service is dead, and starts it again unarmed.
    pub async fn restart_the_one_that_died(&mut self, point: &str) {
        let name = SERVICES.into_iter().find(|name| point.starts_with(&format!("{name}."))).unwrap();
        let child = self.running.get_mut(name).unwrap();
        let ended = tokio::time::timeout(PATIENCE, child.wait()).await;
        assert!(ended.is_ok(), "{point} was never reached");
        self.restart(name).await;
    }

    /// SIGKILL from outside.
    pub async fn kill(&mut self, name: &str) {
        self.running.get_mut(name).unwrap().kill().await.unwrap();
    }

    pub async fn restart(&mut self, name: &'static str) {
        self.launch(name, None);
        self.until_ready().await;
    }

    /// SIGKILL for all: the test is over.
    pub async fn stop(mut self) {
        for child in self.running.values_mut() {
            child.kill().await.unwrap();
        }
    }

    /// The answer's JSON; `None` when there was none.
    pub async fn post(&self, service: &str, path: &str, body: &Value) -> Option<Value> {
        self.http.post(self.url(service, path)).json(body).send().await.ok()?.json().await.ok()
    }

    pub async fn get(&self, service: &str, path: &str) -> Option<Value> {
        self.http.get(self.url(service, path)).send().await.ok()?.json().await.ok()
    }

    pub async fn text(&self, service: &str, path: &str) -> String {
        self.http.get(self.url(service, path)).send().await.unwrap().text().await.unwrap()
    }

    /// The record of a task that has ended and whose reward, if it gets one, is there.
    pub async fn ended(&self, id: &str) -> Value {
        let waiting = async {
            loop {
                let record =
                    self.get("orchestrator", &format!("/tasks/{id}?wait=5s")).await.unwrap_or_default();
                let over = ["completed", "failed", "cancelled", "needs_review"];
                if record["status"].as_str().is_some_and(|status| over.contains(&status))
                    && !record["reward"].is_null()
                {
                    return record;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let ended = tokio::time::timeout(PATIENCE, waiting).await;
        ended.unwrap_or_else(|_| panic!("{id} never ended with a reward"))
    }

    fn url(&self, service: &str, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.ports[service])
    }

    fn launch(&mut self, name: &'static str, point: Option<&str>) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lightning"));
        command.args(["up", "--only", name]).current_dir(self.database.folder());
        command.env("DATABASE_URL", &self.database.url).env("LIGHTNING__LOG__LEVEL", "error");
        // What runs on the developer's machine is none of the tests' business.
        command.env("LIGHTNING__MODELS__OLLAMA_URL", "");
        for (section, port) in &self.ports {
            command.env(format!("LIGHTNING__{}__PORT", section.to_uppercase()), port.to_string());
        }
        let peers = [
            ("RL_ORCHESTRATOR_URL", "orchestrator"),
            ("ENHANCED_API_URL", "execution"),
            ("MODEL_SERVICE_URL", "models"),
            ("RL_SERVER_URL", "rl"),
        ];
        for (variable, service) in peers {
            command.env(variable, self.url(service, ""));
        }
        if let Some(point) = point {
            command.env("LIGHTNING_CRASH_POINT", point);
        }
        let child =
            command.stdout(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true).spawn().unwrap();
        self.running.insert(name, child);
    }

    async fn until_ready(&self) {
        let ready = async {
            for name in SERVICES {
                let url = self.url(name, "/health/ready");
                while !self.http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        };
        tokio::time::timeout(PATIENCE, ready).await.expect("the services become ready");
    }
}
