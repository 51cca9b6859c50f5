//! A PostgreSQL server of this run's own: made, crashed, started again and thrown away with the programs it comes with.

use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::exit::{Code, Failure};

/// How many connections it gives: more than the services need, few enough to be taken.
const CONNECTIONS: u32 = 150;

/// A running server; it is stopped and its data are removed with this.
pub struct OwnServer {
    programs: PathBuf,
    data: PathBuf,
    options: String,
    /// A superuser's address of its first database.
    pub url: String,
}

impl OwnServer {
    /// Makes a cluster in `folder` and starts it on a free port.
    pub fn start(folder: &Path) -> Result<Self, Failure> {
        let programs = programs()?;
        let data = folder.join("postgres");
        std::fs::create_dir_all(&data).map_err(failed)?;
        if is_root() {
            // PostgreSQL refuses to run as root, and its user must be able to come here.
            open_way_to(&data);
            quietly(Command::new("chown").arg("postgres").arg(&data))?;
        }
        let port = free_port()?;
        let options = format!(
            "-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections={CONNECTIONS} \
             -c max_wal_size=128MB"
        );
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        let server = Self { programs, data, options, url };
        let mut initdb = server.command("initdb");
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]);
        quietly(initdb.arg(format!("--pgdata={}", server.cluster().display())))?;
        server.control(&["start"])?;
        Ok(server)
    }

    /// A crash, and the recovery from it.
    pub fn restart(&self) -> Result<(), Failure> {
        self.control(&["restart", "--mode=immediate"])
    }

    /// Starts it again if it gave up, as it does when it cannot even write its log.
    pub fn revive(&self) {
        if self.control(&["status"]).is_err() {
            // It does not come up while the disk is full; whoever looks again tries again.
            drop(self.control(&["start"]));
        }
    }

    fn cluster(&self) -> PathBuf {
        self.data.join("cluster")
    }

    fn control(&self, words: &[&str]) -> Result<(), Failure> {
        let mut control = self.command("pg_ctl");
        control.args(words).arg("--silent").arg(format!("--pgdata={}", self.cluster().display()));
        if words == ["status"] {
            return quietly(&mut control);
        }
        control.arg("--wait");
        control.arg(format!("--log={}", self.data.join("server.log").display()));
        quietly(control.arg(format!("--options={}", self.options)))
    }

    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut as_server = Command::new("runuser");
            as_server.args(["-u", "postgres", "--"]).arg(program);
            as_server
        } else {
            Command::new(program)
        };
        command.current_dir("/");
        command
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        let mut stop = self.command("pg_ctl");
        stop.args(["stop", "--mode=immediate", "--silent", "--wait"]);
        drop(quietly(stop.arg(format!("--pgdata={}", self.cluster().display()))));
        drop(std::fs::remove_dir_all(&self.data));
    }
}

/// The folder of the newest server programs: `PG_BINDIR`, Debian's place, or whatever is on the `PATH`.
fn programs() -> Result<PathBuf, Failure> {
    let mut places: Vec<PathBuf> = std::env::var_os("PG_BINDIR").map(PathBuf::from).into_iter().collect();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    places.extend(versions.into_iter().map(|(_, place)| place));
    places.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    places.into_iter().find(|place| place.join("initdb").exists() && place.join("pg_ctl").exists()).ok_or_else(|| {
        Failure::usage(
            "no PostgreSQL server programs were found (Debian: apt-get install postgresql); set PG_BINDIR, or name a server by its address",
        )
    })
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}

/// Lets others pass through the throw-away folders above `place`.
fn open_way_to(place: &Path) {
    for folder in place.ancestors().skip(1).take_while(|folder| folder.starts_with(std::env::temp_dir())) {
        if folder != std::env::temp_dir() {
            drop(quietly(Command::new("chmod").arg("o+x").arg(folder)));
        }
    }
}

fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
    Ok(listener.local_addr().map_err(failed)?.port())
}

/// Runs a program to its end without a word, unless it fails.
fn quietly(command: &mut Command) -> Result<(), Failure> {
    // Files and not pipes: a server that is started here would keep a pipe open for as long as it lives.
    let status =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().map_err(failed)?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::other(format!("{:?} failed: {status}", command.get_program())))
}

fn failed(error: std::io::Error) -> Failure {
    Failure::from_error(Code::Other, &error)
}
