//! Models that their makers end, and prices that change on a day.

use serde_json::{Value, json};

use crate::support::{Provider, Reply, Service, chat, read};

const CATALOG: &str = r#"[
    { id = "old", provider = "openai", input_usd = 1, output_usd = 1, ends = "2024-02-29" },
    { id = "young", provider = "openai", input_usd = 1, output_usd = 1, ends = "9999-12-31",
      prices = [{ from = "2024-02-29", input_usd = 3, output_usd = 1 }, { from = "9999-01-01", input_usd = 9, output_usd = 1 }] },
    { id = "odd", provider = "openai", input_usd = 1, output_usd = 1, without = ["temperature"], with = { reasoning_effort = "none" } },
]"#;
const ENDED: &str = "old came to its announced end on 2024-02-29; choose another model";

async fn start(replies: impl IntoIterator<Item = Reply>) -> (Service, Provider) {
    let provider = Provider::start(replies).await;
    let catalog = CATALOG.replace('\n', " ");
    let pairs = [
        ("OPENAI_API_KEY", "sk-openai-test"),
        ("OPENAI_BASE_URL", &provider.url("/v1")),
        ("LIGHTNING__MODELS__CATALOG", &catalog),
    ];
    (Service::start(&pairs).await, provider)
}

fn answer() -> Reply {
    let usage = json!({"prompt_tokens": 1_000_000, "completion_tokens": 0});
    Reply::Json(
        200,
        json!({"choices": [{"message": {"role": "assistant", "content": "hi"}}], "usage": usage}),
    )
}

fn asking(model: &str) -> Value {
    let mut request = chat("hi", &[]);
    request["model"] = json!(model);
    request
}

#[tokio::test]
async fn a_model_whose_end_has_come_says_so_and_no_other_answers_for_it() {
    let (service, provider) = start([answer(), answer()]).await;
    for model in ["old", "openai/old"] {
        let response = service.post("/v1/chat/completions").json(&asking(model)).send().await.unwrap();
        assert_eq!(response.headers()["x-warning"], ENDED);
        assert_eq!(provider.asked().pop().unwrap().body["model"], "old");
    }
    let (_, view) = read(service.get("/models/old").send().await.unwrap()).await;
    assert_eq!(view["ends"], "2024-02-29");
}

#[tokio::test]
async fn the_refusal_of_a_model_whose_end_has_come_explains_itself() {
    let refusal = json!({"error": {"code": "model_not_found", "message": "gone"}});
    let (service, _provider) = start([Reply::Json(404, refusal.clone()), Reply::Json(404, refusal)]).await;
    let (status, problem) = service.ask("/v1/chat/completions", asking("old")).await;
    assert_eq!((status, &problem["reason"]), (422, &json!("model")));
    assert!(problem["detail"].as_str().unwrap().ends_with(ENDED), "{problem}");
    let (_, problem) = service.ask("/v1/chat/completions", asking("young")).await;
    assert!(!problem["detail"].as_str().unwrap().contains("announced end"), "{problem}");
}

#[tokio::test]
async fn a_price_of_the_catalog_holds_from_its_day_on() {
    let (service, _provider) = start([answer()]).await;
    let response = service.post("/v1/chat/completions").json(&asking("young")).send().await.unwrap();
    assert_eq!(
        (response.headers().get("x-warning"), &response.headers()["x-cost-usd"]),
        (None, &"3.000000".parse().unwrap())
    );
    let (_, view) = read(service.get("/models/young").send().await.unwrap()).await;
    assert_eq!((&view["input_usd_per_million"], view["prices"].as_array().unwrap().len()), (&json!(3.0), 2));
}

#[tokio::test]
async fn a_model_is_asked_as_it_takes_requests() {
    let (service, provider) = start([answer()]).await;
    let mut request = asking("odd");
    request["temperature"] = json!(0.2);
    let response = service.post("/v1/chat/completions").json(&request).send().await.unwrap();
    assert_eq!(response.headers()["x-warning"], "temperature is left out: odd does not take it");
    let body = provider.asked().remove(0).body;
    assert_eq!((body.get("temperature"), &body["reasoning_effort"]), (None, &json!("none")));
}

#[tokio::test]
async fn the_registry_keeps_ends_and_ways() {
    let (service, _provider) = start([]).await;
    let body = json!({"provider": "openai", "ends": "2026-11-30", "without": ["top_p"], "with": {"a": 1}});
    let (status, view) = read(service.put("/models/mine").json(&body).send().await.unwrap()).await;
    assert_eq!(
        (status, &view["ends"], &view["without"], &view["with"]),
        (200, &json!("2026-11-30"), &json!(["top_p"]), &json!({"a": 1}))
    );
    let wrong = json!({"provider": "openai", "ends": "soon"});
    let (status, problem) = read(service.put("/models/mine").json(&wrong).send().await.unwrap()).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("ends")));
}
