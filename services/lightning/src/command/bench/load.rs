//! A load: as many connections as asked for, each sending the next request when the answer is there.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::latency::Figures;
use super::process::cpu_seconds;
use crate::exit::{Code, Failure};

/// Path and body of the n-th request.
pub type Make = fn(u64) -> (&'static str, String);

/// What the echo server gets: the same bytes as an assignment.
pub fn echo_request(n: u64) -> (&'static str, String) {
    ("/", assign_request(n).1)
}

/// An assignment with an id of its own.
pub fn assign_request(n: u64) -> (&'static str, String) {
    ("/assign-task", assignment("alone", n))
}

/// The same under other ids.
pub fn assign_beside_loop(n: u64) -> (&'static str, String) {
    ("/assign-task", assignment("beside", n))
}

fn assignment(kind: &str, n: u64) -> String {
    format!(r#"{{"task_id":"{kind}-{n}","description":"Convert {n} miles to kilometers","priority":5}}"#)
}

/// Loads `address` for `duration`.
pub async fn run(
    address: SocketAddr,
    connections: u32,
    duration: Duration,
    make: Make,
) -> Result<Figures, Failure> {
    let next = Arc::new(AtomicU64::new(0));
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let until = began + duration;
    let mut workers = JoinSet::new();
    for _ in 0..connections {
        workers.spawn(worker(address, until, next.clone(), make));
    }
    let (mut latencies, mut errors) = (Vec::new(), 0);
    while let Some(ended) = workers.join_next().await {
        let (good, bad) = ended.map_err(|error| Failure::other(error.to_string()))??;
        latencies.extend(good);
        errors += bad;
    }
    Ok(Figures::of(latencies, errors, began.elapsed(), cpu_seconds() - cpu))
}

async fn worker(
    address: SocketAddr,
    until: Instant,
    next: Arc<AtomicU64>,
    make: Make,
) -> Result<(Vec<Duration>, usize), Failure> {
    let broken = |error: hyper::Error| Failure::from_error(Code::Unavailable, &error);
    let socket = TcpStream::connect(address).await.map_err(|e| Failure::from_error(Code::Unavailable, &e))?;
    drop(socket.set_nodelay(true));
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await.map_err(broken)?;
    tokio::spawn(connection);
    let (mut latencies, mut errors) = (Vec::with_capacity(4096), 0);
    while Instant::now() < until {
        let (path, body) = make(next.fetch_add(1, Ordering::Relaxed));
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("host", "localhost")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| Failure::other(error.to_string()))?;
        let began = Instant::now();
        sender.ready().await.map_err(broken)?;
        let response = sender.send_request(request).await.map_err(broken)?;
        let status = response.status();
        response.into_body().collect().await.map_err(broken)?;
        if status == StatusCode::OK { latencies.push(began.elapsed()) } else { errors += 1 }
    }
    Ok((latencies, errors))
}
