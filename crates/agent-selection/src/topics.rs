//! What a word speaks of: a word may belong to several topics, and a topic joins words that have no letters in common.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::words::stem;

const TOPICS: &str = include_str!("vocabulary/topics.txt");

static INDEX: LazyLock<Topics> = LazyLock::new(Topics::embedded);

/// The embedded topics, indexed by stem.
pub(crate) struct Topics {
    names: Vec<&'static str>,
    by_stem: HashMap<String, Vec<u8>>,
}

impl Topics {
    /// The one instance.
    pub(crate) fn get() -> &'static Self {
        &INDEX
    }

    /// The topics of a stem, by number.
    pub(crate) fn of(&self, stem: &str) -> &[u8] {
        self.by_stem.get(stem).map_or(&[], Vec::as_slice)
    }

    /// How many topics there are.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// The name of a topic.
    pub(crate) fn name(&self, topic: u8) -> &'static str {
        self.names[usize::from(topic)]
    }

    fn embedded() -> Self {
        let mut topics = Self { names: Vec::new(), by_stem: HashMap::new() };
        for line in TOPICS.lines().filter(|line| !line.starts_with('#')) {
            let Some((name, words)) = line.split_once(": ") else { continue };
            let number = topics.names.len() as u8;
            topics.names.push(name);
            for word in words.split_whitespace().filter(|word| !word.contains('-')) {
                let members = topics.by_stem.entry(stem(word)).or_default();
                if !members.contains(&number) {
                    members.push(number);
                }
            }
        }
        topics
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_topic() {
        let lines = TOPICS.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(Topics::get().len(), lines);
    }

    #[test]
    fn words_without_common_letters_meet_in_a_topic() {
        let of = |word: &str| {
            Topics::get().of(&stem(word)).iter().map(|t| Topics::get().name(*t)).collect::<Vec<_>>()
        };
        assert_eq!(of("websites"), ["web"]);
        assert_eq!(of("css"), ["web"]);
        assert!(of("deployment").contains(&"operations"));
        assert!(of("xylophone").is_empty());
    }
}
