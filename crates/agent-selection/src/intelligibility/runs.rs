//! Letters as fingers or the alphabet give them: `asdf`, `xyz`, `aaaa`.

const ROWS: [&str; 7] = [
    "abcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcba",
    "qwertyuiop",
    "poiuytrewq",
    "asdfghjkl",
    "lkjhgfdsa",
    "zxcvbnm",
];
const MIRRORED_BOTTOM: &str = "mnbvcxz";

/// Whether the word is a run along the alphabet or a row of keys, or one piece repeated.
pub(super) fn is_mechanical(word: &str) -> bool {
    word.len() >= 3 && (is_run(word) || is_pieces_of_runs(word) || repeats(word) || lacks_vowels(word))
}

fn is_run(word: &str) -> bool {
    ROWS.iter().any(|row| row.contains(word)) || MIRRORED_BOTTOM.contains(word)
}

/// `asdfqwer`, `qweasd`: nothing but runs of three or more.
fn is_pieces_of_runs(word: &str) -> bool {
    let splits = word.char_indices().map(|(at, _)| at).filter(|at| *at >= 3 && word.len() - at >= 3);
    word.len() >= 6
        && splits
            .into_iter()
            .any(|at| is_run(&word[..at]) && (is_run(&word[at..]) || is_pieces_of_runs(&word[at..])))
}

/// `aaaa`, `abab`, `blabla`, `hahaha`.
fn repeats(word: &str) -> bool {
    let bytes = word.as_bytes();
    let by =
        |period: usize| bytes.len() >= 2 * period && bytes.iter().zip(&bytes[period..]).all(|(a, b)| a == b);
    let letters = bytes.iter().fold(0_u32, |seen, b| seen | 1 << (b % 32)).count_ones();
    by(1) || (2..=4).any(by) || (bytes.len() >= 5 && letters <= 2)
}

fn lacks_vowels(word: &str) -> bool {
    word.len() >= 5 && !word.contains(['a', 'e', 'i', 'o', 'u', 'y'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_runs_and_repetitions() {
        for word in [
            "asdf",
            "qwer",
            "zxcv",
            "xyz",
            "ghi",
            "aaaa",
            "abab",
            "asdfqwer",
            "qweasdzxc",
            "hahaha",
            "hjkl",
            "sdfgh",
            "bcdfg",
        ] {
            assert!(is_mechanical(word), "{word}");
        }
    }

    #[test]
    fn leaves_words_alone() {
        for word in ["fibonacci", "banana", "assess", "mississippi", "kubernetes", "rhythm", "coco"] {
            let repeated = word == "coco";
            assert_eq!(is_mechanical(word), repeated, "{word}");
        }
    }
}
