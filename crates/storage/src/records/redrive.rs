//! Failed tasks that are to be tried again together.

/// The attempts that a call is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedrivePlan {
    /// The caller's name for the call.
    pub key: String,
    /// Equal hashes are the same call.
    pub content_hash: String,
    /// Tasks, each with the attempt that failed.
    pub tasks: Vec<(String, i64)>,
}

/// The plan to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redriving {
    /// This one: new, or kept by an earlier call.
    Plan(Vec<(String, i64)>),
    /// The key belongs to another call.
    Conflict,
}
