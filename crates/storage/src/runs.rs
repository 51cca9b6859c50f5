//! Runs: inserting, claiming, ending, and what people may do to them.

pub(crate) mod ask;
pub(crate) mod claim;
pub(crate) mod columns;
mod expire;
pub(crate) mod find;
pub(crate) mod finish;
pub(crate) mod fork;
pub(crate) mod give_back;
pub(crate) mod insert;
pub(crate) mod review;
