//! New keys, and what is stored of them.

use rand::{CryptoRng, RngExt};
use secrecy::SecretString;
use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How all keys of ours begin.
pub(crate) const KEY_PREFIX: &str = "al_";

/// 43 characters of 62: 256 bits, so a plain hash cannot be searched and no slow one is needed.
const RANDOM_CHARS: usize = 43;

/// A new key: `al_` and 43 random letters and digits. It is shown once; only [`hash_key`] of it is stored.
pub fn mint_key(rng: &mut impl CryptoRng) -> SecretString {
    let random = (0..RANDOM_CHARS).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]));
    SecretString::from(KEY_PREFIX.chars().chain(random).collect::<String>())
}

/// SHA-256 of a key as shown by a caller.
pub fn hash_key(key: &[u8]) -> [u8; 32] {
    Sha256::digest(key).into()
}
