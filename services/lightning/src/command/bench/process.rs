//! What this process has used, as Linux tells it in `/proc`.

/// Mebibytes of a line of proc(5) status: `VmRSS:` now, `VmHWM:` at most. `None` where there is no such file.
pub fn memory_mib(line: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let found = status.lines().find(|candidate| candidate.starts_with(line))?;
    let kib: f64 = found.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

/// User and system time so far.
pub fn cpu_seconds() -> f64 {
    // Fields 14 and 15 of proc(5) stat, in ticks of which Linux has 100 a second.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: f64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / 100.0
}
