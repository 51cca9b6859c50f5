//! Named points at which a test can kill the process, to prove that nothing is lost or done twice.

/// Aborts the process when it is a debug build and `LIGHTNING_CRASH_POINT` is `name`; otherwise does nothing.
///
/// Abort runs no destructors and flushes nothing: to the database and to peers it looks like `kill -9`.
#[inline]
pub fn crash_point(name: &str) {
    #[cfg(debug_assertions)]
    if armed().is_some_and(|armed| armed == name) {
        std::process::abort();
    }
    #[cfg(not(debug_assertions))]
    let _ = name;
}

#[cfg(debug_assertions)]
fn armed() -> Option<&'static str> {
    static ARMED: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    ARMED.get_or_init(|| std::env::var("LIGHTNING_CRASH_POINT").ok()).as_deref()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    /// Runs the test named `inner` of this very program, with a point armed.
    fn run_with_point(point: &str) -> std::process::ExitStatus {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child
            .args(["--exact", "crash::tests::passes_the_point_that_is_armed_elsewhere"])
            .env("LIGHTNING_CRASH_POINT", point);
        child.output().unwrap().status
    }

    /// The other tests run this one again in a process of its own, with a point armed.
    #[test]
    fn passes_the_point_that_is_armed_elsewhere() {
        super::crash_point("here");
    }

    #[test]
    fn the_armed_point_ends_the_process_without_goodbye() {
        assert!(run_with_point("here").signal().is_some());
    }

    #[test]
    fn other_points_do_nothing() {
        assert!(run_with_point("there").success());
    }
}
