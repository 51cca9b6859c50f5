//! Policies to compare with, as they are commonly written. They are no part of the product.

pub(super) mod bucketed;
pub(super) mod fixed;
pub(super) mod linear;
pub(super) mod neighbours;
