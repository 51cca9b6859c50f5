//! How much a word looks like a word: letter trigrams of the vocabulary against letters drawn at random.

use std::sync::LazyLock;

use crate::vocabulary::Vocabulary;

/// Letters and the word boundary.
const SYMBOLS: usize = 27;
const BOUNDARY: usize = 26;
/// Weight of the shorter history against the counts of the longer one.
const SMOOTHING: f64 = 4.0;

static MODEL: LazyLock<Letters> = LazyLock::new(|| Letters::trained(Vocabulary::get().words()));

/// Log-likelihood ratios, in bits, of a letter after two others.
pub(super) struct Letters {
    bits: Vec<f32>,
}

impl Letters {
    /// The model of the embedded vocabulary.
    pub(super) fn get() -> &'static Self {
        &MODEL
    }

    /// Mean bits per letter in favour of a word of a language over random letters; other characters are skipped.
    pub(super) fn bits_per_letter(&self, word: &str) -> f64 {
        let (mut total, mut count) = (0.0, 0.0);
        each_trigram(word, |index| {
            total += f64::from(self.bits[index]);
            count += 1.0;
        });
        if count == 0.0 { 0.0 } else { total / count }
    }

    fn trained<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut three = vec![0.0; SYMBOLS.pow(3)];
        for word in words.filter(|word| word.len() >= 3) {
            each_trigram(word, |index| three[index] += 1.0);
        }
        let mut two = vec![0.0; SYMBOLS.pow(2)];
        let mut one = vec![0.0; SYMBOLS];
        for (index, count) in three.iter().enumerate() {
            two[index % SYMBOLS.pow(2)] += count;
            one[index % SYMBOLS] += count;
        }
        let bits = (0..three.len()).map(|index| ratio_bits(index, &three, &two, &one)).collect();
        Self { bits }
    }
}

/// Witten–Bell in spirit: each history leans on the next shorter one in proportion to how little it was seen.
fn ratio_bits(index: usize, three: &[f64], two: &[f64], one: &[f64]) -> f32 {
    let total: f64 = one.iter().sum();
    let (pair, last) = (index % SYMBOLS.pow(2), index % SYMBOLS);
    let history = |counts: &[f64], index: usize| -> f64 {
        let from = index / SYMBOLS * SYMBOLS;
        counts[from..from + SYMBOLS].iter().sum()
    };
    let p1 = (one[last] + 1.0) / (total + SYMBOLS as f64);
    let p2 = (two[pair] + SMOOTHING * p1) / (history(two, pair) + SMOOTHING);
    let p3 = (three[index] + SMOOTHING * p2) / (history(three, index) + SMOOTHING);
    (p3 * SYMBOLS as f64).log2() as f32
}

fn each_trigram(word: &str, mut visit: impl FnMut(usize)) {
    let letters = word.bytes().filter(u8::is_ascii_lowercase).map(|b| usize::from(b - b'a'));
    let (mut before, mut previous) = (BOUNDARY, BOUNDARY);
    for symbol in letters.chain([BOUNDARY]) {
        visit((before * SYMBOLS + previous) * SYMBOLS + symbol);
        (before, previous) = (previous, symbol);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unseen_words_of_languages_beat_random_letters() {
        let bits = |word| Letters::get().bits_per_letter(word);
        let words =
            ["mitochondria", "bibliography", "kindergarten", "tangerine", "photosynthesis", "hippopotamus"];
        let noise = ["xkqzjw", "lkjsdf", "qwrtpl", "zxcvbn", "sdlkfj", "hgfdsa"];
        let worst_word = words.map(bits).into_iter().fold(f64::INFINITY, f64::min);
        let best_noise = noise.map(bits).into_iter().fold(f64::NEG_INFINITY, f64::max);
        assert!(worst_word > best_noise + 0.5, "{worst_word} {best_noise}");
    }
}
