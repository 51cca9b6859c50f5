//! A server for tests that writes recorded bytes to each connection, so that answers can be cut off anywhere.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderMap;
use resilient_http::{Backoff, BreakerOptions, Client, ClientOptions};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::{Upstream, UpstreamOptions};

/// What one connection gets.
pub enum Reply {
    /// These bytes, then the connection closes.
    Bytes(Vec<u8>),
    /// These bytes, then nothing more, with the connection open.
    Hang(Vec<u8>),
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Request line and headers, in lower case.
    pub head: String,
    /// The JSON body.
    pub body: Value,
}

/// Serves its replies in order, one for each connection, then refuses connections.
pub struct FixtureServer {
    url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl FixtureServer {
    pub async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/v1", listener.local_addr().unwrap())).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = seen.clone();
        tokio::spawn(async move {
            let mut open = Vec::new();
            for reply in replies {
                let Ok((mut socket, _)) = listener.accept().await else { return };
                let request = read(&mut socket).await;
                record.lock().unwrap().push(request);
                match reply {
                    Reply::Bytes(bytes) => {
                        let _ = socket.write_all(&bytes).await;
                        let _ = socket.shutdown().await;
                    }
                    Reply::Hang(bytes) => {
                        let _ = socket.write_all(&bytes).await;
                        open.push(socket);
                    }
                }
            }
            if !open.is_empty() {
                std::future::pending::<()>().await;
            }
        });
        Self { url, seen }
    }

    /// A way here with short times and `retries` more tries.
    pub fn upstream(&self, headers: HeaderMap, retries: u32) -> Upstream {
        let backoff = Backoff { base: Duration::from_millis(1), max: Duration::from_millis(1) };
        let client = Client::new(&ClientOptions { backoff, ..ClientOptions::default() }).unwrap();
        let options = UpstreamOptions {
            timeout: Duration::from_secs(20),
            try_timeout: Duration::from_secs(20),
            silence: Duration::from_millis(200),
            retries,
            answer_max: 1024 * 1024,
            breaker: BreakerOptions::default(),
        };
        Upstream::new("fixture", self.url.clone(), headers, client, options)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// A whole answer with a status and a JSON body.
pub fn json(status: &str, headers: &str, body: &str) -> Reply {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    Reply::Bytes([head.as_bytes(), body.as_bytes()].concat())
}

/// The head of an event stream and one chunk with all of `events`; `end` adds the last, empty chunk.
pub fn events(events: &str, end: bool) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    let tail = if end { "0\r\n\r\n" } else { "" };
    format!("{head}{:x}\r\n{events}\r\n{tail}", events.len()).into_bytes()
}

async fn read(socket: &mut TcpStream) -> Seen {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let end = loop {
        let n = socket.read(&mut buffer).await.unwrap();
        bytes.extend_from_slice(&buffer[..n]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let length =
        head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse::<usize>().ok());
    while bytes.len() < end + length.unwrap_or(0) {
        let n = socket.read(&mut buffer).await.unwrap();
        bytes.extend_from_slice(&buffer[..n]);
    }
    Seen { head, body: serde_json::from_slice(&bytes[end..]).unwrap_or_default() }
}
