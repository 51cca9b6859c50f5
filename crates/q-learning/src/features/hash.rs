//! Hashing that never changes: logged features and learned weights depend on every bit of it.

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// FNV-1a, made byte by byte while a word is read.
#[derive(Clone, Copy)]
pub(crate) struct Fnv(u64);

impl Fnv {
    pub(crate) fn new() -> Self {
        Self(OFFSET)
    }

    pub(crate) fn byte(self, byte: u8) -> Self {
        Self((self.0 ^ u64::from(byte)).wrapping_mul(PRIME))
    }

    pub(crate) fn char(self, c: char) -> Self {
        if c.is_ascii() {
            return self.byte(c as u8);
        }
        let mut buffer = [0; 4];
        c.encode_utf8(&mut buffer).bytes().fold(self, Self::byte)
    }

    /// The letter in lower case, which may be several.
    pub(crate) fn lower(self, c: char) -> Self {
        if c.is_ascii() {
            self.byte(c.to_ascii_lowercase() as u8)
        } else {
            c.to_lowercase().fold(self, Self::char)
        }
    }

    /// The unfinished hash, for what is hashed again.
    pub(crate) fn state(self) -> u64 {
        self.0
    }

    /// FNV leaves the high bits of short words alike; the finisher of SplitMix64 spreads them.
    pub(crate) fn finish(self) -> u64 {
        mix(self.0)
    }
}

/// The hash of whole bytes.
pub(crate) fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(Fnv::new(), |hash, byte| hash.byte(*byte)).finish()
}

/// The hash of a pair in order.
pub(crate) fn pair(first: u64, second: u64) -> u64 {
    mix(first.rotate_left(23) ^ second.wrapping_mul(PRIME))
}

/// The finisher of SplitMix64 (Steele, Lea and Flood, 2014).
pub(crate) fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
