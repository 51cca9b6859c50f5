//! Extractors whose refusals are problem documents. Use these instead of axum's own, whose refusals are plain text.
//!
//! | what is wrong | answer |
//! |---|---|
//! | not JSON, not UTF-8, empty, nested too deeply | 400 |
//! | another content type than JSON | 415 |
//! | larger than the limit, slower than the limit | 413, 408 |
//! | a field missing, unknown, of another type, out of range, given twice, holding a NUL; a number too large for any field | 422 with the field |
//!
//! A key that occurs twice is an error where the object has fixed fields; in free objects (`metadata`) the last one counts.

mod body;
mod form;
mod json;
mod nul;
mod path;
mod query;

pub use body::{BodyPieces, RawBody};
pub use json::{Json, JsonOrDefault, parse_json};
pub use path::Path;
pub use query::{Query, parse_query};

#[cfg(test)]
mod tests;
