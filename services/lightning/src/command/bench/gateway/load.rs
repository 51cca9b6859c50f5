//! Loads of chat completions: as fast as the answers come, or at a given rate; whole answers, or pieces of streams.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::super::apart;
use super::super::latency::Figures;
use super::super::process::cpu_seconds;
use super::pace::Pace;
use super::upstream::{MARK, now_us};
use crate::exit::{Code, Failure};

/// Who is asked, and how.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where.
    pub address: SocketAddr,
    /// Headers beside the usual.
    pub headers: Vec<(String, String)>,
    /// The model's name.
    pub model: String,
}

/// How much.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// At the same time.
    pub connections: u32,
    /// For how long.
    pub duration: Duration,
    /// All connections together; `None`: as fast as answers come.
    pub per_second: Option<f64>,
}

/// Latencies of good answers, and how many were not good.
type Measured = (Vec<Duration>, usize);

/// Whole answers, from when the request is due to the end of the answer.
pub async fn whole(target: &Target, load: Load) -> Result<Figures, Failure> {
    run(target, load, |target, load, pace| Box::pin(asking(target, load, pace))).await
}

/// Pieces of streams, from the provider's sending to the arrival here.
pub async fn pieces(target: &Target, load: Load) -> Result<Figures, Failure> {
    run(target, load, |target, load, _| Box::pin(streaming(target, load))).await
}

/// What the answer is when it is no good one.
pub async fn complaint(target: &Target) -> Result<String, Failure> {
    let mut sender = connect(target.address).await?;
    let response = send(&mut sender, target, body(&target.model, false)).await?;
    let status = response.status();
    let text = response.into_body().collect().await.map_err(broken)?.to_bytes();
    let text: String = String::from_utf8_lossy(&text).chars().take(500).collect();
    Ok(format!("{status} {text}"))
}

type Work = fn(Target, Load, Option<Arc<Pace>>) -> Working;
type Working = std::pin::Pin<Box<dyn Future<Output = Result<Measured, Failure>> + Send>>;

async fn run(target: &Target, load: Load, work: Work) -> Result<Figures, Failure> {
    apart::run("load", drive(target.clone(), load, work)).await
}

async fn drive(target: Target, load: Load, work: Work) -> Result<Figures, Failure> {
    let pace = load.per_second.map(|per_second| Pace::start(per_second, load.duration)).transpose()?;
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let mut workers = JoinSet::new();
    for _ in 0..load.connections {
        workers.spawn(work(target.clone(), load, pace.clone()));
    }
    let (mut latencies, mut errors) = (Vec::new(), 0);
    while let Some(ended) = workers.join_next().await {
        let (good, bad) = ended.map_err(|error| Failure::other(error.to_string()))??;
        latencies.extend(good);
        errors += bad;
    }
    Ok(Figures::of(latencies, errors, began.elapsed(), cpu_seconds() - cpu))
}

async fn asking(target: Target, load: Load, pace: Option<Arc<Pace>>) -> Result<Measured, Failure> {
    let mut sender = connect(target.address).await?;
    let body = body(&target.model, false);
    let (mut latencies, mut errors) = (Vec::with_capacity(4096), 0);
    let began = Instant::now();
    while began.elapsed() < load.duration {
        let due = match &pace {
            None => Instant::now(),
            Some(pace) => match pace.turn().await {
                Some(due) => due,
                None => break,
            },
        };
        let response = send(&mut sender, &target, body.clone()).await?;
        let status = response.status();
        response.into_body().collect().await.map_err(broken)?;
        if status == StatusCode::OK { latencies.push(due.elapsed()) } else { errors += 1 }
    }
    Ok((latencies, errors))
}

async fn streaming(target: Target, load: Load) -> Result<Measured, Failure> {
    let mut sender = connect(target.address).await?;
    let body = body(&target.model, true);
    let (mut latencies, mut errors) = (Vec::with_capacity(4096), 0);
    let began = Instant::now();
    while began.elapsed() < load.duration {
        let mut response = send(&mut sender, &target, body.clone()).await?;
        errors += usize::from(response.status() != StatusCode::OK);
        while let Some(frame) = response.body_mut().frame().await {
            let now = now_us();
            let frame = frame.map_err(broken)?;
            let text = frame.data_ref().map(|data| String::from_utf8_lossy(data)).unwrap_or_default();
            // Between two marks stands the time; several pieces may come in one frame.
            let times = text.split(MARK).skip(1).step_by(2).filter_map(|time| time.parse::<u64>().ok());
            latencies.extend(times.map(|sent| Duration::from_micros(now.saturating_sub(sent))));
        }
    }
    Ok((latencies, errors))
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>, Failure> {
    let socket = TcpStream::connect(address).await.map_err(|e| Failure::from_error(Code::Unavailable, &e))?;
    drop(socket.set_nodelay(true));
    let (sender, connection) = http1::handshake(TokioIo::new(socket)).await.map_err(broken)?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn send(
    sender: &mut SendRequest<Full<Bytes>>,
    target: &Target,
    body: Bytes,
) -> Result<Response<Incoming>, Failure> {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri("/v1/chat/completions")
        .header("host", "127.0.0.1")
        .header("content-type", "application/json");
    for (name, value) in &target.headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(body)).map_err(|error| Failure::other(error.to_string()))?;
    sender.ready().await.map_err(broken)?;
    sender.send_request(request).await.map_err(broken)
}

/// A short conversation with a tool on offer, as agents send them.
fn body(model: &str, stream: bool) -> Bytes {
    let text = "You are a careful assistant. Answer in one sentence. ".repeat(4);
    let tool = serde_json::json!({"type": "function", "function": {"name": "calculator", "description": "Calculates",
        "parameters": {"type": "object", "properties": {"expression": {"type": "string"}}, "required": ["expression"]}}});
    let body = serde_json::json!({"model": model, "stream": stream, "max_tokens": 100, "tools": [tool], "messages": [
        {"role": "system", "content": text},
        {"role": "user", "content": "What is the capital of France, and where does it lie?"}]});
    Bytes::from(body.to_string())
}

fn broken(error: hyper::Error) -> Failure {
    Failure::from_error(Code::Unavailable, &error)
}
