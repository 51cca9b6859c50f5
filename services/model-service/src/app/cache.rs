//! Answers kept to be given again, byte for byte the same request for the same key: in memory, bounded, each for a while.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use service_api::chat::{ChatAnswer, ChatRequest};
use sha2::{Digest, Sha256};

use super::resolve::Route;

/// What the caller says about it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wish {
    /// Nothing: only requests of temperature 0 are kept.
    #[default]
    None,
    /// This one as well.
    Use,
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
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<Key, Entry>,
    /// By when they were last used.
    order: BTreeMap<u64, Key>,
    uses: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    answer: Vec<u8>,
    until: Instant,
    used: u64,
}

/// What an entry takes besides its answer, about.
const PER_ENTRY: usize = 160;

impl Cache {
    /// Holds at most `max_bytes`; 0 keeps nothing.
    pub fn new(max_bytes: usize, ttl: Duration) -> Self {
        Self { max_bytes, ttl, kept: Mutex::default() }
    }

    /// The key of a request that may be answered from here; `caller` is part of it, so that nobody learns what others asked.
    pub fn key(&self, request: &ChatRequest, route: &Route, caller: &str, wish: Wish) -> Option<Key> {
        let wanted = wish == Wish::Use || (wish == Wish::None && request.temperature == Some(0.0));
        if self.max_bytes == 0 || !wanted {
            return None;
        }
        let mut hash = Sha256::new();
        for part in [caller, &route.provider_name, &route.name] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hash.update(serde_json::to_vec(request).ok()?);
        Some(hash.finalize().into())
    }

    /// The answer that was kept.
    pub fn get(&self, key: &Key, now: Instant) -> Option<ChatAnswer> {
        let mut kept = self.kept.lock();
        if kept.answers.get(key)?.until <= now {
            kept.remove(key);
            return None;
        }
        kept.touch(key);
        serde_json::from_slice(&kept.answers.get(key)?.answer).ok()
    }

    /// Keeps an answer; those that were not used for the longest time make room.
    pub fn put(&self, key: Key, answer: &ChatAnswer, now: Instant) {
        let Ok(answer) = serde_json::to_vec(answer) else { return };
        let size = answer.len() + PER_ENTRY;
        if size > self.max_bytes / 4 {
            return;
        }
        let mut kept = self.kept.lock();
        kept.remove(&key);
        while kept.bytes + size > self.max_bytes {
            let Some((_, oldest)) = kept.order.first_key_value() else { break };
            let oldest = *oldest;
            kept.remove(&oldest);
        }
        kept.bytes += size;
        kept.answers.insert(key, Entry { answer, until: now + self.ttl, used: 0 });
        kept.touch(&key);
    }
}

impl Kept {
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
            self.bytes -= entry.answer.len() + PER_ENTRY;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(text: &str) -> ChatAnswer {
        serde_json::from_value(json!({"choices": [{"message": {"role": "assistant", "content": text}}]}))
            .unwrap()
    }

    #[test]
    fn answers_are_kept_for_a_while() {
        let (cache, now) = (Cache::new(100_000, Duration::from_secs(60)), Instant::now());
        cache.put([1; 32], &answer("a"), now);
        assert_eq!(cache.get(&[1; 32], now + Duration::from_secs(59)), Some(answer("a")));
        assert_eq!(cache.get(&[1; 32], now + Duration::from_secs(60)), None);
        assert_eq!(cache.kept.lock().bytes, 0);
    }

    #[test]
    fn the_least_used_make_room() {
        let (cache, now) = (Cache::new(4_000, Duration::from_secs(60)), Instant::now());
        for n in 0..40 {
            cache.put([n; 32], &answer("some text"), now);
            assert!(cache.get(&[0; 32], now).is_some(), "used all the time, it stays");
        }
        assert!(cache.kept.lock().bytes <= 4_000 && cache.get(&[1; 32], now).is_none());
        assert!(cache.get(&[39; 32], now).is_some());
        cache.put([50; 32], &answer(&"x".repeat(2_000)), now);
        assert!(cache.get(&[50; 32], now).is_none(), "one that is too large is not kept");
    }
}
