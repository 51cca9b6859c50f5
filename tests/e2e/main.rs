//! All four services over real sockets, each with connections of its own, on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used)]

mod access;
mod client;
mod conformance;
mod database;
mod loop_closes;
mod replicas;
mod stack;
mod wake;

/// One scenario on both databases: `name/sqlite` and `name/postgres`.
macro_rules! on_both {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                super::$name(crate::stack::Stack::start(crate::database::Database::sqlite()).await).await;
            }

            #[tokio::test]
            async fn postgres() {
                if let Some(database) = crate::database::Database::postgres().await {
                    super::$name(crate::stack::Stack::start(database).await).await;
                }
            }
        }
    )*};
}
pub(crate) use on_both;
