//! The services as processes of their own, which may be killed, frozen and started again. Ends only what it started.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rand::prelude::*;
use tokio::process::{Child, Command};

use super::plan::Victim;
use crate::cli::Service;
use crate::exit::{Code, Failure};

/// How soon a process that ended by itself is started again, as a supervisor would.
const AGAIN: Duration = Duration::from_millis(300);

/// One service.
pub struct Process {
    /// What it is and which of them.
    pub name: String,
    /// Where it listens, on loopback.
    pub port: u16,
    service: Service,
    child: Option<Child>,
    start_at: Option<Instant>,
    thaw_at: Option<Instant>,
}

/// All of them.
pub struct Processes {
    all: Vec<Process>,
    folder: PathBuf,
    settings: PathBuf,
    database: String,
    /// How often a process ended that nobody had killed.
    pub ended_by_themselves: u32,
}

impl Processes {
    /// Finds a free port for each; starts none.
    pub fn new(
        folder: &Path,
        settings: &Path,
        database: &str,
        executions: u16,
        orchestrators: u16,
    ) -> Result<Self, Failure> {
        let mut kinds = vec![Service::Models, Service::Rl];
        kinds.extend((0..executions).map(|_| Service::Execution));
        kinds.extend((0..orchestrators).map(|_| Service::Orchestrator));
        let free =
            || TcpListener::bind("127.0.0.1:0").map_err(|e| Failure::from_error(Code::Unavailable, &e));
        // All are held until the last is found, so that no port is found twice.
        let held = kinds.iter().map(|_| free()).collect::<Result<Vec<_>, _>>()?;
        let mut all: Vec<Process> = Vec::new();
        for (service, listener) in kinds.into_iter().zip(&held) {
            let port = listener.local_addr().map_err(|e| Failure::from_error(Code::Other, &e))?.port();
            let number = 1 + all.iter().filter(|process| process.service == service).count();
            let name = format!("{}-{number}", service.section());
            all.push(Process { name, port, service, child: None, start_at: None, thaw_at: None });
        }
        let (folder, settings) = (folder.to_owned(), settings.to_owned());
        Ok(Self { all, folder, settings, database: database.to_owned(), ended_by_themselves: 0 })
    }

    /// The ports of one kind of service.
    pub fn ports(&self, service: Service) -> Vec<u16> {
        self.all.iter().filter(|process| process.service == service).map(|process| process.port).collect()
    }

    /// Starts everything that does not run, and wakes what was frozen.
    pub fn start_all(&mut self) -> Result<(), Failure> {
        for n in 0..self.all.len() {
            self.thaw(n)?;
            self.all[n].start_at = None;
            if self.all[n].child.is_none() {
                self.launch(n)?;
            }
        }
        Ok(())
    }

