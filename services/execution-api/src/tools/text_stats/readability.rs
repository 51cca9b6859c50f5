//! Flesch reading ease (1948) and Flesch–Kincaid grade (1975), for English.
//! Syllables are counted by groups of vowels, which is right for about nine words in ten.

pub(super) struct Readability {
    words_per_sentence: f64,
    syllables_per_word: f64,
}

/// None for a text without words, or one that is mostly not in Latin letters.
pub(super) fn measure(words: &[String], sentences: usize) -> Option<Readability> {
    let latin = words.iter().filter(|word| word.chars().any(|c| c.is_ascii_alphanumeric())).count();
    if words.is_empty() || sentences == 0 || latin * 2 < words.len() {
        return None;
    }
    let syllables: usize = words.iter().map(|word| syllables(word)).sum();
    Some(Readability {
        words_per_sentence: words.len() as f64 / sentences as f64,
        syllables_per_word: syllables as f64 / words.len() as f64,
    })
}

impl Readability {
    fn ease(&self) -> f64 {
        206.835 - 1.015 * self.words_per_sentence - 84.6 * self.syllables_per_word
    }

    pub fn reading_ease(&self) -> String {
        format!("{:.1}", self.ease())
    }

    pub fn grade(&self) -> String {
        format!("{:.1}", 0.39 * self.words_per_sentence + 11.8 * self.syllables_per_word - 15.59)
    }

    /// Flesch's own scale.
    pub fn in_words(&self) -> &'static str {
        match self.ease() {
            ease if ease >= 90.0 => "very easy",
            ease if ease >= 80.0 => "easy",
            ease if ease >= 70.0 => "fairly easy",
            ease if ease >= 60.0 => "plain English",
            ease if ease >= 50.0 => "fairly difficult",
            ease if ease >= 30.0 => "difficult",
            _ => "very difficult",
        }
    }
}

fn syllables(word: &str) -> usize {
    let letters: Vec<char> = word.chars().filter(|c| c.is_alphabetic()).collect();
    let vowel = |c: &char| "aeiouyàáâäãåèéêëìíîïòóôöõùúûüœæ".contains(*c);
    let groups = letters.chunk_by(|a, b| vowel(a) == vowel(b)).filter(|group| vowel(&group[0])).count();
    // A final e is silent ("late"), unless it carries the syllable ("table").
    let silent = match letters.as_slice() {
        [.., before, 'l', 'e'] => vowel(before),
        [.., before, 'e'] => !vowel(before),
        [.., before, 'e', 'd'] => !vowel(before) && !matches!(before, 't' | 'd'),
        _ => false,
    };
    (groups - usize::from(silent && groups > 1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_of_common_words() {
        for (word, expected) in [
            ("the", 1),
            ("late", 1),
            ("table", 2),
            ("reading", 2),
            ("documentation", 5),
            ("walked", 1),
            ("wanted", 2),
            ("idea", 2),
            ("rhythm", 1),
            ("readable", 3),
            ("42", 1),
        ] {
            assert_eq!(syllables(word), expected, "{word}");
        }
    }

    #[test]
    fn the_formula_is_fleschs() {
        // Six words of one syllable in one sentence: 206.835 - 6.09 - 84.6 = 116.145.
        let words: Vec<String> = "the cat sat on the mat".split(' ').map(str::to_owned).collect();
        let measured = measure(&words, 1).expect("English");
        assert_eq!((measured.reading_ease().as_str(), measured.grade().as_str()), ("116.1", "-1.4"));
        assert_eq!(measured.in_words(), "very easy");
    }

    #[test]
    fn other_scripts_are_not_measured() {
        assert!(measure(&["дом".to_owned(), "лес".to_owned()], 1).is_none());
        assert!(measure(&[], 0).is_none());
    }
}
