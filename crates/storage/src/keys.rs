//! API keys: never the key, only its hash.

use task_model::Micros;

use crate::sql::{Connection, Row, sql};
use crate::{ApiKey, Result, Storage};

impl Storage {
    /// Stores a key's hash. [`Error::Conflict`](crate::Error::Conflict) when the id or hash is taken.
    pub async fn key_create(&self, key: ApiKey) -> Result<()> {
        self.write(key, &[], |connection, key| Box::pin(create(connection, key))).await
    }

    /// All keys, the latest first, revoked ones too.
    pub async fn key_list(&self) -> Result<Vec<ApiKey>> {
        let select = sql("SELECT * FROM api_keys ORDER BY created_at DESC, key_id");
        select.rows(&mut self.read().await?).await?.iter().map(key).collect()
    }

    /// Takes a key back; false when it is unknown or was taken back before.
    pub async fn key_revoke(&self, key_id: &str, at: Micros) -> Result<bool> {
        self.write((key_id.to_owned(), at), &[], |connection, args| Box::pin(revoke(connection, args))).await
    }

    /// The keys that open doors at `now`.
    pub async fn keys_active(&self, now: Micros) -> Result<Vec<ApiKey>> {
        const SELECT: &str = "SELECT * FROM api_keys WHERE revoked_at IS NULL \
                              AND (expires_at IS NULL OR expires_at > $1) ORDER BY key_id";
        sql(SELECT).bind(now).rows(&mut self.read().await?).await?.iter().map(key).collect()
    }
}

fn key(row: &Row) -> Result<ApiKey> {
    Ok(ApiKey {
        key_id: row.text("key_id")?,
        name: row.text("name")?,
        role: row.text("role")?,
        sha256: row.text("sha256")?,
        created_at: row.micros("created_at")?,
        expires_at: row.opt_micros("expires_at")?,
        revoked_at: row.opt_micros("revoked_at")?,
    })
}

async fn create(connection: &mut Connection, key: &ApiKey) -> Result<()> {
    const INSERT: &str = "INSERT INTO api_keys (key_id, name, role, sha256, created_at, expires_at) \
                          VALUES ($1, $2, $3, $4, $5, $6)";
    let insert = sql(INSERT).bind(&key.key_id).bind(&key.name).bind(&key.role).bind(&key.sha256);
    insert.bind(key.created_at).bind(key.expires_at).execute(connection).await.map(drop)
}

async fn revoke(connection: &mut Connection, (key_id, at): &(String, Micros)) -> Result<bool> {
    const UPDATE: &str = "UPDATE api_keys SET revoked_at = $1 WHERE key_id = $2 AND revoked_at IS NULL";
    Ok(sql(UPDATE).bind(*at).bind(key_id).execute(connection).await? > 0)
}
