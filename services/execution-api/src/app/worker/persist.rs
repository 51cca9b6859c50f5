//! Writes of a lease holder, repeated while the database is away. Every one is guarded by the fence, so repeating is safe.

use std::time::Duration;

use super::under_way::{Ask, Wish};

/// Between two tries.
const AGAIN: Duration = Duration::from_millis(200);

/// Writes until it is written, is refused for good, or the lease is lost (a lost lease also ends a long outage).
pub async fn insist<F, Fut>(ask: &Ask, write: F) -> storage::Result<()>
where
    F: Fn() -> Fut,
    Fut: Future<Output = storage::Result<()>>,
{
    insist_every(AGAIN, ask, write).await
}

async fn insist_every<F, Fut>(pause: Duration, ask: &Ask, write: F) -> storage::Result<()>
where
    F: Fn() -> Fut,
    Fut: Future<Output = storage::Result<()>>,
{
    loop {
        match write().await {
            Err(error) if error.is_transient() || matches!(error, storage::Error::Full) => {
                tracing::warn!(%error, "a run's progress cannot be written yet");
            }
            answered => return answered,
        }
        if ask.wanted() == Some(Wish::Abandon) {
            return Err(storage::Error::Stale);
        }
        tokio::time::sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn away() -> storage::Error {
        storage::Error::Unavailable("away".into())
    }

    #[tokio::test]
    async fn an_outage_is_waited_out() {
        let left = Cell::new(3);
        let write = async || match left.replace(left.get() - 1) {
            0 => Ok(()),
            _ => Err(away()),
        };
        assert!(insist_every(Duration::ZERO, &Ask::default(), write).await.is_ok());
        assert_eq!(left.get(), -1);
    }

    #[tokio::test]
    async fn a_lost_lease_ends_it() {
        let ask = Ask::default();
        ask.want(Wish::Abandon);
        assert!(matches!(
            insist_every(Duration::ZERO, &ask, async || Err(away())).await,
            Err(storage::Error::Stale)
        ));
    }

    #[tokio::test]
    async fn a_refusal_is_not_repeated() {
        let written =
            insist_every(Duration::ZERO, &Ask::default(), async || Err(storage::Error::Stale)).await;
        assert!(matches!(written, Err(storage::Error::Stale)));
    }
}
