//! Constants and functions of expressions.

use super::number::{Number, TOO_LARGE};
use rust_decimal::{Decimal, MathematicalOps, RoundingStrategy};

const KNOWN: &str = "abs sqrt round floor ceil ln log10 log2 exp pow mod min max sum avg";

pub(super) fn constant(name: &str) -> Result<Number, String> {
    match name {
        "pi" | "π" => Ok(Number::rounded(Decimal::PI)),
        "e" => Ok(Number::rounded(Decimal::E)),
        "of" => Err("a number is missing before `of`".to_owned()),
        _ => Err(format!("`{name}` is unknown; constants are pi and e, functions are {KNOWN}")),
    }
}

pub(super) fn call(name: &str, arguments: &[Number]) -> Result<Number, String> {
    match (name, arguments) {
        ("abs", [x]) => Ok(Number { value: x.value.abs(), ..*x }),
        ("sqrt", [x]) => x.square_root(),
        ("round", [x]) => Ok(round(*x, 0)),
        ("round", [x, places]) => Ok(round(*x, decimal_places(*places)?)),
        ("floor", [x]) => Ok(whole(*x, x.value.floor())),
        ("ceil", [x]) => Ok(whole(*x, x.value.ceil())),
        ("ln", [x]) => logarithm(*x, Decimal::checked_ln),
        ("log" | "log10", [x]) => logarithm(*x, Decimal::checked_log10),
        ("log2", [x]) => log2(*x),
        ("exp", [x]) => x.value.checked_exp().map(Number::rounded).ok_or_else(|| TOO_LARGE.to_owned()),
        ("pow", [base, power]) => base.power(*power),
        ("mod", [a, b]) => a.modulo(*b),
        ("min", all) => Ok(extreme(all, |a, b| a < b)),
        ("max", all) => Ok(extreme(all, |a, b| a > b)),
        ("sum", all) => sum(all),
        ("avg" | "mean", all) => sum(all)?.divide(Number::exact(Decimal::from(all.len()))),
        _ if KNOWN.split(' ').any(|known| known == name) => {
            Err(format!("`{name}` does not take {} arguments", arguments.len()))
        }
        _ => Err(format!("there is no function `{name}`; there are {KNOWN}")),
    }
}

/// 27! is the last that fits.
pub(super) fn factorial(n: Number) -> Result<Number, String> {
    let limit = Decimal::from(27);
    if !n.value.is_integer() || n.value < Decimal::ZERO {
        return Err("a factorial needs a whole number that is not negative".to_owned());
    }
    if n.value > limit {
        return Err(TOO_LARGE.to_owned());
    }
    let mut product = Number { value: Decimal::ONE, exact: n.exact };
    let mut factor = Decimal::TWO;
    while factor <= n.value {
        product = product.multiply(Number::exact(factor))?;
        factor += Decimal::ONE;
    }
    Ok(product)
}

fn round(x: Number, places: u32) -> Number {
    whole(x, x.value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero))
}

/// Rounding that was asked for is not an inexactness of ours.
fn whole(x: Number, value: Decimal) -> Number {
    Number { value, exact: x.exact }
}

fn decimal_places(places: Number) -> Result<u32, String> {
    let wrong = || "round takes 0 to 28 decimal places".to_owned();
    u32::try_from(places.value).ok().filter(|p| *p <= 28 && places.value.is_integer()).ok_or_else(wrong)
}

fn logarithm(x: Number, of: impl Fn(&Decimal) -> Option<Decimal>) -> Result<Number, String> {
    if x.value <= Decimal::ZERO {
        return Err("only a positive number has a logarithm".to_owned());
    }
    of(&x.value).map(Number::rounded).ok_or_else(|| TOO_LARGE.to_owned())
}

fn log2(x: Number) -> Result<Number, String> {
    let two = logarithm(Number::exact(Decimal::TWO), Decimal::checked_ln)?;
    let quotient = logarithm(x, Decimal::checked_ln)?.divide(two)?.value;
    // So that log2(8) reads 3: the last digits of a quotient of logarithms are noise.
    Ok(Number::rounded(quotient.round_sf(24).unwrap_or(quotient)))
}

fn extreme(all: &[Number], better: impl Fn(Decimal, Decimal) -> bool) -> Number {
    let better = |a: Number, b: &Number| if better(b.value, a.value) { *b } else { a };
    all[1..].iter().fold(all[0], better)
}

fn sum(all: &[Number]) -> Result<Number, String> {
    all.iter().try_fold(Number::exact(Decimal::ZERO), |total, x| total.add(*x))
}
