//! The reference: a bare axum handler, JSON in, JSON out, no checks, no store.

use std::net::SocketAddr;

use axum::serve::ListenerExt;
use axum::{Json, Router, routing};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::exit::{Code, Failure};

/// Starts it on a free port; it ends with the process.
pub async fn start() -> Result<SocketAddr, Failure> {
    let failed = |error: &std::io::Error| Failure::from_error(Code::Other, error);
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|e| failed(&e))?;
    let address = listener.local_addr().map_err(|e| failed(&e))?;
    let listener = listener.tap_io(|socket| drop(socket.set_nodelay(true)));
    let router = Router::new().route("/", routing::post(echo));
    tokio::spawn(async { axum::serve(listener, router).await });
    Ok(address)
}

async fn echo(Json(document): Json<Value>) -> Json<Value> {
    Json(document)
}
