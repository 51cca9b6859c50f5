//! Settling: outcome to reward, exactly once per attempt.

pub(crate) mod end;
pub(crate) mod outcomes;
pub(crate) mod retry;
