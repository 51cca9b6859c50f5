//! Answers kept to be given again: in memory, bounded, each for a while. Which requests are the same is [`keep`](super::keep)'s business.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::Mutex;

/// What the caller says about it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wish {
    /// Nothing: only requests of temperature 0 are kept.
    #[default]
    None,
    /// This one as well.
    Use,
    /// This one as well, but only for the same request, however similar another is.
    Same,
    /// Not this one.
    Bypass,
}

/// Everything that changes the answer, hashed.
pub type Key = [u8; 32];

/// The kept answers.
#[derive(Debug)]
pub struct Cache {
    max_bytes: usize,
    ttl: Duration,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    answers: HashMap<Key, Entry>,
    /// By when they were last used.
    order: BTreeMap<u64, Key>,
    uses: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    kept: Kept,
    until: Instant,
    used: u64,
}

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// A whole one, as JSON: in its provider's own words where those are the caller's, else as a chat answer.
    pub answer: Bytes,
    /// What was told with it.
    pub warnings: Arc<[String]>,
}

/// What an entry takes besides its answer, about.
const PER_ENTRY: usize = 160;

impl Cache {
    /// Holds at most `max_bytes`; 0 keeps nothing.
    pub fn new(max_bytes: usize, ttl: Duration) -> Self {
        Self { max_bytes, ttl, entries: Mutex::default() }
    }

    /// Whether anything is kept at all.
    pub fn is_on(&self) -> bool {
        self.max_bytes > 0
    }

    /// The largest answer that is kept, in bytes.
    pub fn largest(&self) -> usize {
        (self.max_bytes / 4).saturating_sub(PER_ENTRY)
    }

    /// The answer that was kept.
    pub fn get(&self, key: &Key, now: Instant) -> Option<Kept> {
        let mut entries = self.entries.lock();
        if entries.answers.get(key)?.until <= now {
            entries.remove(key);
            return None;
        }
        entries.touch(key);
        entries.answers.get(key).map(|entry| entry.kept.clone())
    }

    /// Keeps an answer; those that were not used for the longest time make room.
    pub fn put(&self, key: Key, kept: Kept, now: Instant) {
        let size = kept.size();
        if size > self.largest() + PER_ENTRY {
            return;
        }
        let mut entries = self.entries.lock();
        entries.remove(&key);
        while entries.bytes + size > self.max_bytes {
            let Some((_, oldest)) = entries.order.first_key_value() else { break };
            let oldest = *oldest;
            entries.remove(&oldest);
        }
        entries.bytes += size;
        entries.answers.insert(key, Entry { kept, until: now + self.ttl, used: 0 });
        entries.touch(&key);
    }
}

impl Kept {
    fn size(&self) -> usize {
        self.answer.len() + self.warnings.iter().map(String::len).sum::<usize>() + PER_ENTRY
    }
}

impl Entries {
    fn touch(&mut self, key: &Key) {
        let Some(entry) = self.answers.get_mut(key) else { return };
        self.order.remove(&entry.used);
        self.uses += 1;
        entry.used = self.uses;
        self.order.insert(self.uses, *key);
    }

    fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.answers.remove(key) {
            self.order.remove(&entry.used);
            self.bytes -= entry.kept.size();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Kept {
        Kept { answer: Bytes::copy_from_slice(text.as_bytes()), warnings: Arc::new([]) }
    }

    #[test]
    fn answers_are_kept_for_a_while() {
        let (cache, now) = (Cache::new(100_000, Duration::from_secs(60)), Instant::now());
        cache.put([1; 32], answer("a"), now);
        assert_eq!(cache.get(&[1; 32], now + Duration::from_secs(59)), Some(answer("a")));
        assert_eq!(cache.get(&[1; 32], now + Duration::from_secs(60)), None);
        assert_eq!(cache.entries.lock().bytes, 0);
    }

    #[test]
    fn the_least_used_make_room() {
        let (cache, now) = (Cache::new(4_000, Duration::from_secs(60)), Instant::now());
        for n in 0..40 {
            cache.put([n; 32], answer("some text"), now);
            assert!(cache.get(&[0; 32], now).is_some(), "used all the time, it stays");
        }
        assert!(cache.entries.lock().bytes <= 4_000 && cache.get(&[1; 32], now).is_none());
        assert!(cache.get(&[39; 32], now).is_some());
        cache.put([50; 32], answer(&"x".repeat(2_000)), now);
        assert!(cache.get(&[50; 32], now).is_none(), "one that is too large is not kept");
    }
}
