//! The shape of a text: how long, which marks, which script. Scaled by fixed constants, so that nothing has to be fitted.

use super::words::is_ideographic;

/// Number of shape features.
pub(crate) const COUNT: usize = 24;

/// What a person calls them, in order.
pub(crate) const NAMES: [&str; COUNT] = [
    "length",
    "words",
    "lines",
    "word length",
    "line length",
    "digits",
    "numbers",
    "Han, kana or the like",
    "other non-ASCII",
    "capitals",
    "capitalised words",
    "round brackets",
    "square and curly brackets",
    "operators",
    "quotation marks",
    "code marks",
    "question marks",
    "list marks",
    "commas",
    "full stops",
    "colons",
    "slashes",
    "mathematical marks",
    "ends as a question",
];

#[derive(Default)]
struct Counts {
    chars: f64,
    words: f64,
    word_chars: f64,
    lines: f64,
    digits: f64,
    numbers: f64,
    ideographic: f64,
    non_ascii: f64,
    capitals: f64,
    capitalised: f64,
    round: f64,
    square: f64,
    operators: f64,
    quotes: f64,
    code: f64,
    questions: f64,
    list: f64,
    commas: f64,
    stops: f64,
    colons: f64,
    slashes: f64,
    maths: f64,
}

/// The features, each in 1/128 from 0 to almost 2.
pub(crate) fn of(text: &str) -> [u8; COUNT] {
    let counts = Counts::of(text);
    let asks = text.trim_end().ends_with(['?', '\u{ff1f}']);
    counts.scaled(asks).map(|value| (value * 128.0).round().clamp(0.0, 255.0) as u8)
}

impl Counts {
    fn of(text: &str) -> Self {
        let mut counts = Self { lines: 1.0, ..Self::default() };
        let (mut before, mut line_start) = ('\n', true);
        for c in text.chars() {
            counts.chars += 1.0;
            counts.letter(c, before);
            if c.is_ascii() {
                counts.mark(c)
            } else {
                counts.wide(c)
            }
            if line_start && !c.is_whitespace() {
                line_start = false;
                counts.list += f64::from(matches!(c, '-' | '*' | '#' | '0'..='9' | '\u{2022}'));
            }
            line_start |= c == '\n';
            before = c;
        }
        counts
    }

    fn letter(&mut self, c: char, before: char) {
        if !c.is_alphanumeric() {
            return;
        }
        let starts = !before.is_alphanumeric() || is_ideographic(c);
        self.word_chars += 1.0;
        self.words += f64::from(starts);
        self.digits += f64::from(c.is_numeric());
        self.numbers += f64::from(c.is_numeric() && !before.is_numeric());
        self.capitals += f64::from(c.is_uppercase());
        self.capitalised += f64::from(c.is_uppercase() && starts);
    }

    fn mark(&mut self, c: char) {
        let field = match c {
            '\n' => &mut self.lines,
            '(' | ')' => &mut self.round,
            '[' | ']' | '{' | '}' => &mut self.square,
            '=' | '+' | '*' | '<' | '>' | '-' | '|' | '&' => &mut self.operators,
            '"' | '\'' => &mut self.quotes,
            '`' | ';' | '_' | '#' | '@' => &mut self.code,
            '?' => &mut self.questions,
            ',' => &mut self.commas,
            '.' | '!' => &mut self.stops,
            ':' => &mut self.colons,
            '/' => &mut self.slashes,
            '$' | '\\' | '^' | '%' => &mut self.maths,
            _ => return,
        };
        *field += 1.0;
    }

    fn wide(&mut self, c: char) {
        let field = match c {
            _ if is_ideographic(c) => &mut self.ideographic,
            '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' | '\u{300c}' | '\u{300d}' => &mut self.quotes,
            '\u{ff1f}' => &mut self.questions,
            '\u{ff0c}' | '\u{3001}' => &mut self.commas,
            '\u{3002}' => &mut self.stops,
            '\u{ff1a}' => &mut self.colons,
            '\u{ff08}' | '\u{ff09}' => &mut self.round,
            _ => &mut self.non_ascii,
        };
        *field += 1.0;
    }

    /// Fractions of the characters are small for marks, so their square roots are taken: presence counts more than amount.
    fn scaled(&self, asks: bool) -> [f64; COUNT] {
        let chars = self.chars.max(1.0);
        let words = self.words.max(1.0);
        let rate = |count: f64| (4.0 * count / chars).sqrt();
        [
            (1.0 + self.chars).ln() / 8.0,
            (1.0 + self.words).ln() / 7.0,
            (1.0 + self.lines).ln() / 5.0,
            self.word_chars / words / 8.0,
            (1.0 + chars / self.lines).ln() / 7.0,
            rate(self.digits),
            (1.0 + self.numbers).ln() / 5.0,
            (self.ideographic / chars).sqrt(),
            (self.non_ascii / chars).sqrt(),
            rate(self.capitals),
            (self.capitalised / words).sqrt(),
            rate(self.round),
            rate(self.square),
            rate(self.operators),
            rate(self.quotes),
            rate(self.code),
            (self.questions.min(4.0) / 4.0).sqrt(),
            (self.list / self.lines).sqrt(),
            rate(self.commas),
            rate(self.stops),
            rate(self.colons),
            rate(self.slashes),
            rate(self.maths),
            f64::from(asks),
        ]
    }
}
