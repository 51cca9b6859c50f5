//! Whatever arrives, the answer is a problem document and the service goes on.

use crate::support::{Running, app, head, start};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

async fn service() -> Running {
    start(app(&[("LIGHTNING__LIMITS__BODY_MAX_BYTES", "1000"), ("LIGHTNING__LIMITS__JSON_MAX_DEPTH", "5")]))
        .await
}

const JSON: &str = "application/json";

#[tokio::test]
async fn good_input_is_answered() {
    let service = service().await;
    for kind in [JSON, "application/json; charset=utf-8", "Application/JSON", "application/problem+json"] {
        let answer = service.post("/echo", kind, r#"{"a":1}"#).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"a":1}"#));
    }
    let unnamed = service.send(head("POST", "/echo", &[], "Content-Length: 2\r\n") + "[]").await;
    assert_eq!((unnamed.status, unnamed.body.as_str()), (200, "[]"));
}

#[tokio::test]
async fn broken_json_and_text_that_is_none_are_400() {
    let service = service().await;
    for body in [&b"{"[..], b"", b"nonsense", b"{\"a\":\"\xff\"}", b"\0"] {
        service.post("/echo", JSON, body).await.is_problem(400, "UNREADABLE");
    }
    service.post("/echo", JSON, "[".repeat(6) + &"]".repeat(6)).await.is_problem(400, "TOO_DEEP");
}

#[tokio::test]
async fn a_nul_in_a_text_is_422_with_its_field() {
    let document =
        service().await.post("/echo", JSON, r#"{"a":["\u0000"]}"#).await.is_problem(422, "FIELD_INVALID");
    assert_eq!(document["errors"][0]["field"], "a[0]");
}

#[tokio::test]
async fn another_content_type_is_415_and_says_what_to_send() {
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json"] {
        let document =
            service().await.post("/echo", kind, "{}").await.is_problem(415, "UNSUPPORTED_MEDIA_TYPE");
        assert!(document["detail"].as_str().unwrap().contains("application/json"));
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_with_the_limit() {
    let service = service().await;
    let announced = service.post("/echo", JSON, format!("\"{}\"", "x".repeat(1000))).await;
    assert_eq!(announced.is_problem(413, "TOO_LARGE")["limit_bytes"], 1000);
    let piece = format!("200\r\n{}\r\n", "x".repeat(0x200));
    let chunked =
        head("POST", "/raw", &[("Transfer-Encoding", "chunked")], "") + &piece.repeat(2) + "0\r\n\r\n";
    assert_eq!(service.send(chunked).await.is_problem(413, "TOO_LARGE")["limit_bytes"], 1000);
}

#[tokio::test]
async fn a_route_may_take_larger_bodies_than_others() {
    let service = service().await;
    assert_eq!(service.post("/batch", "any/thing", "x".repeat(5000)).await.body, "5000");
    let larger = service.post("/batch", "any/thing", "x".repeat(5001)).await;
    assert_eq!(larger.is_problem(413, "TOO_LARGE")["limit_bytes"], 5000);
}

#[tokio::test]
async fn a_body_within_the_limit_may_come_in_pieces() {
    let piece = format!("64\r\n{}\r\n", "x".repeat(0x64));
    let chunked =
        head("POST", "/raw", &[("Transfer-Encoding", "chunked")], "") + &piece.repeat(9) + "0\r\n\r\n";
    assert_eq!(service().await.send(chunked).await.body, "900");
}

#[tokio::test]
async fn a_body_that_takes_too_long_is_408() {
    let service = start(app(&[("LIGHTNING__LIMITS__BODY_TIMEOUT_MS", "50")])).await;
    let mut stream = TcpStream::connect(service.address).await.unwrap();
    let begun = head("POST", "/echo", &[("Content-Type", JSON)], "Content-Length: 100\r\n") + "{";
    stream.write_all(begun.as_bytes()).await.unwrap();
    crate::support::read(&mut stream).await.is_problem(408, "BODY_TIMEOUT");
}

#[tokio::test]
async fn a_head_that_takes_too_long_ends_the_connection() {
    let service = start(app(&[("LIGHTNING__LIMITS__HEADER_TIMEOUT_MS", "50")])).await;
    let mut stream = TcpStream::connect(service.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: loc").await.unwrap();
    let mut rest = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut rest).await.unwrap();
    assert!(!rest.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn a_body_that_ends_early_is_no_reason_to_stop() {
    let service = service().await;
    let mut stream = TcpStream::connect(service.address).await.unwrap();
    let begun = head("POST", "/echo", &[("Content-Type", JSON)], "Content-Length: 100\r\n") + "{";
    stream.write_all(begun.as_bytes()).await.unwrap();
    drop(stream);
    assert_eq!(service.get("/health/live", &[]).await.status, 200);
}

#[tokio::test]
async fn unknown_paths_are_404_and_wrong_methods_405_with_those_allowed() {
    let service = service().await;
    service.get("/no/such/path", &[]).await.is_problem(404, "NOT_FOUND");
    let answer = service.send(head("DELETE", "/who", &[], "")).await;
    answer.is_problem(405, "METHOD_NOT_ALLOWED");
    assert_eq!(answer.headers["allow"], "GET,HEAD");
}

#[tokio::test]
async fn paths_that_hold_the_wrong_thing_are_refused() {
    let service = service().await;
    let document = service.get("/number/256", &[]).await.is_problem(422, "FIELD_INVALID");
    assert!(document["detail"].as_str().unwrap().contains("from 0 to 255"), "{document}");
    service.get("/number/%ff", &[]).await.is_problem(400, "UNREADABLE");
    service.get("/number/%00", &[]).await.is_problem(422, "FIELD_INVALID");
    service.get("/query?a=%ff", &[]).await.is_problem(400, "UNREADABLE");
}

#[tokio::test]
async fn texts_of_libraries_and_of_careless_handlers_do_not_reach_the_caller() {
    let service = service().await;
    let document = service.get("/foreign?x=y", &[]).await.is_problem(400, "UNREADABLE");
    assert!(!document.to_string().contains("deserialize"), "{document}");
    let document = service.get("/teapot", &[]).await.is_problem(418, "REFUSED");
    assert!(!document.to_string().contains("SELECT"), "{document}");
}

#[tokio::test]
async fn a_panic_is_500_and_the_service_goes_on() {
    let service = service().await;
    let document = service.get("/panic", &[]).await.is_problem(500, "INTERNAL");
    assert!(!document.to_string().contains("as the test asked"));
    assert_eq!(service.get("/who", &[]).await.status, 200);
}

#[tokio::test]
async fn an_answer_that_is_not_ready_in_time_is_503_with_retry_after() {
    let service = start(app(&[("LIGHTNING__LIMITS__REQUEST_TIMEOUT_MS", "50")])).await;
    let answer = service.get("/never", &[]).await;
    answer.is_problem(503, "DEADLINE_EXCEEDED");
    assert_eq!(answer.headers["retry-after"], "1");
}

#[tokio::test]
async fn the_callers_own_deadline_counts_when_it_is_shorter() {
    let service = service().await;
    service.get("/patient", &[("X-Deadline-Ms", "50")]).await.is_problem(503, "DEADLINE_EXCEEDED");
    let left: u64 = service.get("/left", &[("X-Deadline-Ms", "5000")]).await.body.parse().unwrap();
    assert!(left <= 5000);
    let left: u64 = service.get("/left", &[("X-Deadline-Ms", "99999999")]).await.body.parse().unwrap();
    assert!(left <= 30_000);
}

#[tokio::test]
async fn what_is_no_http_at_all_ends_only_its_own_connection() {
    let service = service().await;
    for nonsense in [
        &b"\x16\x03\x01\x02\x00"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /raw HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(service.address).await.unwrap();
        stream.write_all(nonsense).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        drop(tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut rest).await);
        assert!(!rest.starts_with(b"HTTP/1.1 2"), "{nonsense:?}");
    }
    assert_eq!(service.get("/who", &[]).await.status, 200);
}
