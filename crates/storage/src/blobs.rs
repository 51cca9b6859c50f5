//! Large payloads, each kept once under the hash of its content. Rows hold the hash, and statements read through it, so nobody
//! above knows.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use task_model::Micros;

use crate::sql::{BatchSql, Connection, Type, Value, sql};
use crate::{Result, Storage};

/// From this size on a payload is kept apart from its row.
const APART_FROM: usize = 16 * 1024;

/// A payload as a row holds it: the text, or the hash of it.
pub(crate) struct Placed<'a> {
    text: Option<&'a str>,
    hash: Option<String>,
    at: Micros,
}

impl<'a> Placed<'a> {
    /// Where this payload belongs; `at` is the time of the row.
    pub(crate) fn new(text: Option<&'a str>, at: Micros) -> Self {
        let large = text.filter(|text| text.len() >= APART_FROM);
        Self { text, hash: large.map(hash_of), at }
    }

    /// For a column that may be empty.
    pub(crate) fn inline(&self) -> Value<'a> {
        self.text.filter(|_| self.hash.is_none()).into()
    }

    /// For a column that may not be NULL.
    pub(crate) fn inline_or_blank(&self) -> Value<'a> {
        self.text.filter(|_| self.hash.is_none()).unwrap_or_default().into()
    }

    /// For the column beside it.
    pub(crate) fn blob(&self) -> Value<'_> {
        self.hash.as_ref().into()
    }
}

fn hash_of(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

// Deleting looks only at what is older than a day, so an hour's inexactness saves most repeated payloads their write.
static KEEP: BatchSql = BatchSql::new(
    &[("hash", Type::Text), ("at", Type::Int), ("bytes", Type::Int), ("content", Type::Text)],
    "INSERT INTO blobs (hash, kept_at, bytes, content) SELECT hash, at, bytes, content FROM {rows} WHERE TRUE \
     ON CONFLICT (hash) DO UPDATE SET kept_at = excluded.kept_at \
         WHERE blobs.kept_at < excluded.kept_at - 3600000000",
);

/// Keeps what is large, in the transaction of the rows that will refer to it.
pub(crate) async fn keep<'a>(
    connection: &mut Connection,
    placed: impl Iterator<Item = &'a Placed<'a>>,
) -> Result<()> {
    let large = placed.filter_map(|placed| Some((placed.hash.as_ref()?, (placed.text?, placed.at))));
    // Each once, and in one order, so that two processes lock alike.
    let large: BTreeMap<_, _> = large.collect();
    let row = |(hash, (text, at)): (&'a String, (&'a str, Micros))| {
        vec![hash.into(), at.into(), text.len().into(), text.into()]
    };
    KEEP.run(connection, large.into_iter().map(row).collect()).await.map(drop)
}

impl Storage {
    /// Deletes up to `limit` payloads that no row refers to and that none began to refer to since `before`; returns how many.
    /// `before` should be hours ago.
    pub async fn blobs_forget(&self, before: Micros, limit: usize) -> Result<usize> {
        self.write((before, limit), &[], |connection, args| Box::pin(forget(connection, args))).await
    }
}

async fn forget(connection: &mut Connection, (before, limit): &(Micros, usize)) -> Result<usize> {
    const FORGET: &str = "DELETE FROM blobs WHERE hash IN (SELECT b.hash FROM blobs b WHERE b.kept_at < $1 \
        AND NOT EXISTS (SELECT 1 FROM steps s WHERE s.request_blob = b.hash) \
        AND NOT EXISTS (SELECT 1 FROM steps s WHERE s.result_blob = b.hash) \
        AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.context_blob = b.hash) \
        AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.result_blob = b.hash) LIMIT $2)";
    // A row that is about to refer to a payload holds it locked, and makes it young.
    const LOCKED: &str = "DELETE FROM blobs WHERE hash IN (SELECT b.hash FROM blobs b WHERE b.kept_at < $1 \
        AND NOT EXISTS (SELECT 1 FROM steps s WHERE s.request_blob = b.hash) \
        AND NOT EXISTS (SELECT 1 FROM steps s WHERE s.result_blob = b.hash) \
        AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.context_blob = b.hash) \
        AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.result_blob = b.hash) LIMIT $2 FOR UPDATE OF b SKIP LOCKED)";
    let forget = sql(connection.choose(FORGET, LOCKED)).bind(*before).bind(*limit);
    Ok(usize::try_from(forget.execute(connection).await?).unwrap_or(0))
}
