//! Budgets hold, also when many calls are made at once; prices hold from their time on.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::{Provider, Reply, Service, chat, read};

/// 1,000 tokens written at $1.60 a million: $0.0016.
fn answer() -> Value {
    json!({"choices": [{"message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 0, "completion_tokens": 1000}})
}

fn request() -> Value {
    let mut request = chat("hi", &[]);
    request["max_tokens"] = json!(1000);
    request
}

async fn budget(service: &Service, body: Value) -> (u16, Value) {
    read(service.put("/budgets/b").json(&body).send().await.unwrap()).await
}

async fn used(service: &Service) -> f64 {
    read(service.get("/budgets/b").send().await.unwrap()).await.1["used_usd"].as_f64().unwrap()
}

#[tokio::test]
async fn a_budget_holds_when_many_calls_are_made_at_once() {
    let slow = || Reply::Slow(50, Box::new(Reply::Json(200, answer())));
    let provider = Provider::start((0..20).map(|_| slow())).await;
    let service = Service::with_openai(&provider).await;
    let body = json!({"scope": "all", "period": "forever", "limit_usd": 0.01});
    assert_eq!(budget(&service, body).await.0, 200);
    let calls = join_all((0..20).map(|_| service.ask("/v1/chat/completions", request()))).await;
    let good = calls.iter().filter(|(status, _)| *status == 200).count();
    let refused: Vec<_> = calls.iter().filter(|(status, _)| *status == 429).collect();
    // Each may cost a little more than 1,600 micro-dollars, for the words that are read: six fit into 10,000.
    assert_eq!((good, refused.len(), provider.asked().len()), (6, 14, 6));
    assert_eq!((&refused[0].1["code"], &refused[0].1["budget"]), (&json!("BUDGET_EXCEEDED"), &json!("b")));
    assert_eq!(refused[0].1["limit_usd"], 0.01);
    settled(&service, 0.0096).await;
}

/// What is reserved too much comes back once the books are written.
async fn settled(service: &Service, expected: f64) {
    let wait = async {
        while (used(service).await - expected).abs() > 1e-9 {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(20), wait).await;
    assert!(waited.is_ok(), "{} instead of {expected}", used(service).await);
}

#[tokio::test]
async fn a_refused_call_gives_back_what_it_reserved() {
    let provider = Provider::start([Reply::Json(400, json!({}))]).await;
    let service = Service::with_openai(&provider).await;
    budget(&service, json!({"scope": "provider", "subject": "openai", "period": "day", "limit_usd": 1}))
        .await;
    assert_eq!(service.ask("/v1/chat/completions", request()).await.0, 422);
    settled(&service, 0.0).await;
}

#[tokio::test]
async fn a_budget_covers_only_whom_it_names() {
    let provider = Provider::start([Reply::Json(200, answer())]).await;
    let service = Service::with_openai(&provider).await;
    budget(&service, json!({"scope": "agent", "subject": "tester", "period": "month", "limit_usd": 0})).await;
    let ask = |agent: &'static str| {
        let request = service.post("/v1/chat/completions").header("X-Agent-Id", agent).json(&request());
        async move { read(request.send().await.unwrap()).await }
    };
    assert_eq!(ask("developer").await.0, 200);
    let (status, problem) = ask("tester").await;
    assert_eq!((status, &problem["code"]), (429, &json!("BUDGET_EXCEEDED")));
    assert_eq!(service.delete("/budgets/b").send().await.unwrap().status(), 204);
    assert_eq!(service.delete("/budgets/b").send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_budget_needs_the_price_of_what_it_covers() {
    let provider = Provider::start([]).await;
    let service = Service::with_openai(&provider).await;
    budget(&service, json!({"scope": "all", "period": "day", "limit_usd": 1})).await;
    let mut unpriced = request();
    unpriced["model"] = json!("openai/gpt-next");
    let (status, problem) = service.ask("/v1/chat/completions", unpriced).await;
    assert_eq!((status, &problem["code"]), (422, &json!("BUDGET_WITHOUT_PRICE")));
    assert!(provider.asked().is_empty());
}

#[tokio::test]
async fn wrong_budgets_are_refused_by_the_field() {
    let service = Service::offline().await;
    for (change, field) in [
        (json!({"scope": "moon"}), "scope"),
        (json!({"period": "year"}), "period"),
        (json!({"subject": "x"}), "subject"),
        (json!({"scope": "key"}), "subject"),
        (json!({"scope": "tenant"}), "subject"),
        (json!({"limit_usd": -1}), "limit_usd"),
    ] {
        let mut body = json!({"scope": "all", "period": "day", "limit_usd": 1});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (status, problem) = budget(&service, body).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{change}");
    }
}

#[tokio::test]
async fn a_price_counts_from_its_time_on_and_can_be_taken_back() {
    let provider = Provider::start([Reply::Json(200, answer()), Reply::Json(200, answer())]).await;
    let service = Service::with_openai(&provider).await;
    let price = |from: &str, output: f64| json!({"valid_from": from, "input_usd_per_million": 1, "output_usd_per_million": output});
    for (from, output) in [("2020-01-01T00:00:00Z", 5.0), ("2999-01-01T00:00:00Z", 9.0)] {
        let (status, model) = service.ask("/models/gpt-4.1-mini/prices", price(from, output)).await;
        assert_eq!((status, &model["output_usd_per_million"]), (200, &json!(5.0)));
    }
    let (_, body) = service.ask("/v1/chat/completions", request()).await;
    assert_eq!(body["usage"]["cost_usd"], 0.005);
    let path = "/models/gpt-4.1-mini/prices?valid_from=2020-01-01T00:00:00Z";
    assert_eq!(service.delete(path).send().await.unwrap().status(), 204);
    assert_eq!(service.delete(path).send().await.unwrap().status(), 404);
    let (_, body) = service.ask("/v1/chat/completions", request()).await;
    assert_eq!(body["usage"]["cost_usd"], 0.0016);
    assert_eq!(service.ask("/models/nobody/prices", price("2020-01-01T00:00:00Z", 1.0)).await.0, 404);
}

#[tokio::test]
async fn a_models_health_is_told_with_it() {
    let provider = Provider::start([Reply::Json(200, answer()), Reply::Json(500, json!({}))]).await;
    let service = Service::with_openai(&provider).await;
    let health = || async {
        read(service.get("/models/gpt-4.1-mini").send().await.unwrap()).await.1["health"].clone()
    };
    assert_eq!(health().await, Value::Null);
    service.ask("/v1/chat/completions", request()).await;
    assert_eq!(health().await["state"], "healthy");
    service.ask("/v1/chat/completions", request()).await;
    let told = health().await;
    assert_eq!((&told["state"], &told["calls"], &told["errors"]), (&json!("unsteady"), &json!(2), &json!(1)));
    assert_eq!(told["last_error"], "PROVIDER_UNAVAILABLE");
}

/// Task, agent, tenant and day at once, and a service that is gone without a word in between: what providers were paid never
/// exceeds any of the ceilings.
#[tokio::test]
async fn every_ceiling_holds_for_32_callers_and_through_a_crash() {
    let slow = || Reply::Slow(5, Box::new(Reply::Json(200, answer())));
    let provider = Provider::start((0..400).map(|_| slow())).await;
    let url = provider.url("/v1");
    let ceilings = r#"[{ id = "day", scope = "all", period = "day", limit_usd = 0.2 },
        { id = "tenant", scope = "tenant", subject = "acme", period = "day", limit_usd = 0.1 },
        { id = "agent", scope = "agent", subject = "tester", period = "day", limit_usd = 0.06 },
        { id = "task", scope = "task", subject = "t1", period = "forever", limit_usd = 0.02 }]"#;
    let pairs = [
        ("OPENAI_API_KEY", "sk-openai-test"),
        ("OPENAI_BASE_URL", url.as_str()),
        ("LIGHTNING__MODELS__BUDGETS", ceilings),
    ];
    let mut service = Service::start(&pairs).await;
    let behalves = [
        ("acme", "tester", "t1"),
        ("acme", "tester", "t2"),
        ("acme", "developer", "t3"),
        ("other", "developer", "t4"),
    ];
    let mut paid = [0_u32; 4];
    let mut told = std::collections::BTreeSet::new();
    for round in 0..3 {
        let calls = join_all((0..32 * 4).map(|n| {
            let (tenant, agent, task) = behalves[n % 4];
            let call = service.post("/v1/chat/completions").header("X-Tenant", tenant);
            let call = call.header("X-Agent-Id", agent).header("X-Task-Id", task).json(&request());
            async move { (n % 4, read(call.send().await.unwrap()).await) }
        }));
        for (who, (status, body)) in calls.await {
            match status {
                200 => paid[who] += 1,
                _ => {
                    assert_eq!((status, &body["code"]), (429, &json!("BUDGET_EXCEEDED")), "{body}");
                    let detail = body["detail"].as_str().unwrap();
                    assert!(
                        detail.contains("ceiling") && body["limit_usd"].as_f64().unwrap() > 0.0,
                        "{body}"
                    );
                    told.insert(body["budget"].as_str().unwrap().to_owned());
                }
            }
        }
        if round < 2 {
            service = service.crash_and_start_again(&pairs).await;
        }
    }
    let dollars = |of: &[usize]| f64::from(of.iter().map(|who| paid[*who]).sum::<u32>()) * 0.0016;
    let call = 0.0017;
    for (ceiling, spent) in [
        (0.2, dollars(&[0, 1, 2, 3])),
        (0.1, dollars(&[0, 1, 2])),
        (0.06, dollars(&[0, 1])),
        (0.02, dollars(&[0])),
    ] {
        assert!(spent <= ceiling + call, "{spent} of {ceiling}: {paid:?}");
    }
    assert_eq!(provider.asked().len() as u32, paid.iter().sum::<u32>(), "no call was made that was refused");
    assert!(dollars(&[0, 1, 2, 3]) > 0.15, "the ceilings are used: {paid:?}");
    assert!(told.contains("tenant") && told.contains("task") && told.contains("agent"), "{told:?}");
}
