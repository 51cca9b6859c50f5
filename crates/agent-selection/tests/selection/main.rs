//! Selection over the roster that the repository ships.

#![allow(clippy::unwrap_used)] // a test may panic

mod any_text;
mod demands;
mod fresh_install;
mod intelligibility;
mod learning;
mod reasons;
mod roster;
