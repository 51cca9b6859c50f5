//! Keyset pagination: a page begins after the last key of the page before, so it costs the same wherever it is.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// Which part of a list is wanted.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// At most this many items; 0 means [`Page::DEFAULT_LIMIT`], more than [`Page::MAX_LIMIT`] means that.
    pub limit: usize,
    /// [`Listing::next_cursor`] of the page before, unchanged.
    pub cursor: Option<String>,
}

impl Page {
    /// The size of a page when nobody says otherwise.
    pub const DEFAULT_LIMIT: usize = 50;
    /// The largest page.
    pub const MAX_LIMIT: usize = 500;

    /// The first page of `limit` items.
    pub fn first(limit: usize) -> Self {
        Self { limit, cursor: None }
    }

    pub(crate) fn size(&self) -> usize {
        if self.limit == 0 { Self::DEFAULT_LIMIT } else { self.limit.min(Self::MAX_LIMIT) }
    }

    /// The sort key that the page begins after.
    pub(crate) fn after<K: DeserializeOwned>(&self) -> Result<Option<K>> {
        self.cursor.as_deref().map(decode).transpose()
    }
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Listing<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end. Opaque.
    pub next_cursor: Option<String>,
}

impl<T> Listing<T> {
    /// Cuts `items`, read with a limit of `size + 1`, to a page whose cursor is the key of its last item.
    pub(crate) fn cut<K: Serialize>(mut items: Vec<T>, size: usize, key: impl Fn(&T) -> K) -> Self {
        let more = items.len() > size;
        items.truncate(size);
        let next_cursor = items.last().filter(|_| more).map(|last| encode(&key(last)));
        Self { items, next_cursor }
    }

    /// The same page with every item turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Listing<U> {
        Listing { items: self.items.into_iter().map(turn).collect(), next_cursor: self.next_cursor }
    }
}

fn encode<K: Serialize>(key: &K) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

fn decode<K: DeserializeOwned>(cursor: &str) -> Result<K> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    bytes
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| Error::invalid("cursor", "is not one that this list gave out"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_round_trip_and_nonsense_is_refused() {
        let listing = Listing::cut(vec![(1, "a"), (2, "b"), (3, "c")], 2, |item| *item);
        assert_eq!(listing.items.len(), 2);
        let page = Page { limit: 2, cursor: listing.next_cursor };
        assert_eq!(page.after::<(i64, String)>().unwrap(), Some((2, "b".to_owned())));
        for bad in ["", "x", "%%%", "bm9wZQ"] {
            let page = Page { limit: 2, cursor: Some(bad.to_owned()) };
            assert!(matches!(page.after::<(i64, String)>(), Err(Error::Invalid { field: "cursor", .. })));
        }
    }

    #[test]
    fn the_last_page_has_no_cursor() {
        assert!(Listing::cut(vec![1, 2], 2, |item| *item).next_cursor.is_none());
    }
}
