//! The keys that are valid now, as a snapshot that is swapped as a whole: looking one up takes no lock.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

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

/// The keys that are valid now. Clones share them.
#[derive(Debug, Clone)]
pub struct KeyRing {
    keys: Arc<ArcSwap<HashMap<[u8; 32], Caller>>>,
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

    /// Replaces all keys at once; a key that is not among them is not valid any more.
    pub fn store(&self, entries: Vec<KeyEntry>) {
        let keys =
            entries.into_iter().map(|entry| (entry.hash, Caller { id: entry.id.into(), role: entry.role }));
        self.keys.store(Arc::new(keys.collect()));
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
        let (known, caller) = keys.get_key_value(&hash)?;
        bool::from(known.ct_eq(&hash)).then(|| caller.clone())
    }
}
