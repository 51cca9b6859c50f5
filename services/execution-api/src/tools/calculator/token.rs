//! Text to tokens. Knows which characters people type for an operator, and when a comma groups thousands.

use rust_decimal::Decimal;

/// One word of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(Decimal),
    Name(String),
    Plus,
    Minus,
    Times,
    Divide,
    Power,
    Percent,
    Bang,
    Open,
    Close,
    Comma,
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut lexer = Lexer { rest: text, tokens: vec![], calls: vec![] };
    while lexer.step()? {}
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    rest: &'a str,
    tokens: Vec<Token>,
    /// For every open bracket, whether it holds the arguments of a function (where a comma separates).
    calls: Vec<bool>,
}

impl Lexer<'_> {
    fn step(&mut self) -> Result<bool, String> {
        let Some(first) = self.rest.chars().next() else { return Ok(false) };
        match first {
            '0'..='9' | '.' => self.number()?,
            c if c.is_alphabetic() => self.name(),
            c if c.is_whitespace() || matches!(c, '$' | '€' | '£' | '¥' | '=') => self.skip(first)?,
            _ => self.symbol(first)?,
        }
        Ok(true)
    }

    /// White space and currency signs say nothing; an equals sign does only at the end ("1 + 1 =").
    fn skip(&mut self, first: char) -> Result<(), String> {
        self.rest = &self.rest[first.len_utf8()..];
        if first == '=' && !self.rest.trim().is_empty() {
            return Err("an expression has no equals sign in it".to_owned());
        }
        Ok(())
    }

    fn symbol(&mut self, first: char) -> Result<(), String> {
        let (token, width) = match first {
            '*' if self.rest.starts_with("**") => (Token::Power, 2),
            '+' => (Token::Plus, 1),
            '-' | '−' | '–' => (Token::Minus, first.len_utf8()),
            '*' | '×' | '·' => (Token::Times, first.len_utf8()),
            '/' | '÷' | ':' => (Token::Divide, first.len_utf8()),
            '^' => (Token::Power, 1),
            '%' => (Token::Percent, 1),
            '!' => (Token::Bang, 1),
            '(' | '[' => (Token::Open, 1),
            ')' | ']' => (Token::Close, 1),
            ',' | ';' => (Token::Comma, 1),
            other => return Err(format!("`{other}` has no meaning in an expression")),
        };
        match token {
            Token::Open => self.calls.push(matches!(self.tokens.last(), Some(Token::Name(_)))),
            Token::Close => drop(self.calls.pop()),
            _ => {}
        }
        self.tokens.push(token);
        self.rest = &self.rest[width..];
        Ok(())
    }

    fn name(&mut self) {
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        self.tokens.push(Token::Name(self.rest[..end].to_lowercase()));
        self.rest = &self.rest[end..];
    }

    fn number(&mut self) -> Result<(), String> {
        let grouped = !self.calls.contains(&true);
        let (width, digits) = scan(self.rest, grouped);
        let read = if digits.contains('e') {
            Decimal::from_scientific(&digits)
        } else {
            Decimal::from_str_exact(&digits)
        };
        let number =
            read.map_err(|_| format!("`{}` is not a number of at most 28 digits", &self.rest[..width]))?;
        self.tokens.push(Token::Number(number));
        self.rest = &self.rest[width..];
        Ok(())
    }
}

/// The width of the number at the beginning of the text, and its digits without grouping marks.
fn scan(text: &str, grouped: bool) -> (usize, String) {
    let bytes = text.as_bytes();
    let (mut at, mut digits, mut point) = (0, String::new(), false);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'0'..=b'9' => digits.push(byte as char),
            b'.' if !point => {
                point = true;
                digits.push('.');
            }
            b'_' => {}
            b',' if grouped && !point && groups_thousands(&bytes[at + 1..]) => {}
            b'e' | b'E' if exponent_width(&bytes[at + 1..]) > 0 => {
                let width = 1 + exponent_width(&bytes[at + 1..]);
                digits.push_str(&text[at..at + width].to_lowercase());
                return (at + width, digits);
            }
            _ => break,
        }
        at += 1;
    }
    (at, digits)
}

/// Exactly three digits follow, and then no fourth.
fn groups_thousands(after: &[u8]) -> bool {
    after.len() >= 3
        && after[..3].iter().all(u8::is_ascii_digit)
        && !after.get(3).is_some_and(u8::is_ascii_digit)
}

/// The width of `+12` or `12` after an `e`; 0 when it is no exponent but the constant.
fn exponent_width(after: &[u8]) -> usize {
    let sign = usize::from(matches!(after.first(), Some(b'+' | b'-')));
    let digits = after[sign..].iter().take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 { 0 } else { sign + digits }
}
