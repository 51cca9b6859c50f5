//! What a process has used, as Linux tells it in `/proc`.

use std::fs;

/// This process.
const SELF: &str = "self";

/// Mebibytes of a line of proc(5) status: `VmRSS:` now, `VmHWM:` at most. `None` where there is no such file.
pub fn memory_mib(line: &str) -> Option<f64> {
    memory_mib_of(SELF, line)
}

/// User and system time so far.
pub fn cpu_seconds() -> f64 {
    cpu_seconds_of(SELF).unwrap_or_default()
}

/// The same of another process.
pub fn memory_mib_of(process: &str, line: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let found = status.lines().find(|candidate| candidate.starts_with(line))?;
    let kib: f64 = found.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

/// The same of another process.
pub fn cpu_seconds_of(process: &str) -> Option<f64> {
    // Fields 14 and 15 of proc(5) stat, in ticks of which Linux has 100 a second.
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    let ticks: f64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    Some(ticks / 100.0)
}

/// A process and all that it started.
pub fn family(pid: u32) -> Vec<String> {
    let mut found = vec![pid.to_string()];
    let mut next = 0;
    while let Some(process) = found.get(next) {
        let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
        let children: String =
            tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok()).collect();
        found.extend(children.split_whitespace().map(str::to_owned));
        next += 1;
    }
    found
}
