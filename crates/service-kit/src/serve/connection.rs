//! One connection: HTTP/1.1, with a limit on how long a request head may take.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::config::Limits;
use crate::connection::{CONNECTION, Connection};

/// What all connections of a service share.
#[derive(Clone)]
pub(super) struct Serving {
    router: Router,
    http: http1::Builder,
    sockets: Arc<Semaphore>,
    tasks: TaskTracker,
}

impl Serving {
    pub(super) fn new(router: Router, limits: &Limits, tasks: TaskTracker) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(Duration::from_millis(limits.header_timeout_ms));
        let sockets = Arc::new(Semaphore::new(limits.sockets_max.min(Semaphore::MAX_PERMITS)));
        Self { router, http, sockets, tasks }
    }

    /// Serves until the other end closes, or, after `stop`, until the call under way is answered.
    pub(super) async fn run(self, stream: TcpStream, stop: CancellationToken, room: OwnedSemaphorePermit) {
        let Ok(peer) = stream.peer_addr() else { return };
        // Answers are written whole; waiting for more to send would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection does without TCP_NODELAY");
        }
        let router = self.router;
        let handle = service_fn(move |request: Request<Incoming>| call(router.clone(), request));
        let connection = self.http.serve_connection(TokioIo::new(stream), handle).with_upgrades();
        let about = Connection {
            peer: peer.ip(),
            stop: stop.clone(),
            room: Arc::new(room),
            sockets: self.sockets,
            tasks: self.tasks,
        };
        let served = CONNECTION.scope(about, async {
            let mut connection = std::pin::pin!(connection);
            tokio::select! {
                result = connection.as_mut() => return result,
                () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
            }
            connection.await
        });
        let served = served.await;
        if let Err(error) = served {
            // Ends of connections are the other side's doing, and many.
            tracing::trace!(%error, "a connection ended early");
        }
    }
}

fn call(
    mut router: Router,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response, Infallible>> {
    router.call(request.map(Body::new))
}
