//! A decimal that remembers whether it is still exact.
//!
//! 96 bits of digits hold 28 decimal places; what does not fit is rounded, and that must not go unsaid.

use rust_decimal::{Decimal, MathematicalOps};

/// A value, and whether every digit of the true result is in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub value: Decimal,
    pub exact: bool,
}

pub(super) const TOO_LARGE: &str = "the result is too large (the limit is about 7.9 × 10^28)";

impl Number {
    pub fn exact(value: Decimal) -> Self {
        Number { value, exact: true }
    }

    pub fn rounded(value: Decimal) -> Self {
        Number { value, exact: false }
    }

    fn of(value: Option<Decimal>, exact: impl Fn(Decimal) -> bool, inputs: bool) -> Result<Self, String> {
        let value = value.ok_or(TOO_LARGE)?;
        Ok(Number { value, exact: inputs && exact(value) })
    }

    pub fn add(self, other: Number) -> Result<Self, String> {
        let (a, b) = (self.value, other.value);
        // Undoing the sum shows whether digits fell off its end.
        let undone = |sum: Decimal| sum.checked_sub(b) == Some(a) && sum.checked_sub(a) == Some(b);
        Self::of(a.checked_add(b), undone, self.exact && other.exact)
    }

    pub fn subtract(self, other: Number) -> Result<Self, String> {
        self.add(other.negate())
    }

    pub fn negate(self) -> Self {
        Number { value: -self.value, exact: self.exact }
    }

    pub fn multiply(self, other: Number) -> Result<Self, String> {
        let (a, b) = (self.value.normalize(), other.value.normalize());
        let product = a.checked_mul(b);
        // The scales of factors add up, unless the product had to be rounded. A product of zero from
        // two numbers that are not zero has lost everything.
        let kept =
            |p: Decimal| (p.scale() == a.scale() + b.scale() && !p.is_zero()) || a.is_zero() || b.is_zero();
        Self::of(product, kept, self.exact && other.exact)
    }

    pub fn divide(self, other: Number) -> Result<Self, String> {
        if other.value.is_zero() {
            return Err("division by zero".to_owned());
        }
        let (a, b) = (self.value, other.value);
        let restored =
            |q: Decimal| Number::exact(q).multiply(Number::exact(b)) == Ok(Number::exact(a.normalize()));
        let fits = |q: Decimal| restored(q) || a.is_zero();
        Self::of(a.checked_div(b), fits, self.exact && other.exact)
    }

    pub fn modulo(self, other: Number) -> Result<Self, String> {
        if other.value.is_zero() {
            return Err("mod by zero".to_owned());
        }
        Self::of(self.value.checked_rem(other.value), |_| true, self.exact && other.exact)
    }

    pub fn power(self, exponent: Number) -> Result<Self, String> {
        let (base, power) = (self.value, exponent.value.normalize());
        if base.is_zero() && power.is_sign_negative() && !power.is_zero() {
            return Err("zero to a negative power is a division by zero".to_owned());
        }
        if !power.is_integer() {
            return self.real_power(power);
        }
        let power = i64::try_from(power).map_err(|_| TOO_LARGE)?;
        let raised = self.whole_power(power.unsigned_abs())?;
        let raised = Number { exact: raised.exact && exponent.exact, ..raised };
        if power < 0 { Number::exact(Decimal::ONE).divide(raised) } else { Ok(raised) }
    }

    /// Square and multiply, so that exactness is tracked; ones and zero aside, 2^96 is the end after 7 squarings.
    fn whole_power(self, mut power: u64) -> Result<Self, String> {
        let (mut result, mut square) = (Number::exact(Decimal::ONE), self);
        loop {
            if power & 1 == 1 {
                result = result.multiply(square)?;
            }
            power >>= 1;
            if power == 0 {
                return Ok(result);
            }
            square = square.multiply(square)?;
        }
    }

    fn real_power(self, power: Decimal) -> Result<Self, String> {
        if self.value.is_sign_negative() && !self.value.is_zero() {
            return Err("a negative number has no real root of that power".to_owned());
        }
        if self.value.is_zero() {
            return Ok(self);
        }
        if power == Decimal::new(5, 1) {
            return self.square_root();
        }
        let log = self.value.checked_ln().ok_or(TOO_LARGE)?;
        let raised = log.checked_mul(power).and_then(|l| l.checked_exp()).ok_or(TOO_LARGE)?;
        // Logarithms lose the last digits, so that 8^(1/3) would read 1.9999…: 24 of the 28 digits are true.
        raised.round_sf(24).map(Number::rounded).ok_or_else(|| TOO_LARGE.to_owned())
    }

    pub fn square_root(self) -> Result<Self, String> {
        if self.value.is_sign_negative() && !self.value.is_zero() {
            return Err("a negative number has no real square root".to_owned());
        }
        if self.value.is_zero() {
            return Ok(self);
        }
        let root = newton(self.value).ok_or(TOO_LARGE)?;
        // A perfect square has a short root; look for one beside the iterate's last, uncertain digits.
        let short = root.round_dp(14).normalize();
        if Number::exact(short).multiply(Number::exact(short)) == Ok(Number::exact(self.value.normalize())) {
            return Ok(Number { value: short, exact: self.exact });
        }
        Ok(Number::rounded(root))
    }
}

/// From a guess good to 15 digits two rounds of Newton's method reach 28; a few more do no harm.
fn newton(value: Decimal) -> Option<Decimal> {
    use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
    let guess = Decimal::from_f64(value.to_f64()?.sqrt()).filter(|g| !g.is_zero());
    let mut root = guess.unwrap_or(value);
    for _ in 0..60 {
        let next = root.checked_add(value.checked_div(root)?)?.checked_div(Decimal::TWO)?;
        if next == root {
            break;
        }
        root = next;
    }
    Some(root)
}
