//! A service from start to end: what it offers by itself, its background loops, and how it stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::admission::with_key;
use crate::support::{app, head, settings, start};
use service_kit::access::Role;
use service_kit::{App, BindError, bind, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn offers_what_every_service_offers() {
    let service = start(app(&[])).await;
    let index = service.get("/", &[]).await.json();
    assert_eq!(
        (&index["name"], &index["version"], &index["links"]["docs"]),
        (&"test".into(), &"1.2.3".into(), &"/docs".into())
    );
    let health = service.get("/health", &[]).await.json();
    assert_eq!(
        (&health["service"], &health["version"], &health["status"]),
        (&"test".into(), &"1.2.3".into(), &"healthy".into())
    );
    let openapi = service.get("/openapi.json", &[]).await.json();
    assert_eq!(
        (&openapi["openapi"].as_str().unwrap()[..3], &openapi["info"]["title"]),
        ("3.1", &"test".into())
    );
    assert!(openapi["components"]["schemas"]["Problem"].is_object());
    let docs = service.get("/docs/", &[]).await;
    assert!(
        docs.status == 200 && docs.body.contains("swagger-ui") && !docs.body.contains("https://"),
        "{}",
        docs.body
    );
}

#[tokio::test]
async fn the_document_says_who_may_call_what() {
    let document = start(app(&[])).await.get("/openapi.json", &[]).await.json();
    let get = |path: &str| document["paths"][path]["get"].clone();
    assert_eq!(get("/metrics")["x-role"], "viewer");
    assert_eq!(get("/health")["security"], serde_json::json!([{}]));
    assert!(get("/metrics")["responses"]["4XX"]["content"]["application/problem+json"].is_object());
}

#[tokio::test]
async fn the_documentation_is_found_without_its_slash() {
    let answer = start(app(&[])).await.get("/docs", &[]).await;
    assert!(answer.status == 200 || answer.headers["location"] == "/docs/", "{}", answer.status);
}

#[tokio::test]
async fn the_documentation_page_reads_our_document() {
    let service = start(app(&[])).await;
    let script = service.get("/docs/swagger-initializer.js", &[]).await;
    assert!(script.body.contains("/openapi.json"), "{}", script.body);
}

#[tokio::test]
async fn figures_of_several_services_in_one_process_differ_by_label() {
    let named = |name| App::new(name, "1", "orchestrator", &settings(&[])).unwrap();
    let (one, other) = (start(named("figures-one")).await, start(named("figures-other")).await);
    one.get("/", &[]).await;
    other.get("/nowhere", &[]).await;
    for service in [&one, &other] {
        let text = service.get("/metrics", &[]).await.body;
        let counted = |labels: &str| {
            text.lines().any(|line| line.starts_with("http_requests_total{") && line.contains(labels))
        };
        assert!(counted(r#"service="figures-one",method="GET",route="/",status="200""#), "{text}");
        assert!(counted(r#"service="figures-other",method="GET",route="unmatched",status="404""#), "{text}");
        assert!(text.contains("http_request_duration_seconds_bucket"));
    }
}

#[tokio::test]
async fn a_call_under_way_is_finished_before_the_end() {
    let (begun, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (begun.clone(), finish.clone());
    let handler = move || async move {
        tell.notify_one();
        wait.notified().await;
        "done"
    };
    let routes = axum::Router::new().route("/slow", axum::routing::get(handler));
    let service = start(app(&[]).undocumented(routes)).await;
    let mut stream = TcpStream::connect(service.address).await.unwrap();
    stream.write_all(head("GET", "/slow", &[], "").as_bytes()).await.unwrap();
    begun.notified().await;
    service.stop.cancel();
    while TcpStream::connect(service.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    finish.notify_one();
    assert_eq!(crate::support::read(&mut stream).await.body, "done");
    service.ended.await.unwrap();
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_the_end() {
    let service = start(app(&[])).await;
    let mut idle = TcpStream::connect(service.address).await.unwrap();
    idle.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    idle.read_u8().await.unwrap();
    service.end().await;
}

#[tokio::test]
async fn event_streams_and_long_polls_end_with_the_service() {
    let service = start(app(&[])).await;
    let mut streams = Vec::new();
    for path in ["/poll", "/events"] {
        let mut stream = TcpStream::connect(service.address).await.unwrap();
        stream.write_all(head("GET", path, &[], "").as_bytes()).await.unwrap();
        streams.push(stream);
    }
    // The first byte of the event stream shows that both calls have begun: the poll was sent before it.
    streams[1].peek(&mut [0]).await.unwrap();
    service.end().await;
    let mut answers = Vec::new();
    for stream in &mut streams {
        answers.push(crate::support::read(stream).await.body);
    }
    assert_eq!(answers, ["nothing yet", "B\r\ndata: one\n\n\r\n0\r\n\r\n"]);
}

#[tokio::test]
async fn an_event_stream_ends_with_the_key_of_its_caller() {
    let (app, key) = with_key(app(&[("LIGHTNING__AUTH__MODE", "keys")]), Role::Viewer);
    let ring = app.key_ring().clone();
    let service = start(app).await;
    let mut stream = TcpStream::connect(service.address).await.unwrap();
    let asked = head("GET", "/events", &[("X-Api-Key", &key)], "");
    stream.write_all(asked.as_bytes()).await.unwrap();
    stream.peek(&mut [0]).await.unwrap();
    ring.store(vec![]);
    assert_eq!(crate::support::read(&mut stream).await.body, "B\r\ndata: one\n\n\r\n0\r\n\r\n");
    service.end().await;
}

#[tokio::test]
async fn a_call_that_never_ends_is_left_behind() {
    let service = start(app(&[("LIGHTNING__LIMITS__SHUTDOWN_TIMEOUT_MS", "50")])).await;
    let mut stream = TcpStream::connect(service.address).await.unwrap();
    stream.write_all(head("GET", "/never", &[], "").as_bytes()).await.unwrap();
    service.end().await;
}

#[tokio::test]
async fn background_loops_run_and_end_before_the_last_act() {
    let order = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let (running, (looped, closed)) = (Arc::new(Notify::new()), (order.clone(), order.clone()));
    let tell = running.clone();
    let run = move |stop: CancellationToken| {
        let (looped, tell) = (looped.clone(), tell.clone());
        async move {
            tell.notify_one();
            stop.cancelled().await;
            looped.lock().push("loop ended");
        }
    };
    let app = app(&[]).background("loop", run).on_stop(move || async move { closed.lock().push("closed") });
    let service = start(app).await;
    running.notified().await;
    service.end().await;
    assert_eq!(*order.lock(), ["loop ended", "closed"]);
}

#[tokio::test]
async fn a_background_loop_that_fails_is_started_again() {
    let (starts, again) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (counted, tell) = (starts.clone(), again.clone());
    let run = move |stop: CancellationToken| {
        let (counted, tell) = (counted.clone(), tell.clone());
        async move {
            match counted.fetch_add(1, Ordering::SeqCst) {
                0 => panic!("as the test asked"),
                1 => {}
                _ => {
                    tell.notify_one();
                    stop.cancelled().await;
                }
            }
        }
    };
    let service = start(app(&[]).background("fragile", run)).await;
    again.notified().await;
    service.end().await;
    assert_eq!(starts.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_holder_and_its_setting() {
    let service = start(app(&[])).await;
    let port = service.address.port().to_string();
    let listen = settings(&[("LIGHTNING__RL__PORT", &port)]).listen("rl").unwrap();
    let error = bind(&listen).await.unwrap_err();
    assert!(matches!(error, BindError::Taken { .. }));
    let message = error.to_string();
    assert!(message.contains(&format!("port {port} is taken by ")), "{message}");
    assert!(message.contains(&format!("(process {})", std::process::id())), "{message}");
    assert!(message.contains("rl.port (LIGHTNING__RL__PORT)"), "{message}");
}

#[tokio::test]
async fn an_address_that_is_not_ours_is_refused_with_its_setting() {
    let listen = settings(&[("LIGHTNING__RL__HOST", "203.0.113.1")]).listen("rl").unwrap();
    let message = bind(&listen).await.unwrap_err().to_string();
    assert!(message.contains("203.0.113.1:8010") && message.contains("LIGHTNING__RL__HOST"), "{message}");
}

#[tokio::test]
async fn figures_are_pushed_to_influx_when_an_address_is_given() {
    let (sender, mut pushed) = tokio::sync::mpsc::unbounded_channel();
    let influx = axum::Router::new().fallback(move |request: axum::extract::Request| {
        let sender = sender.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            drop(sender.send((
                parts.uri.to_string(),
                parts.headers,
                String::from_utf8(body.to_vec()).unwrap(),
            )));
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, influx).await });
    let pairs = [
        ("INFLUXDB_URL", url.as_str()),
        ("INFLUXDB_TOKEN", "t0ken"),
        ("LIGHTNING__METRICS__INTERVAL_MS", "20"),
    ];
    let app = app(&pairs);
    let listener = bind(app.listen()).await.unwrap();
    let stop = CancellationToken::new();
    let ended = tokio::spawn(serve(app, listener, stop.clone()));
    metrics::counter!("pushed_figures_total").increment(2);
    let (uri, headers, body) = loop {
        let push = pushed.recv().await.unwrap();
        if push.2.contains("pushed_figures_total") {
            break push;
        }
        metrics::counter!("pushed_figures_total").increment(1);
    };
    assert_eq!(uri, "/api/v2/write?org=agent-lightning&bucket=agent-lightning&precision=ms");
    assert_eq!(headers["authorization"], "Token t0ken");
    assert!(body.lines().any(|line| line.starts_with("pushed_figures_total value=")), "{body}");
    stop.cancel();
    ended.await.unwrap().unwrap();
}
