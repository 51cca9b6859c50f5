//! The vectors of all tenants, looked at one after the other: a tenant has few, and each is compared in well under a microsecond.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use parking_lot::Mutex;

use super::Place;
use crate::app::cache::Key;

/// Of all tenants together there may be so many times as many questions as of one.
const TENANTS_FULL: usize = 64;

/// Questions by whom they belong to.
#[derive(Debug)]
pub struct Index {
    threshold: f32,
    entries_max: usize,
    tenants: Mutex<Tenants>,
}

#[derive(Debug, Default)]
struct Tenants {
    entries: HashMap<Key, VecDeque<Entry>>,
    count: usize,
}

#[derive(Debug)]
struct Entry {
    scope: Key,
    vector: Vec<f32>,
    answer: Key,
    until: Instant,
}

impl Index {
    /// Holds at most `entries_max` for each tenant.
    pub fn new(threshold: f32, entries_max: usize) -> Self {
        Self { threshold, entries_max, tenants: Mutex::default() }
    }

    /// Adds a question; the oldest of its tenant makes room, and when all are too many, the oldest of who has most.
    pub fn add(&self, place: Place, answer: Key, until: Instant) {
        let Place { owner, scope, vector } = place;
        let mut tenants = self.tenants.lock();
        tenants.remove(&owner, |entry| entry.answer == answer && entry.scope == scope);
        tenants.entries.entry(owner).or_default().push_back(Entry { scope, vector, answer, until });
        tenants.count += 1;
        if tenants.entries[&owner].len() > self.entries_max {
            tenants.drop_oldest(&owner);
        }
        while tenants.count > self.entries_max.saturating_mul(TENANTS_FULL) {
            let most =
                tenants.entries.iter().max_by_key(|(_, entries)| entries.len()).map(|(owner, _)| *owner);
            let Some(most) = most else { break };
            tenants.drop_oldest(&most);
        }
    }

    /// The answer to the most similar question that is similar enough, and how similar it is.
    pub fn nearest(&self, place: &Place, now: Instant) -> Option<(Key, f32)> {
        let mut tenants = self.tenants.lock();
        tenants.remove(&place.owner, |entry| entry.until <= now);
        let entries = tenants.entries.get(&place.owner)?.iter();
        let near = entries
            .filter(|entry| entry.scope == place.scope && entry.vector.len() == place.vector.len())
            .map(|entry| (entry.answer, cosine(&entry.vector, &place.vector)))
            .filter(|(_, similarity)| *similarity >= self.threshold);
        near.max_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    /// The answer is not there any more.
    pub fn forget(&self, place: &Place, answer: &Key) {
        self.tenants.lock().remove(&place.owner, |entry| entry.answer == *answer);
    }
}

impl Tenants {
    fn remove(&mut self, owner: &Key, which: impl Fn(&Entry) -> bool) {
        let Some(entries) = self.entries.get_mut(owner) else { return };
        let before = entries.len();
        entries.retain(|entry| !which(entry));
        self.count -= before - entries.len();
        if entries.is_empty() {
            self.entries.remove(owner);
        }
    }

    fn drop_oldest(&mut self, owner: &Key) {
        let Some(entries) = self.entries.get_mut(owner) else { return };
        self.count -= usize::from(entries.pop_front().is_some());
        if entries.is_empty() {
            self.entries.remove(owner);
        }
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn place(owner: u8, scope: u8, vector: [f32; 2]) -> Place {
        Place { owner: [owner; 32], scope: [scope; 32], vector: vector.to_vec() }
    }

    #[test]
    fn the_nearest_of_the_same_scope_and_tenant_is_found() {
        let (index, now) = (Index::new(0.9, 10), Instant::now());
        let until = now + Duration::from_secs(60);
        index.add(place(1, 1, [1.0, 0.0]), [1; 32], until);
        index.add(place(1, 1, [0.98, 0.199]), [2; 32], until);
        let (answer, similarity) = index.nearest(&place(1, 1, [0.99, 0.141]), now).unwrap();
        assert!(answer == [2; 32] && similarity > 0.994, "{similarity}");
        assert_eq!(index.nearest(&place(1, 1, [0.0, 1.0]), now), None, "too far");
        assert_eq!(index.nearest(&place(1, 2, [1.0, 0.0]), now), None, "another scope");
        assert_eq!(index.nearest(&place(2, 1, [1.0, 0.0]), now), None, "another tenant");
        index.forget(&place(1, 1, [0.0, 0.0]), &[2; 32]);
        assert_eq!(index.nearest(&place(1, 1, [1.0, 0.0]), now).unwrap().0, [1; 32]);
        assert_eq!(index.nearest(&place(1, 1, [1.0, 0.0]), until), None, "its time is over");
        assert_eq!(index.tenants.lock().count, 0);
    }

    #[test]
    fn neither_one_tenant_nor_all_together_hold_more_than_they_may() {
        let (index, now) = (Index::new(0.9, 2), Instant::now());
        let until = now + Duration::from_secs(60);
        for tenant in 0..100 {
            for n in 0..4 {
                index.add(place(tenant, n, [1.0, 0.0]), [n; 32], until);
            }
        }
        let tenants = index.tenants.lock();
        let held: usize = tenants.entries.values().map(VecDeque::len).sum();
        assert_eq!((tenants.count, held), (128, 128));
        assert!(tenants.entries.values().all(|entries| entries.len() <= 2));
        assert!(tenants.entries.len() > 64, "no tenant loses all it has while others have more");
    }
}
