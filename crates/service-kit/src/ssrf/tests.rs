//! What is fetched and what is not, against servers on loopback that the tests allow.

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;

use super::*;
use crate::config::Settings;

fn client(pairs: &[(&str, &str)]) -> GuardedClient {
    let settings = Settings::with(pairs.iter().copied()).unwrap();
    GuardedClient::new(&settings.section("fetch").unwrap()).unwrap()
}

/// A client that may reach this machine.
fn local(more: &[(&'static str, &'static str)]) -> GuardedClient {
    let mut pairs = vec![("LIGHTNING__FETCH__ALLOW_PRIVATE", "127.0.0.1")];
    pairs.extend(more);
    client(&pairs)
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn site() -> String {
    let router = Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/large", get(|| async { "x".repeat(5000) }))
        .route("/slow", get(std::future::pending::<()>))
        .route("/there", get(|| async { Redirect::to("/") }))
        .route("/inside", get(|| async { Redirect::to("http://10.0.0.1/") }))
        .route("/metadata", get(|| async { Redirect::to("http://169.254.169.254/latest") }))
        .route("/file", get(|| async { Redirect::to("file:///etc/passwd") }))
        .route("/round", get(|| async { Redirect::to("/round") }));
    serve(router).await
}

fn refused(url: &str) -> FetchError {
    client(&[]).check(url).expect_err(url)
}

#[test]
fn only_web_addresses_without_credentials_are_taken() {
    for url in [
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://x",
        "data:text/plain,x",
        "/relative",
        "",
        "http://a:b@example.org/",
    ] {
        assert!(matches!(refused(url), FetchError::NotAllowed(_)), "{url}");
    }
    assert!(client(&[]).check("https://example.org:8443/a?b#c").is_ok());
}

#[test]
fn numbers_are_seen_through_however_they_are_written() {
    for url in [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://0x7f.0.0.1/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://0/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/",
        "http://10.0.0.1:8080/",
        "http://１２７.0.0.1/",
    ] {
        assert!(matches!(refused(url), FetchError::NotPublic { .. }), "{url}");
    }
}

#[test]
fn a_list_of_hosts_covers_their_subdomains_and_nothing_else() {
    let client = client(&[("LIGHTNING__FETCH__ALLOW_HOSTS", "example.org")]);
    assert!(client.check("http://example.org/").is_ok() && client.check("http://WWW.Example.org./").is_ok());
    for url in
        ["http://example.com/", "http://notexample.org/", "http://example.org.evil.net/", "http://1.1.1.1/"]
    {
        assert!(matches!(client.check(url), Err(FetchError::HostNotAllowed { .. })), "{url}");
    }
}

#[tokio::test]
async fn a_name_that_resolves_to_this_machine_is_refused() {
    let result = client(&[]).get("http://localhost:9/").await;
    assert!(matches!(result, Err(FetchError::NotPublic { .. })), "{result:?}");
}

#[tokio::test]
async fn fetches_and_follows_redirects() {
    let fetched = local(&[]).get(&format!("{}/there", site().await)).await.unwrap();
    assert_eq!((fetched.status, &fetched.body[..], fetched.url.path()), (StatusCode::OK, &b"hello"[..], "/"));
}

#[tokio::test]
async fn redirects_are_checked_like_addresses() {
    let site = site().await;
    for path in ["inside", "metadata"] {
        let result = local(&[]).get(&format!("{site}/{path}")).await;
        assert!(matches!(result, Err(FetchError::NotPublic { .. })), "{path}: {result:?}");
    }
    assert!(matches!(local(&[]).get(&format!("{site}/file")).await, Err(FetchError::NotAllowed(_))));
}

#[tokio::test]
async fn size_time_and_redirects_are_limited() {
    let site = site().await;
    let client =
        local(&[("LIGHTNING__FETCH__BODY_MAX_BYTES", "4999"), ("LIGHTNING__FETCH__TIMEOUT_MS", "300")]);
    assert_eq!(client.get(&format!("{site}/large")).await.unwrap_err(), FetchError::TooLarge { limit: 4999 });
    assert!(matches!(client.get(&format!("{site}/slow")).await, Err(FetchError::TimedOut { .. })));
    assert_eq!(
        client.get(&format!("{site}/round")).await.unwrap_err(),
        FetchError::TooManyRedirects { limit: 5 }
    );
}

#[tokio::test]
async fn a_host_that_is_not_there_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(local(&[]).get(&url).await.unwrap_err(), FetchError::Unreachable);
}
