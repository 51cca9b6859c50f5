//! Words known without any roster: English by role, the trade's terms, and frequent words of other languages.
//!
//! The lists are our own, in `vocabulary/*.txt`; what they lack, the letter model judges.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::words::stem;

const FUNCTION: &str = include_str!("vocabulary/function.txt");
const GENERIC: &str = include_str!("vocabulary/generic.txt");
const ENGLISH: &str = include_str!("vocabulary/english.txt");
const TECHNICAL: &str = include_str!("vocabulary/technical.txt");
const LANGUAGES: &str = include_str!("vocabulary/languages.txt");

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::embedded);

/// How much a word tells about the topic of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Grammar: nothing.
    Function,
    /// Stands in tasks of every kind: little.
    Generic,
    /// Anything else.
    Topic,
}

/// The embedded lists, indexed once; never changes.
pub(crate) struct Vocabulary {
    words: HashSet<&'static str>,
    stems: HashSet<String>,
    roles: HashMap<String, Role>,
}

impl Vocabulary {
    /// The one instance.
    pub(crate) fn get() -> &'static Self {
        &VOCABULARY
    }

    /// Whether the word, or another form of it, is listed.
    pub(crate) fn knows(&self, word: &str) -> bool {
        self.words.contains(word) || (word.len() > 3 && self.stems.contains(&stem(word)))
    }

    /// The role of a word; function words are told by themselves, generic ones by their stem.
    pub(crate) fn role(&self, word: &str, stem: &str) -> Role {
        let listed =
            self.roles.get(word).or_else(|| self.roles.get(stem).filter(|role| **role == Role::Generic));
        listed.copied().unwrap_or(Role::Topic)
    }

    /// Every listed word, for training the letter model.
    pub(crate) fn words(&self) -> impl Iterator<Item = &'static str> {
        self.words.iter().copied()
    }

    fn embedded() -> Self {
        let lists = [FUNCTION, GENERIC, ENGLISH, TECHNICAL, LANGUAGES];
        let words: HashSet<&str> = lists.into_iter().flat_map(listed).collect();
        let english = [GENERIC, ENGLISH, TECHNICAL].into_iter().flat_map(listed);
        let generic =
            listed(GENERIC).flat_map(|word| [(word.to_owned(), Role::Generic), (stem(word), Role::Generic)]);
        let function = listed(FUNCTION).map(|word| (word.to_owned(), Role::Function));
        Self { stems: english.map(stem).collect(), roles: generic.chain(function).collect(), words }
    }
}

fn listed(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_other_forms_of_listed_words() {
        for word in ["the", "tests", "deployments", "écrire", "kubernetes", "analyzing", "quarterly"] {
            let folded = word.replace('é', "e");
            assert!(Vocabulary::get().knows(&folded), "{word}");
        }
        for word in ["xqzt", "asdf", "ghi"] {
            assert!(!Vocabulary::get().knows(word), "{word}");
        }
    }

    #[test]
    fn tells_roles() {
        let role = |word: &str| Vocabulary::get().role(word, &stem(word));
        assert_eq!(role("the"), Role::Function);
        assert_eq!(role("applications"), Role::Generic);
        assert_eq!(role("kubernetes"), Role::Topic);
    }

    #[test]
    fn lists_hold_folded_words_only() {
        for word in Vocabulary::get().words() {
            assert!(word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{word}");
        }
    }
}
