//! The API keys that are valid now, for the kit's key ring.

use service_kit::access::KeyEntry;
use storage::Storage;

use crate::clock;

/// Reads them.
pub async fn read(storage: Storage) -> storage::Result<Vec<KeyEntry>> {
    let keys = storage.keys_active(clock::now()).await?;
    Ok(keys.iter().filter_map(|key| KeyEntry::from_hex(&key.key_id, &key.role, &key.sha256)).collect())
}
