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
