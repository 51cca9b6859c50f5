//! The gateway that is measured: `lightning up --only models` in a process of its own, or another one that runs already.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use service_kit::access::{hash_key, mint_key};
use service_kit::now_micros;
use storage::{ApiKey, BudgetRecord, Storage, StorageOptions};
use task_model::{MicroUsd, Micros};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::super::process;
use crate::cli::BenchGatewayArgs;
use crate::exit::{Code, Failure};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running gateway.
pub struct Gateway {
    /// Where it listens.
    pub address: SocketAddr,
    /// What every request to it carries.
    pub headers: Vec<(String, String)>,
    pid: Option<u32>,
    child: Option<(Child, TempDir)>,
}

impl Gateway {
    /// One that runs already.
    pub fn other(address: SocketAddr, args: &BenchGatewayArgs) -> Result<Self, Failure> {
        let split = |header: &String| {
            let (name, value) = header.split_once(':')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        };
        let headers: Option<Vec<_>> = args.header.iter().map(split).collect();
        let headers = headers.ok_or_else(|| Failure {
            message: "a header is written as NAME: VALUE".to_owned(),
            code: Code::Usage,
            problem: None,
        })?;
        Ok(Self { address, headers, pid: args.pid, child: None })
    }

    /// Ours, with a key, a budget and a price, before `upstream`.
    pub async fn ours(upstream: SocketAddr) -> Result<Self, Failure> {
        let other = |error: std::io::Error| Failure::from_error(Code::Other, &error);
        let folder = tempfile::tempdir().map_err(other)?;
        let url = format!("sqlite:///{}", folder.path().join("bench.db").display());
        let key = prepare(&url).await?;
        let servers = format!(
            r#"[{{ name = "upstream", base_url = "http://{upstream}/v1", model = "bench", api_key = "sk-bench" }}]"#
        );
        let catalog =
            r#"[{ id = "upstream/bench", provider = "upstream", input_usd = 0.4, output_usd = 1.6 }]"#;
        let mut child = Command::new(std::env::current_exe().map_err(other)?)
            .args(["--json", "up", "--only", "models", "--database", &url])
            .current_dir(folder.path())
            .env("LIGHTNING__MODELS__PORT", "0")
            .env("LIGHTNING__MODELS__OLLAMA_URL", "")
            .env("LIGHTNING__MODELS__COMPATIBLE", servers)
            .env("LIGHTNING__MODELS__CATALOG", catalog)
            .env("LIGHTNING__AUTH__MODE", "keys")
            .env("LIGHTNING__LIMITS__RATE_PER_KEY_PER_S", "10000000")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(other)?;
        let address = tokio::time::timeout(PATIENCE, announced(&mut child)).await.ok().flatten();
        let address = address.ok_or_else(|| Failure::unavailable("the gateway did not start"))?;
        let headers = vec![("authorization".to_owned(), format!("Bearer {}", key.expose_secret()))];
        let gateway = Self { address, headers, pid: child.id(), child: Some((child, folder)) };
        // The list of keys is read once a second.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        Ok(gateway)
    }

    /// Of the process and its children together.
    pub fn memory_mib(&self, line: &str) -> Option<f64> {
        let family = process::family(self.pid?);
        Some(family.iter().filter_map(|process| process::memory_mib_of(process, line)).sum())
    }

    /// Of the process and its children together.
    pub fn cpu_seconds(&self) -> Option<f64> {
        let family = process::family(self.pid?);
        Some(family.iter().filter_map(|process| process::cpu_seconds_of(process)).sum())
    }

    /// Ends ours; another one is left alone.
    pub async fn stop(self) {
        if let Some((mut child, folder)) = self.child {
            let _ = child.kill().await;
            drop(folder);
        }
    }
}

/// A database with a key and a budget in it.
async fn prepare(url: &str) -> Result<SecretString, Failure> {
    let storage = Storage::open(&StorageOptions::new(url)).await?;
    storage.migrate().await?;
    let key = mint_key(&mut rand::rng());
    let now = Micros(now_micros());
    let hash = hash_key(key.expose_secret().as_bytes());
    storage
        .key_create(ApiKey {
            key_id: "key_bench".to_owned(),
            name: "bench".to_owned(),
            role: "submitter".to_owned(),
            sha256: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            created_at: now,
            expires_at: None,
            revoked_at: None,
        })
        .await?;
    storage
        .budget_put(BudgetRecord {
            budget_id: "bench".to_owned(),
            scope: "key".to_owned(),
            subject: "key_bench".to_owned(),
            period: "day".to_owned(),
            limit: MicroUsd(1_000_000_000_000),
            created_at: now,
            updated_at: now,
        })
        .await?;
    storage.close().await;
    Ok(key)
}

/// The line that says where it listens; what it writes later is read and forgotten.
async fn announced(child: &mut Child) -> Option<SocketAddr> {
    let mut lines = BufReader::new(child.stdout.take()?).lines();
    let address = loop {
        let line = lines.next_line().await.ok()??;
        let document: Value = serde_json::from_str(&line).unwrap_or_default();
        if let Some(address) = document["services"]["models"].as_str() {
            break address.parse().ok();
        }
    };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    address
}
