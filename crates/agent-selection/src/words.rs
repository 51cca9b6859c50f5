//! A text becomes words: lower-case, without diacritics, identifiers taken apart, scripts without spaces as pairs.
//!
//! Simple rules instead of the Unicode tables: what matters is that both sides of a comparison agree.

mod fold;
mod stem;

pub(crate) use stem::stem;

/// Words that are read of a text: what it asks stands before, what follows is attached data.
const WORDS_READ: usize = 400;

/// What a word is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Latin letters only.
    Latin,
    /// A short word in capitals inside a text that is not all in capitals: `SSO`, `GDPR`.
    Acronym,
    /// Latin letters of which some had a diacritic: nobody mashes those.
    Accented,
    /// Latin letters and digits: `k8s`, `sha256`.
    Mixed,
    /// Digits only.
    Number,
    /// A script other than Latin, or Latin letters beyond the folded ones.
    Other,
}

/// The first words of a text in order, in one buffer.
#[derive(Debug, Default)]
pub(crate) struct Words {
    buffer: String,
    spans: Vec<(u32, u32, Shape)>,
}

impl Words {
    /// Takes a text apart, up to some hundred words.
    pub(crate) fn of(text: &str) -> Self {
        let mut words = Self::default();
        let shouting = !text.chars().any(char::is_lowercase);
        let mut run = Run::default();
        for c in text.chars() {
            if !run.takes(c) {
                if words.spans.len() >= WORDS_READ {
                    return words;
                }
                let inside = run.uncapitalised && c.is_uppercase();
                words.close(&mut run, shouting);
                run.uncapitalised = inside;
            }
            if !run.push(c) && matches!(c, '+' | '#') && run.may_be_language_name() {
                run.folded.push(c);
            }
        }
        words.close(&mut run, shouting);
        words
    }

    /// The words with their shapes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Shape)> {
        self.spans.iter().map(|(from, to, shape)| (&self.buffer[*from as usize..*to as usize], *shape))
    }

    fn close(&mut self, run: &mut Run, shouting: bool) {
        match run.shape(shouting) {
            None => {}
            Some(Shape::Other) if run.unspaced => self.add_pairs(&run.folded),
            Some(shape) => self.add(&run.folded, shape),
        }
        *run = Run::default();
    }

    fn add(&mut self, word: &str, shape: Shape) {
        let from = self.buffer.len() as u32;
        self.buffer.push_str(word);
        self.spans.push((from, self.buffer.len() as u32, shape));
    }

    /// Chinese, Japanese and Thai write without spaces; neighbouring characters in pairs stand for words.
    fn add_pairs(&mut self, run: &str) {
        let chars: Vec<char> = run.chars().collect();
        let mut pair = String::new();
        for window in chars.windows(2.min(chars.len())) {
            pair.clear();
            pair.extend(window);
            self.add(&pair, Shape::Other);
        }
    }
}

/// Characters that belong to one word so far.
#[derive(Default)]
struct Run {
    folded: String,
    previous: Option<char>,
    letters: u32,
    digits: u32,
    capitals: u32,
    unspaced: bool,
    foreign: bool,
    accented: bool,
    uncapitalised: bool,
}

impl Run {
    /// Whether the character continues this run; in an identifier a capital begins the next word.
    fn takes(&self, c: char) -> bool {
        let Some(previous) = self.previous else { return true };
        if fold::is_mark(c) || (matches!(c, '+' | '#') && self.may_be_language_name()) {
            return true;
        }
        // `getUser` is two words; `JavaScript` and `PostgreSQL` are names.
        let camel = self.uncapitalised && previous.is_lowercase() && c.is_uppercase() && self.letters > 1;
        c.is_alphanumeric() && !camel && self.unspaced == fold::is_unspaced(c)
    }

    /// Adds a letter, digit or mark; false when it is none of them.
    fn push(&mut self, c: char) -> bool {
        if fold::is_mark(c) {
            self.accented = true;
            return true;
        }
        if !c.is_alphanumeric() {
            return false;
        }
        self.uncapitalised |= self.previous.is_none() && c.is_lowercase();
        self.digits += u32::from(c.is_numeric());
        self.letters += u32::from(!c.is_numeric());
        self.capitals += u32::from(c.is_uppercase());
        self.unspaced = fold::is_unspaced(c);
        self.accented |= !c.is_ascii();
        self.foreign |= !fold::push(&mut self.folded, c);
        self.previous = Some(c);
        true
    }

    /// `c++`, `c#`, `f#`: the only signs that are part of a word.
    fn may_be_language_name(&self) -> bool {
        matches!(self.folded.as_str(), "c" | "f" | "c+")
    }

    fn shape(&self, shouting: bool) -> Option<Shape> {
        match (self.letters, self.digits) {
            (0, 0) => None,
            _ if self.foreign => Some(Shape::Other),
            (0, _) => Some(Shape::Number),
            (2..=6, 0) if self.capitals == self.letters && !shouting => Some(Shape::Acronym),
            (_, 0) if self.accented => Some(Shape::Accented),
            (_, 0) => Some(Shape::Latin),
            _ => Some(Shape::Mixed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let words = Words::of(text);
        assert_eq!(words.iter().map(|(word, _)| word).collect::<Vec<_>>(), expected, "{text:?}");
    }

    #[test]
    fn takes_prose_apart() {
        check("Write unit-tests, please!", &["write", "unit", "tests", "please"]);
        check("l'application de l’été", &["l", "application", "de", "l", "ete"]);
        check("Größe Straße", &["grosse", "strasse"]);
        check("", &[]);
        check("--- !!!", &[]);
    }

    #[test]
    fn takes_identifiers_apart() {
        check("getUserName user_name k8s/sha256", &["get", "user", "name", "user", "name", "k8s", "sha256"]);
        check("PostgreSQL in JavaScript", &["postgresql", "in", "javascript"]);
        check("C++ and C# and F#, CI/CD", &["c++", "and", "c#", "and", "f#", "ci", "cd"]);
        check("a+b 2+2", &["a", "b", "2", "2"]);
    }

    #[test]
    fn pairs_the_characters_of_unspaced_scripts() {
        check("写单元测试", &["写单", "单元", "元测", "测试"]);
        check("用Python写", &["用", "python", "写"]);
    }

    #[test]
    fn tells_acronyms_from_shouting() {
        let shape = |text: &str| Words::of(text).iter().last().map(|(_, shape)| shape);
        assert_eq!(shape("configure SSO"), Some(Shape::Acronym));
        assert_eq!(shape("CONFIGURE SSO"), Some(Shape::Latin));
        assert_eq!(shape("проверь"), Some(Shape::Other));
        assert_eq!(shape("Größe"), Some(Shape::Accented));
        assert_eq!(shape("42"), Some(Shape::Number));
    }
}
