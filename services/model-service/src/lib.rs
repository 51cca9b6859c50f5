//! Every thought of every agent goes through here: one gateway to OpenAI, Anthropic, compatible servers and the offline rules.
//!
//! Invariant of absence: nothing here knows tasks, agents' choices or tools; a task's id is a label on a cost.

pub mod providers;
