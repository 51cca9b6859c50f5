//! One suite, two databases: every case below runs on SQLite and, when there is one, on PostgreSQL.
#![allow(clippy::unwrap_used)]

mod suite {
    pub mod agents;
    pub mod agreement;
    pub mod assign;
    pub mod backup;
    pub mod blobs;
    pub mod books;
    pub mod claim;
    pub mod database;
    pub mod deadlines;
    pub mod dispatch;
    pub mod events;
    pub mod feedback;
    pub mod journal;
    pub mod knowledge;
    pub mod learning;
    pub mod list;
    pub mod model;
    pub mod neighbours;
    pub mod operations;
    pub mod queues;
    pub mod records;
    pub mod redrives;
    pub mod registries;
    pub mod requests;
    pub mod retention;
    pub mod schedules;
    pub mod sessions;
    pub mod settle;
    pub mod surgery;
    pub mod wake;
    pub mod writer;
}
