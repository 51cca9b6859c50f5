//! The API keys that are valid now, for the kit's key ring.

use service_kit::access::{KeyEntry, Role};
use storage::{ApiKey, Storage};

use crate::clock;

/// Reads them. A row that cannot be understood opens no door.
pub async fn read(storage: Storage) -> storage::Result<Vec<KeyEntry>> {
    let keys = storage.keys_active(clock::now()).await?;
    Ok(keys.into_iter().filter_map(entry).collect())
}

fn entry(key: ApiKey) -> Option<KeyEntry> {
    Some(KeyEntry { hash: bytes(&key.sha256)?, role: Role::parse(&key.role)?, id: key.key_id })
}

fn bytes(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_hash_is_no_key() {
        assert_eq!(bytes(&"0f".repeat(32)), Some([15; 32]));
        for bad in ["", "0f", &"zz".repeat(32), &"é".repeat(32)] {
            assert_eq!(bytes(bad), None);
        }
    }
}
