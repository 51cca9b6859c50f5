//! What is known about the connection a call came over. Set once for the whole connection, which costs less than an extension in
//! every request; absent when a router is called without a connection, as some tests do.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A connection.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    /// The address of its other end.
    pub(crate) peer: IpAddr,
    /// Cancelled when the service is to stop.
    pub(crate) stop: CancellationToken,
    /// Its room among the connections that are served at once.
    pub(crate) room: Arc<OwnedSemaphorePermit>,
    /// Places for WebSockets.
    pub(crate) sockets: Arc<Semaphore>,
    /// What the service waits for at its end.
    pub(crate) tasks: TaskTracker,
}

tokio::task_local! {
    pub(crate) static CONNECTION: Connection;
}

pub(crate) fn peer() -> Option<IpAddr> {
    CONNECTION.try_with(|connection| connection.peer).ok()
}

/// Cancelled when the service is to stop; never, without a connection.
pub(crate) fn stop() -> CancellationToken {
    CONNECTION.try_with(|connection| connection.stop.clone()).unwrap_or_default()
}
