//! Who is let in, how often, and with which ids.

use crate::support::{app, settings, start};
use secrecy::ExposeSecret;
use service_kit::access::{KeyEntry, Role, hash_key, mint_key};
use service_kit::{App, Settings};

const KEYS: (&str, &str) = ("LIGHTNING__AUTH__MODE", "keys");

pub(crate) fn with_key(app: App, role: Role) -> (App, String) {
    let key = mint_key(&mut rand::rng()).expose_secret().to_owned();
    app.key_ring().store(vec![KeyEntry { id: "k1".to_owned(), hash: hash_key(key.as_bytes()), role }]);
    (app, key)
}

#[test]
fn minted_keys_are_long_and_differ() {
    let mint = || mint_key(&mut rand::rng()).expose_secret().to_owned();
    let (one, other) = (mint(), mint());
    assert_ne!(one, other);
    assert!(one.starts_with("al_") && one.len() == 46 && one[3..].chars().all(|c| c.is_ascii_alphanumeric()));
}

#[tokio::test]
async fn without_a_key_calls_are_401_when_keys_are_needed() {
    let service = start(app(&[KEYS])).await;
    let answer = service.get("/who", &[]).await;
    answer.is_problem(401, "UNAUTHORIZED");
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
    service.get("/no/such/path", &[]).await.is_problem(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn health_and_documentation_need_no_key() {
    let service = start(app(&[KEYS])).await;
    for path in ["/health", "/health/live", "/health/ready", "/docs/", "/openapi.json"] {
        assert_eq!(service.get(path, &[]).await.status, 200, "{path}");
    }
    assert_eq!(service.get("/metrics", &[]).await.status, 401);
}

#[tokio::test]
async fn a_key_may_be_shown_in_either_header() {
    let (app, key) = with_key(app(&[KEYS]), Role::Viewer);
    let service = start(app).await;
    for header in [
        ("Authorization", format!("Bearer {key}")),
        ("authorization", format!("bearer {key}")),
        ("X-Api-Key", key.clone()),
    ] {
        let answer = service.get("/who", &[(header.0, &header.1)]).await;
        assert_eq!((answer.status, answer.json()["id"].as_str()), (200, Some("k1")));
    }
    service.get("/who", &[("X-Api-Key", &(key + "x"))]).await.is_problem(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_role_may_do_what_lower_ones_may_and_no_more() {
    for (role, reads, writes, administers) in [
        (Role::Viewer, 200, 403, 403),
        (Role::Submitter, 200, 200, 403),
        (Role::Operator, 200, 200, 403),
        (Role::Admin, 200, 200, 200),
    ] {
        let (app, key) = with_key(app(&[KEYS]), role);
        let service = start(app).await;
        let shown = [("X-Api-Key", key.as_str())];
        assert_eq!(service.get("/who", &shown).await.status, reads, "{role}");
        let post = crate::support::head("POST", "/echo", &shown, "Content-Length: 2\r\n") + "{}";
        assert_eq!(service.send(post).await.status, writes, "{role}");
        assert_eq!(service.get("/admin", &shown).await.status, administers, "{role}");
    }
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once() {
    let (app, key) = with_key(app(&[KEYS]), Role::Viewer);
    let ring = app.key_ring().clone();
    let service = start(app).await;
    assert_eq!(service.get("/who", &[("X-Api-Key", &key)]).await.status, 200);
    ring.store(Vec::new());
    assert_eq!(service.get("/who", &[("X-Api-Key", &key)]).await.status, 401);
}

#[tokio::test]
async fn keys_are_read_from_where_the_service_says() {
    let key = mint_key(&mut rand::rng()).expose_secret().to_owned();
    let hash = hash_key(key.as_bytes());
    let read = move || async move {
        Ok::<_, String>(vec![KeyEntry { id: "stored".to_owned(), hash, role: Role::Viewer }])
    };
    let app = app(&[KEYS]).keys(read);
    let ring = app.key_ring().clone();
    let service = start(app).await;
    while ring.caller(key.as_bytes()).is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(service.get("/who", &[("X-Api-Key", &key)]).await.json()["id"], "stored");
}

#[tokio::test]
async fn the_service_key_is_an_operators() {
    let service = start(app(&[KEYS, ("LIGHTNING__AUTH__SERVICE_KEY", "between-us")])).await;
    let answer = service.get("/who", &[("Authorization", "Bearer between-us")]).await;
    assert_eq!(
        (answer.json()["id"].as_str(), answer.json()["role"].as_str()),
        (Some("service"), Some("operator"))
    );
}

#[tokio::test]
async fn on_loopback_no_key_is_needed_but_a_wrong_one_is_refused() {
    let service = start(app(&[])).await;
    assert_eq!(service.get("/who", &[]).await.json()["id"], "anonymous");
    service.get("/who", &[("X-Api-Key", "al_nonsense")]).await.is_problem(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn on_loopback_a_key_of_somebody_else_is_passed_over_while_there_are_none_of_ours() {
    let foreign = [("Authorization", "Bearer sk-of-a-model-provider")];
    let service = start(app(&[])).await;
    assert_eq!(service.get("/who", &foreign).await.json()["id"], "anonymous");
    let from_elsewhere = [foreign[0], ("Origin", "https://example.org")];
    service.get("/who", &from_elsewhere).await.is_problem(403, "FORBIDDEN");

    let (app, _) = with_key(app(&[]), Role::Viewer);
    start(app).await.get("/who", &foreign).await.is_problem(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn pages_of_other_sites_may_not_call_this_machine() {
    let service = start(app(&[])).await;
    service.get("/who", &[("Origin", "https://example.org")]).await.is_problem(403, "FORBIDDEN");
    assert_eq!(service.get("/who", &[("Origin", "http://localhost:3000")]).await.status, 200);
}

#[test]
fn an_address_that_others_can_reach_needs_keys_or_off_written_out() {
    let build = |mode: &str| {
        let pairs = [("LIGHTNING__ORCHESTRATOR__HOST", "0.0.0.0"), ("LIGHTNING__AUTH__MODE", mode)];
        App::new("test", "1", "orchestrator", &Settings::with(pairs).unwrap()).map(drop)
    };
    let refused = build("loopback").unwrap_err().to_string();
    assert!(refused.contains("orchestrator.host") && refused.contains("auth.mode = \"keys\""), "{refused}");
    assert!(build("keys").is_ok() && build("off").is_ok());
}

#[tokio::test]
async fn too_many_requests_from_an_address_are_429_with_retry_after() {
    let service = start(app(&[
        ("LIGHTNING__LIMITS__RATE_PER_ADDRESS_PER_S", "1"),
        ("LIGHTNING__LIMITS__RATE_BURST_S", "3"),
    ]))
    .await;
    for _ in 0..3 {
        assert_eq!(service.get("/who", &[]).await.status, 200);
    }
    let answer = service.get("/who", &[]).await;
    answer.is_problem(429, "RATE_LIMITED");
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(service.get("/health/live", &[]).await.status, 200);
}

#[tokio::test]
async fn each_key_has_a_limit_of_its_own_and_peers_have_none() {
    let rate = ("LIGHTNING__LIMITS__RATE_PER_KEY_PER_S", "1");
    let burst = ("LIGHTNING__LIMITS__RATE_BURST_S", "2");
    let (app, key) =
        with_key(app(&[KEYS, rate, burst, ("LIGHTNING__AUTH__SERVICE_KEY", "between-us")]), Role::Viewer);
    let service = start(app).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(service.get("/who", &[("X-Api-Key", &key)]).await.status);
        assert_eq!(service.get("/who", &[("X-Api-Key", "between-us")]).await.status, 200);
    }
    assert_eq!(statuses, [200, 200, 429]);
}

#[tokio::test]
async fn behind_a_proxy_the_forwarded_address_is_limited() {
    let one = [("LIGHTNING__LIMITS__PROXIES", "1"), ("LIGHTNING__LIMITS__RATE_PER_ADDRESS_PER_S", "1")];
    let service = start(app(&[
        one[0],
        one[1],
        ("LIGHTNING__LIMITS__RATE_BURST_S", "1"),
        ("LIGHTNING__AUTH__MODE", "off"),
    ]))
    .await;
    let from = async |address: &str| service.get("/who", &[("X-Forwarded-For", address)]).await.status;
    assert_eq!((from("1.1.1.1").await, from("9.9.9.9, 2.2.2.2").await), (200, 200));
    assert_eq!((from("1.1.1.1").await, from("8.8.8.8, 2.2.2.2").await), (429, 429));
}

#[tokio::test]
async fn a_request_keeps_the_id_it_came_with() {
    let service = start(app(&[])).await;
    let answer = service.get("/outgoing", &[("X-Request-Id", "order-17:a")]).await;
    assert_eq!(
        (&answer.headers["x-request-id"], &answer.json()["x-request-id"]),
        (&"order-17:a".parse().unwrap(), &"order-17:a".into())
    );
}

#[tokio::test]
async fn a_request_without_a_good_id_gets_one() {
    let service = start(app(&[])).await;
    for headers in
        [&[][..], &[("X-Request-Id", "two words")], &[("X-Request-Id", "<script>")], &[("X-Request-Id", "")]]
    {
        let answer = service.get("/who", headers).await;
        let id = answer.headers["x-request-id"].to_str().unwrap();
        assert_eq!((id.len(), id.as_bytes()[14]), (36, b'7'), "a UUID of version 7: {id}");
    }
}

#[tokio::test]
async fn a_trace_is_continued_and_passed_on() {
    let service = start(app(&[])).await;
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let answer = service.get("/outgoing", &[("traceparent", parent)]).await;
    let ours = answer.headers["traceparent"].to_str().unwrap();
    assert_eq!(answer.json()["traceparent"], ours);
    assert!(ours.starts_with(&parent[..36]) && !ours.contains("00f067aa0ba902b7"));
}

#[test]
fn the_settings_of_the_tests_are_valid() {
    settings(&[]);
}
