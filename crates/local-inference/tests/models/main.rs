//! Local models end to end: files that the tests make are opened and answer.

#![allow(clippy::unwrap_used)]

mod chat;
mod embedding;
mod files;
mod tiny;
