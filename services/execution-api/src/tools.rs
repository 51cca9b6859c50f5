//! The built-in tools: one file each, with the JSON Schema of its arguments, its effect class and its errors.
//!
//! All but two compute from their arguments alone. `knowledge_search` reads the database, `http_fetch` the network,
//! and the latter exists only where it is switched on. What an operator declares besides is an `http_tool`. None runs code that
//! somebody wrote.

mod calculator;
mod csv_stats;
mod datetime;
mod decimal;
mod document;
mod extract;
mod http_fetch;
mod http_tool;
mod json_query;
mod json_validate;
mod knowledge_search;
mod log_stats;
mod text_stats;
mod tool;
mod toolbox;
mod unit_convert;

pub use http_tool::{DeclaredTool, Found, WrongTool};
pub use tool::{ToolError, ToolResult};
pub use toolbox::Toolbox;

#[cfg(test)]
mod examples;
