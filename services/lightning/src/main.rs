//! thin main
fn main() {}
