//! How a request finds an endpoint that will take it, over real sockets.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::any;
use http::Method;
use resilient_http::{
    Backoff, BreakerOptions, BreakerState, Client, ClientOptions, DEADLINE_HEADER, Endpoint, Error, Request,
};
use url::Url;

const WITHIN: Duration = Duration::from_secs(20);

fn client() -> Client {
    let backoff = Backoff { base: Duration::from_millis(1), max: Duration::from_millis(5) };
    Client::new(&ClientOptions { backoff, ..ClientOptions::default() }).unwrap()
}

fn post() -> Request {
    Request::new(Method::POST, "/x", WITHIN).json("{}")
}

/// A server that answers each request with the next of `statuses`, the last one for ever; counts what it gets.
async fn server(statuses: &'static [u16]) -> (Arc<Endpoint>, Arc<AtomicU32>) {
    let hits = Arc::new(AtomicU32::new(0));
    let seen = hits.clone();
    let answer = move || {
        let n = seen.fetch_add(1, Ordering::SeqCst) as usize;
        async move { StatusCode::from_u16(statuses[n.min(statuses.len() - 1)]).unwrap().into_response() }
    };
    (serve(Router::new().fallback(any(answer))).await, hits)
}

async fn serve(router: Router) -> Arc<Endpoint> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    endpoint(url)
}

fn endpoint(url: Url) -> Arc<Endpoint> {
    let options = BreakerOptions { failures_to_open: 2, ..BreakerOptions::default() };
    Arc::new(Endpoint::new("peer", url, options))
}

/// A port on which nobody listens.
async fn nobody() -> Arc<Endpoint> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    endpoint(Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap())
}

async fn hanging() -> Arc<Endpoint> {
    serve(Router::new().fallback(any(std::future::pending::<StatusCode>))).await
}

#[tokio::test]
async fn falls_back_when_the_primary_is_not_there() {
    let (good, hits) = server(&[200]).await;
    let response = client().send(&[nobody().await, good], &post()).await.unwrap();
    assert_eq!((response.status(), response.tries(), hits.load(Ordering::SeqCst)), (StatusCode::OK, 2, 1));
}

#[tokio::test]
async fn falls_back_when_the_primary_times_out_and_repeating_is_safe() {
    let (good, _) = server(&[200]).await;
    let request = post().repeatable().attempt_timeout(Duration::from_millis(50));
    let response = client().send(&[hanging().await, good], &request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn never_sends_twice_what_may_have_been_done() {
    let (bad, bad_hits) = server(&[503]).await;
    let (good, good_hits) = server(&[200]).await;
    let response = client().send(&[bad, good], &post()).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!((bad_hits.load(Ordering::SeqCst), good_hits.load(Ordering::SeqCst)), (1, 0));
}

#[tokio::test]
async fn retries_what_is_safe_to_repeat() {
    let (flaky, hits) = server(&[503, 200]).await;
    let response = client().send(&[flaky], &post().repeatable()).await.unwrap();
    assert_eq!((response.status(), hits.load(Ordering::SeqCst)), (StatusCode::OK, 2));
}

#[tokio::test]
async fn client_errors_are_answers_and_are_not_retried() {
    let (refusing, hits) = server(&[422]).await;
    let response = client().send(&[refusing], &post().repeatable()).await.unwrap();
    assert_eq!((response.status(), hits.load(Ordering::SeqCst)), (StatusCode::UNPROCESSABLE_ENTITY, 1));
}

#[tokio::test]
async fn too_many_requests_do_not_open_the_breaker() {
    let (busy, hits) = server(&[429]).await;
    let response = client().send(std::slice::from_ref(&busy), &post().repeatable()).await.unwrap();
    assert_eq!((response.status(), hits.load(Ordering::SeqCst)), (StatusCode::TOO_MANY_REQUESTS, 3));
    assert_eq!(busy.state(), BreakerState::Closed);
}

#[tokio::test]
async fn an_open_breaker_refuses_without_sending() {
    let (bad, hits) = server(&[500]).await;
    let endpoints = [bad];
    for _ in 0..2 {
        client().send(&endpoints, &post().rounds(1)).await.unwrap();
    }
    let refused = client().send(&endpoints, &post().rounds(1)).await.unwrap_err();
    assert!(matches!(refused, Error::CircuitOpen { .. }), "{refused}");
    assert_eq!((hits.load(Ordering::SeqCst), endpoints[0].state()), (2, BreakerState::Open));
}

#[tokio::test]
async fn a_timeout_is_told_apart_from_an_absent_peer() {
    let short = |path| Request::new(Method::POST, path, Duration::from_millis(60)).rounds(1);
    let slow = client().send(&[hanging().await], &short("/x")).await.unwrap_err();
    assert_eq!(slow, Error::TimedOut { endpoint: "peer".into() });
    let absent = client().send(&[nobody().await], &post().rounds(1)).await.unwrap_err();
    assert_eq!(absent, Error::Unreachable { endpoint: "peer".into() });
}

#[tokio::test]
async fn a_caller_that_goes_away_says_nothing_about_the_endpoint() {
    let endpoints = [hanging().await];
    for _ in 0..2 {
        let gave_up =
            tokio::time::timeout(Duration::from_millis(30), client().send(&endpoints, &post())).await;
        assert!(gave_up.is_err());
    }
    assert_eq!(endpoints[0].state(), BreakerState::Closed);
}

#[tokio::test]
async fn the_deadline_travels_along() {
    let router = Router::new().fallback(any(|headers: HeaderMap| async move {
        headers.get(DEADLINE_HEADER).map_or_else(String::new, |v| v.to_str().unwrap_or("").to_owned())
    }));
    let response = client().send(&[serve(router).await], &post()).await.unwrap();
    let body = response.bytes(100).await.unwrap();
    let millis: u128 = std::str::from_utf8(&body).unwrap().parse().unwrap();
    assert!((1..=WITHIN.as_millis()).contains(&millis));
}

#[tokio::test]
async fn a_body_over_the_limit_is_an_error() {
    let router = Router::new().fallback(any(|| async { "x".repeat(1_000) }));
    let response = client().send(&[serve(router).await], &post()).await.unwrap();
    assert_eq!(response.bytes(999).await, Err(Error::TooLarge { endpoint: "peer".into(), limit: 999 }));
}
