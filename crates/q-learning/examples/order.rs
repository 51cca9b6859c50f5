//! The order of the rows in a pass of `lightning replay`, one number a line, from 0.
//!
//! `cargo run -p q-learning --example order -- ROWS SEED`; `tests/compare-vowpal-wabbit.py` plays by it.

use std::error::Error;
use std::io::{BufWriter, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let numbers: Vec<u64> = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let [rows, seed] = numbers[..] else { return Err("name the number of rows and the seed".into()) };
    let mut out = BufWriter::new(std::io::stdout().lock());
    for row in q_learning::replay::order(usize::try_from(rows)?, seed) {
        writeln!(out, "{row}")?;
    }
    Ok(out.flush()?)
}