    /// Does what has become due: starts, wakes, and starts again what ended by itself.
    pub fn tend(&mut self, now: Instant) -> Result<(), Failure> {
        for n in 0..self.all.len() {
            if self.all[n].thaw_at.is_some_and(|at| at <= now) {
                self.thaw(n)?;
            }
            let ended = self.all[n].child.as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None)));
            if ended {
                self.ended_by_themselves += 1;
                self.all[n].child = None;
                self.all[n].start_at = Some(now + AGAIN);
            }
            if self.all[n].start_at.is_some_and(|at| at <= now) {
                self.launch(n)?;
            }
        }
        Ok(())
    }

    /// SIGKILL for one that runs; it is started again after `down`. Answers its process id.
    pub async fn kill(&mut self, victim: Victim, down: Duration, rng: &mut StdRng) -> Option<u32> {
        let n = self.choose(victim, rng)?;
        let process = &mut self.all[n];
        let mut child = process.child.take()?;
        let pid = child.id()?;
        child.kill().await.ok()?;
        (process.start_at, process.thaw_at) = (Some(Instant::now() + down), None);
        Some(pid)
    }

    /// SIGSTOP for one that runs; it goes on after `freeze`. Answers its process id.
    pub fn freeze(&mut self, victim: Victim, freeze: Duration, rng: &mut StdRng) -> Option<u32> {
        let n = self.choose(victim, rng)?;
        let pid = self.all[n].child.as_ref()?.id()?;
        signal(pid, "STOP").ok()?;
        self.all[n].thaw_at = Some(Instant::now() + freeze);
        Some(pid)
    }

    /// SIGTERM for all, and SIGKILL for those that do not end in time.
    pub async fn stop(&mut self, within: Duration) {
        let pids: Vec<u32> = self.all.iter().filter_map(|process| process.child.as_ref()?.id()).collect();
        pids.iter().for_each(|pid| drop(signal(*pid, "CONT").and_then(|()| signal(*pid, "TERM"))));
        for process in &mut self.all {
            let Some(child) = &mut process.child else { continue };
            if tokio::time::timeout(within, child.wait()).await.is_err() {
                drop(child.kill().await);
            }
            process.child = None;
        }
    }

    fn choose(&self, victim: Victim, rng: &mut StdRng) -> Option<usize> {
        let kind = match victim {
            Victim::Execution => Service::Execution,
            Victim::Orchestrator => Service::Orchestrator,
            Victim::Models => Service::Models,
            Victim::Rl => Service::Rl,
        };
        let fit = |kinds: &dyn Fn(Service) -> bool| -> Vec<usize> {
            let runs = |p: &Process| kinds(p.service) && p.child.is_some() && p.thaw_at.is_none();
            (0..self.all.len()).filter(|n| runs(&self.all[*n])).collect()
        };
        let wanted = fit(&|service| service == kind);
        // Another kind rather than no blow at all.
        let fit = if wanted.is_empty() { fit(&|_| true) } else { wanted };
        fit.choose(rng).copied()
    }

    fn thaw(&mut self, n: usize) -> Result<(), Failure> {
        if self.all[n].thaw_at.take().is_some()
            && let Some(pid) = self.all[n].child.as_ref().and_then(Child::id)
        {
            signal(pid, "CONT")?;
        }
        Ok(())
    }

    fn launch(&mut self, n: usize) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::from_error(Code::Other, &error);
        let process = &self.all[n];
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        command.args(["up", "--only", process.service.section()]).current_dir(&self.folder);
        command.env("DATABASE_URL", &self.database).env("LIGHTNING_CONFIG", &self.settings);
        command.env("LIGHTNING__LOG__LEVEL", "warn");
        // Nobody's money and nobody's metrics: the offline rules answer.
        for other in ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LIGHTNING__MODELS__OLLAMA_URL", "INFLUXDB_URL"]
        {
            command.env(other, "");
        }
        command.env("LIGHTNING__LOG__DIRECTORY", self.folder.join("logs").join(&process.name));
        let port = format!("LIGHTNING__{}__PORT", process.service.section().to_uppercase());
        command.env(port, process.port.to_string());
        for (variable, url) in self.peers(n) {
            command.env(variable, url);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let child = command.spawn().map_err(failed)?;
        let process = &mut self.all[n];
        (process.child, process.start_at) = (Some(child), None);
        Ok(())
    }

    /// Where a process finds the others: replicas do not all lean on the same one.
    fn peers(&self, n: usize) -> Vec<(&'static str, String)> {
        let nth = |service: Service, n: usize| {
            let ports = self.ports(service);
            ports[n % ports.len()]
        };
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        vec![
            (Service::Orchestrator.peer_variable(), url(nth(Service::Orchestrator, n))),
            (Service::Execution.peer_variable(), url(nth(Service::Execution, n))),
            ("LIGHTNING__PEERS__EXECUTION_FALLBACK_URL", url(nth(Service::Execution, n + 1))),
            (Service::Models.peer_variable(), url(nth(Service::Models, 0))),
            (Service::Rl.peer_variable(), url(nth(Service::Rl, 0))),
        ]
    }
}

/// A signal to a child of ours, by its process id.
fn signal(pid: u32, name: &str) -> Result<(), Failure> {
    let sent = std::process::Command::new("sh")
        .args(["-c", r#"kill -s "$0" "$1""#, name, &pid.to_string()])
        .stderr(Stdio::null())
        .status();
    match sent {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(Failure::other(format!("SIG{name} could not be sent to process {pid}"))),
        Err(error) => Err(Failure::from_error(Code::Other, &error)),
    }
}
