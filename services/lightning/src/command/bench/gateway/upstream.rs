//! The stand-in provider: OpenAI's chat completions with a fixed answer, whole or in pieces that carry the time of their sending.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::super::apart;
use crate::exit::{Code, Failure};

/// Pieces of one streamed answer.
pub const PIECES: usize = 100;
/// Between two of them.
const PACE: Duration = Duration::from_millis(5);
/// Stands before the time within a piece, and after it.
pub const MARK: &str = "@";

const WHOLE: &str = r#"{"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion","created":1741570283,"model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":"The capital of France is Paris. It lies on the Seine and has about two million inhabitants within its limits.","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":24,"completion_tokens":25,"total_tokens":49,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}},"service_tier":"default","system_fingerprint":"fp_fc9f1d7035"}"#;

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Microseconds since the first call: one clock for the provider and for who measures.
pub fn now_us() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_micros() as u64
}

/// Starts it; it ends with the process.
pub fn start(port: u16) -> Result<SocketAddr, Failure> {
    let failed = |error: std::io::Error| Failure::from_error(Code::Other, &error);
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    apart::leave("provider", serve(listener))?;
    Ok(address)
}

async fn serve(listener: std::net::TcpListener) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    while let Ok((socket, _)) = listener.accept().await {
        drop(socket.set_nodelay(true));
        tokio::spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(socket), service_fn(answer)),
        );
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Body>, hyper::Error> {
    let body = request.into_body().collect().await?.to_bytes();
    let streams =
        body.windows(14).any(|part| part == b"\"stream\": true" || part.starts_with(b"\"stream\":true"));
    let (kind, body) = if streams {
        ("text/event-stream", StreamBody::new(pieces()).boxed_unsync())
    } else {
        ("application/json", Full::new(Bytes::from_static(WHOLE.as_bytes())).boxed_unsync())
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Ok(response)
}

fn pieces() -> impl futures::Stream<Item = Result<Frame<Bytes>, Infallible>> + Send {
    let paced = stream::iter(0..PIECES).then(|_| async {
        tokio::time::sleep(PACE).await;
        piece(
            &format!(
                r#"[{{"index":0,"delta":{{"content":"word {MARK}{}{MARK} "}},"finish_reason":null}}]"#,
                now_us()
            ),
            "",
        )
    });
    let usage = r#","usage":{"prompt_tokens":24,"completion_tokens":100,"total_tokens":124}"#;
    let end = [
        piece(r#"[{"index":0,"delta":{},"finish_reason":"stop"}]"#, ""),
        piece("[]", usage),
        "data: [DONE]\n\n".to_owned(),
    ];
    paced.chain(stream::iter(end)).map(|text| Ok(Frame::data(Bytes::from(text))))
}

fn piece(choices: &str, more: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-123\",\"object\":\"chat.completion.chunk\",\"created\":1694268190,\"model\":\"bench\",\"system_fingerprint\":\"fp_44709d6fcb\",\"choices\":{choices}{more}}}\n\n"
    )
}
