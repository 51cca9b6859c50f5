//! The grammar, evaluated as it is read. Loosest first:
//!
//! ```text
//! sum     := product (("+" | "-") product)*
//! product := signed (("*" | "/" | "of") signed)*
//! signed  := ("-" | "+") signed | power
//! power   := postfix ("^" signed)?            right to left, so 2^3^2 = 512 and -2^2 = -4
//! postfix := primary ("%" | "!")*
//! primary := number | constant | name "(" sum ("," sum)* ")" | "(" sum ")"
//! ```

use super::function;
use super::number::Number;
use super::token::{Token, tokens};
use rust_decimal::Decimal;

/// Brackets and powers nested deeper than this are refused, long before the stack would end.
const DEEPEST: u32 = 64;

pub(super) fn evaluate(expression: &str) -> Result<Number, String> {
    let mut parser = Parser { tokens: tokens(expression)?, at: 0, depth: 0 };
    let result = parser.sum()?;
    match parser.peek() {
        None => Ok(result),
        Some(Token::Close) => Err("there is a closing bracket too many".to_owned()),
        Some(token) => Err(format!("an operator is missing before {}", shown(token))),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take_if(&mut self, wanted: &Token) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn sum(&mut self) -> Result<Number, String> {
        let mut left = self.product()?;
        loop {
            if self.take_if(&Token::Plus) {
                left = left.add(self.product()?)?;
            } else if self.take_if(&Token::Minus) {
                left = left.subtract(self.product()?)?;
            } else {
                return Ok(left);
            }
        }
    }

    fn product(&mut self) -> Result<Number, String> {
        let of = Token::Name("of".to_owned());
        let mut left = self.signed()?;
        loop {
            if self.take_if(&Token::Times) || self.take_if(&of) {
                left = left.multiply(self.signed()?)?;
            } else if self.take_if(&Token::Divide) {
                left = left.divide(self.signed()?)?;
            } else {
                return Ok(left);
            }
        }
    }

    /// Every way to nest passes here, so here depth is counted.
    fn signed(&mut self) -> Result<Number, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("the expression is nested deeper than {DEEPEST} levels"));
        }
        let value = if self.take_if(&Token::Minus) {
            self.signed()?.negate()
        } else if self.take_if(&Token::Plus) {
            self.signed()?
        } else {
            self.power()?
        };
        self.depth -= 1;
        Ok(value)
    }

    fn power(&mut self) -> Result<Number, String> {
        let base = self.postfix()?;
        if self.take_if(&Token::Power) { base.power(self.signed()?) } else { Ok(base) }
    }

    fn postfix(&mut self) -> Result<Number, String> {
        let mut value = self.primary()?;
        loop {
            if self.take_if(&Token::Percent) {
                self.refuse_modulo()?;
                value = value.divide(Number::exact(Decimal::ONE_HUNDRED))?;
            } else if self.take_if(&Token::Bang) {
                value = function::factorial(value)?;
            } else {
                return Ok(value);
            }
        }
    }

    /// `7 % 3` means the remainder to a programmer and nothing to anybody else.
    fn refuse_modulo(&self) -> Result<(), String> {
        match self.peek() {
            Some(Token::Number(_) | Token::Open) => {
                Err("`%` means percent here; for a remainder write mod(a, b)".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn primary(&mut self) -> Result<Number, String> {
        match self.take() {
            Some(Token::Number(value)) => Ok(Number::exact(value)),
            Some(Token::Name(name)) if self.take_if(&Token::Open) => {
                let arguments = self.arguments()?;
                function::call(&name, &arguments)
            }
            Some(Token::Name(name)) => function::constant(&name),
            Some(Token::Open) => {
                let value = self.sum()?;
                self.close()?;
                Ok(value)
            }
            Some(token) => Err(format!("a number is missing before {}", shown(&token))),
            None => Err("the expression ends where a number should stand".to_owned()),
        }
    }

    fn arguments(&mut self) -> Result<Vec<Number>, String> {
        let mut arguments = vec![self.sum()?];
        while self.take_if(&Token::Comma) {
            arguments.push(self.sum()?);
        }
        self.close()?;
        Ok(arguments)
    }

    fn close(&mut self) -> Result<(), String> {
        if self.take_if(&Token::Close) { Ok(()) } else { Err("a closing bracket is missing".to_owned()) }
    }
}

fn shown(token: &Token) -> String {
    let symbol = match token {
        Token::Number(value) => return format!("`{value}`"),
        Token::Name(name) => return format!("`{name}`"),
        Token::Plus => "+",
        Token::Minus => "-",
        Token::Times => "*",
        Token::Divide => "/",
        Token::Power => "^",
        Token::Percent => "%",
        Token::Bang => "!",
        Token::Open => "(",
        Token::Close => ")",
        Token::Comma => ",",
    };
    format!("`{symbol}`")
}
