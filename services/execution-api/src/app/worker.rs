//! The workers: runs are claimed under a session's lease, driven step by step, and ended or handed back.

pub mod act;
pub mod asks;
pub mod backoff;
pub mod claim;
pub mod doubt;
pub mod drive;
pub mod ending;
pub mod journal;
pub mod lease;
pub mod persist;
pub mod plan;
pub mod pool;
pub mod queues;
pub mod reaper;
pub mod session;
pub mod speaker;
pub mod stop;
pub mod thought;
pub mod under_way;
