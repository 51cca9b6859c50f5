//! Tasks: assigning, finding, dispatching, stopping.

pub(crate) mod adopt;
pub(crate) mod assign;
pub(crate) mod columns;
pub(crate) mod control;
pub(crate) mod dispatch;
pub(crate) mod find;
pub(crate) mod history;
pub(crate) mod hold;
pub(crate) mod list;
pub(crate) mod visible;
