//! The keys that are valid now, as a snapshot that is swapped as a whole: looking one up takes no lock.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio_util::sync::CancellationToken;

use super::{Caller, Role, hash_key};

/// A stored key.
#[derive(Debug, Clone)]
pub struct KeyEntry {
    /// Its id, which is no secret.
    pub id: String,
    /// Its SHA-256.
    pub hash: [u8; 32],
    /// What it may do.
    pub role: Role,
}

impl KeyEntry {
    /// A key as it is stored: role as a word, SHA-256 in hex. A row that cannot be read opens no door.
    pub fn from_hex(id: &str, role: &str, sha256: &str) -> Option<Self> {
        let byte = |at: usize| u8::from_str_radix(sha256.get(at * 2..at * 2 + 2)?, 16).ok();
        let hash: Vec<u8> = (0..sha256.len() / 2).map_while(byte).collect();
        Some(Self { id: id.to_owned(), hash: hash.try_into().ok()?, role: Role::parse(role)? })
    }
}

/// A key on the ring.
#[derive(Debug)]
struct Held {
    caller: Caller,
    /// Cancelled when the key is not valid any more.
    gone: CancellationToken,
}

/// The keys that are valid now. Clones share them.
#[derive(Debug, Clone)]
pub struct KeyRing {
    keys: Arc<ArcSwap<HashMap<[u8; 32], Held>>>,
    service: Option<([u8; 32], Caller)>,
}

impl KeyRing {
    /// A ring that knows only the key the services show one another.
    pub fn new(service_key: Option<&SecretString>) -> Self {
        let peer = Caller { id: Arc::from(Self::SERVICE), role: Role::Operator };
        let service = service_key.map(|key| (hash_key(key.expose_secret().as_bytes()), peer));
        Self { keys: Arc::default(), service }
    }

    /// The id of a caller that showed `auth.service_key`.
    pub const SERVICE: &'static str = "service";

    /// Replaces all keys at once; a key that is not among them is not valid any more, and what goes on in its name ends.
    pub fn store(&self, entries: Vec<KeyEntry>) {
        let before = self.keys.load_full();
        let held = |entry: KeyEntry| {
            let gone = before.get(&entry.hash).map_or_else(CancellationToken::new, |held| held.gone.clone());
            (entry.hash, Held { caller: Caller { id: entry.id.into(), role: entry.role }, gone })
        };
        let keys: HashMap<_, _> = entries.into_iter().map(held).collect();
        let lost: Vec<_> = before
            .iter()
            .filter(|(hash, _)| !keys.contains_key(*hash))
            .map(|(_, held)| held.gone.clone())
            .collect();
        self.keys.store(Arc::new(keys));
        lost.iter().for_each(CancellationToken::cancel);
    }

    /// Cancelled once no key of this caller is valid any more; never for those that need none.
    pub(crate) fn gone(&self, caller: Option<&Caller>) -> CancellationToken {
        let Some(caller) = caller.filter(|caller| &*caller.id != Self::SERVICE) else {
            return CancellationToken::new();
        };
        let keys = self.keys.load();
        let held = keys.values().find(|held| held.caller.id == caller.id);
        held.map_or_else(cancelled, |held| held.gone.clone())
    }

    /// Whether no key at all is valid: none was made, and the services share none.
    pub fn is_empty(&self) -> bool {
        self.service.is_none() && self.keys.load().is_empty()
    }

    /// Who shows this key.
    ///
    /// What is looked up is a hash, so the time taken tells nothing that helps to find a key; the last comparison takes the same
    /// time for every hash.
    pub fn caller(&self, key: &[u8]) -> Option<Caller> {
        let hash = hash_key(key);
        if let Some((service, caller)) = &self.service
            && bool::from(service.ct_eq(&hash))
        {
            return Some(caller.clone());
        }
        let keys = self.keys.load();
        let (known, held) = keys.get_key_value(&hash)?;
        bool::from(known.ct_eq(&hash)).then(|| held.caller.clone())
    }
}

/// It went between the check and the stream.
fn cancelled() -> CancellationToken {
    let gone = CancellationToken::new();
    gone.cancel();
    gone
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str) -> KeyEntry {
        KeyEntry { id: id.to_owned(), hash: hash_key(id.as_bytes()), role: Role::Viewer }
    }

    #[test]
    fn a_damaged_row_is_no_key() {
        let read = |role, hash: &str| KeyEntry::from_hex("k", role, hash).map(|key| key.hash);
        assert_eq!(read("viewer", &"0f".repeat(32)), Some([15; 32]));
        for bad in ["", "0f", &"zz".repeat(32), &"0f".repeat(33), &"é".repeat(32)] {
            assert_eq!(read("viewer", bad), None);
        }
        assert_eq!(read("owner", &"0f".repeat(32)), None);
    }

    #[test]
    fn what_goes_on_in_the_name_of_a_key_ends_with_it() {
        let ring = KeyRing::new(None);
        ring.store(vec![entry("a"), entry("b")]);
        let [a, b] = [b"a", b"b"].map(|key| ring.gone(ring.caller(key).as_ref()));
        ring.store(vec![entry("b"), entry("c")]);
        assert!(a.is_cancelled() && !b.is_cancelled());
        ring.store(vec![]);
        assert!(b.is_cancelled());
    }

    #[test]
    fn a_key_that_is_gone_already_is_told_at_once_and_peers_never_lose_theirs() {
        let ring = KeyRing::new(Some(&SecretString::from("k")));
        ring.store(vec![entry("a")]);
        let (late, peer) = (ring.caller(b"a"), ring.caller(b"k"));
        ring.store(vec![]);
        assert!(ring.gone(late.as_ref()).is_cancelled());
        assert!(!ring.gone(peer.as_ref()).is_cancelled() && !ring.gone(None).is_cancelled());
    }
}
