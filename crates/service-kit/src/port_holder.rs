//! Which process listens on a port, as far as `/proc` shows it. On other systems, and for other users' processes, nobody knows.

use std::fmt;
use std::fs;
use std::path::Path;

/// A process that listens on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortHolder {
    /// Its id.
    pub pid: u32,
    /// Its name.
    pub name: String,
}

impl fmt::Display for PortHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (process {})", self.name, self.pid)
    }
}

/// The process that listens on `port`, if it can be found.
pub fn find(port: u16) -> Option<PortHolder> {
    let inodes: Vec<_> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .flat_map(|table| listening(Path::new(table), port))
        .collect();
    let targets: Vec<_> = inodes.iter().map(|inode| format!("socket:[{inode}]")).collect();
    let processes =
        fs::read_dir("/proc").ok()?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    processes.into_iter().find(|&pid| holds(pid, &targets)).map(|pid| PortHolder { pid, name: name(pid) })
}

/// Inodes of the sockets in state LISTEN on `port`. A row is: number, local address:port, remote, state, …, and the inode tenth.
fn listening(table: &Path, port: u16) -> Vec<String> {
    let rows = fs::read_to_string(table).unwrap_or_default();
    let inode = |row: &str| {
        let fields: Vec<_> = row.split_whitespace().collect();
        let local = u16::from_str_radix(fields.get(1)?.rsplit_once(':')?.1, 16).ok()?;
        (local == port && fields.get(3) == Some(&"0A"))
            .then(|| fields.get(9).map(ToString::to_string))
            .flatten()
    };
    rows.lines().skip(1).filter_map(inode).collect()
}

fn holds(pid: u32, sockets: &[String]) -> bool {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    descriptors
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .any(|target| target.to_str().is_some_and(|target| sockets.iter().any(|socket| socket == target)))
}

fn name(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm"))
        .map(|name| name.trim().to_owned())
        .unwrap_or_else(|_| "a process".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_this_process_as_the_holder_of_its_own_port() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let holder = find(listener.local_addr().unwrap().port()).expect("we can see our own descriptors");
        assert_eq!(holder.pid, std::process::id());
        assert!(holder.to_string().ends_with(&format!("(process {})", holder.pid)));
    }
}
