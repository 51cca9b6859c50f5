//! The log as Parquet files: what goes out comes in again, files of others are taken, and bad ones are refused.

#![cfg(feature = "parquet")]
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use http::{Method, StatusCode};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, FloatType, Int32Type, Int64Type};
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::file::writer::SerializedFileWriter;
use parquet::record::Field;
use parquet::schema::parser::parse_message_type;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};

use support::{Database, Running, ask, ask_as, ask_json, routes};

const PARQUET: &str = "application/vnd.apache.parquet";

fn line(n: usize) -> Value {
    let agent = if n.is_multiple_of(2) { "tester" } else { "coder" };
    let mut line = json!({"task_id": format!("t{n}"), "agent_id": agent, "reward": (n % 10) as f64 / 10.0,
        "description": format!("unit tests for module {n}"), "latency_ms": n, "cost_usd": 0.000_001 * n as f64});
    if n.is_multiple_of(3) {
        line["candidates"] = json!([
            {"agent_id": "tester", "probability": 0.25, "relevance": 0.1, "eligible": true, "model": "small"},
            {"agent_id": "coder", "probability": 0.75, "relevance": 0.0, "eligible": n.is_multiple_of(2)},
        ]);
        line["propensity"] = json!(0.25);
        line["policy_version"] = json!("p3.e17");
    }
    if n.is_multiple_of(4) {
        line["model"] = json!("openai/small");
    }
    if n.is_multiple_of(5) {
        line["candidates"] = json!([]);
    }
    if n.is_multiple_of(7) {
        line["prev_reward"] = json!(0.5);
        line["revision"] = json!(1);
    }
    line
}

fn lines(count: usize) -> Vec<Value> {
    (0..count).map(line).collect()
}

/// The log as JSON Lines, without what every database decides for itself.
async fn log(routes: &Router) -> Vec<Value> {
    let (status, text) = ask(routes, "GET", "/experiences?limit=10000", "").await;
    assert_eq!(status, StatusCode::OK);
    let line = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line["at"] = Value::Null;
        line
    };
    String::from_utf8(text).unwrap().lines().map(line).collect()
}

async fn file_of(routes: &Router, query: &str) -> Bytes {
    let (status, file) = ask(routes, "GET", &format!("/experiences?format=parquet{query}"), "").await;
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&file));
    file.into()
}

async fn import(routes: &Router, file: Bytes) -> (StatusCode, Value) {
    ask_as(routes, "POST", "/experiences", PARQUET, file).await
}

#[tokio::test]
async fn what_goes_out_comes_in_again() {
    let (here, there) = (routes().await, routes().await);
    ask_json(&here, "POST", "/experiences", json!(lines(2_500))).await;
    let file = file_of(&here, "").await;
    assert_eq!(import(&there, file.clone()).await.1, json!({"imported": 2500, "known": 0}));
    assert_eq!(log(&here).await, log(&there).await);
    assert_eq!(log(&there).await[4]["model"], "openai/small", "who answered is in the learner's own row");
    assert_eq!(import(&there, file).await.1, json!({"imported": 0, "known": 2500}));
}

#[tokio::test]
async fn a_large_log_comes_in_row_groups_and_parts_of_it_as_files_of_their_own() {
    let routes = routes().await;
    for part in lines(11_000).chunks(5_000) {
        ask_json(&routes, "POST", "/experiences", json!(part)).await;
    }
    let reader = SerializedFileReader::new(file_of(&routes, "").await).unwrap();
    let rows: Vec<_> = reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(rows, [5_000, 5_000, 1_000]);
    let places = |file: Bytes| -> Vec<i64> {
        let reader = SerializedFileReader::new(file).unwrap();
        let place = |row: parquet::record::Row| match row.into_columns().remove(0) {
            (name, Field::Long(seq)) if name == "seq" => seq,
            other => panic!("{other:?}"),
        };
        reader.get_row_iter(None).unwrap().map(|row| place(row.unwrap())).collect()
    };
    assert_eq!(places(file_of(&routes, "&after=10998").await), [10_999, 11_000]);
    assert_eq!(places(file_of(&routes, "&after=4&limit=2").await), [5, 6]);
    assert_eq!(places(file_of(&routes, "&limit=5000").await).len(), 5_000);
    assert!(places(file_of(&routes, "&after=11000").await).is_empty(), "an empty file is a file");
}

#[tokio::test]
async fn columns_have_the_types_of_what_is_in_them() {
    let reader = SerializedFileReader::new(file_of(&routes().await, "").await).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr().columns().to_vec();
    let columns: Vec<String> = schema
        .iter()
        .map(|column| {
            let optional = if column.max_def_level() > 0 { "?" } else { "" };
            format!("{} {:?}{optional}", column.path().string(), column.physical_type())
        })
        .collect();
    let list = "candidates.list.element";
    let expected = [
        "seq INT64?",
        "at INT64?",
        "task_id BYTE_ARRAY",
        "attempt INT64",
        "revision INT64",
        "agent_id BYTE_ARRAY",
        "reward DOUBLE",
        "prev_reward DOUBLE?",
        "weight DOUBLE?",
        "propensity DOUBLE?",
        "policy_version BYTE_ARRAY?",
        "cost_usd DOUBLE",
        "latency_ms DOUBLE",
        "model BYTE_ARRAY?",
        "source BYTE_ARRAY?",
        "description BYTE_ARRAY?",
        "context BYTE_ARRAY?",
        &format!("{list}.agent_id BYTE_ARRAY?"),
        &format!("{list}.probability DOUBLE?"),
        &format!("{list}.relevance DOUBLE?"),
        &format!("{list}.eligible BOOLEAN?"),
        &format!("{list}.model BYTE_ARRAY?"),
    ];
    assert_eq!(columns, expected);
}

#[tokio::test]
async fn a_policy_comes_out_of_an_exported_file_bit_for_bit() {
    let databases = [Database::usual().await, Database::usual().await];
    let (first, second) = (Running::start(&databases[0]).await, Running::start(&databases[1]).await);
    first.call(Method::POST, "/experiences", json!(lines(300))).await;
    first.trained(json!({})).await;
    let client = reqwest::Client::new();
    let asked =
        client.get(format!("{}/experiences", first.base)).header("accept", format!("text/html, {PARQUET}"));
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], PARQUET);
    let file = answer.bytes().await.unwrap();
    let sent = client.post(format!("{}/experiences", second.base)).header("content-type", PARQUET).body(file);
    assert!(sent.send().await.unwrap().status().is_success());
    second.trained(json!({})).await;
    let [one, other] = [&first, &second].map(|service| service.storage.policy_find(1));
    let (one, other) = (one.await.unwrap().unwrap(), other.await.unwrap().unwrap());
    assert!(!one.policy.bytes.is_empty() && one.policy.bytes == other.policy.bytes, "the same bytes");
    first.stop().await;
    second.stop().await;
}

/// A file as another program might write it: other types, an extra column, nothing that can be left out.
fn foreign(rows: usize, reward: impl Fn(usize) -> f32) -> Bytes {
    let schema = "message log { OPTIONAL BYTE_ARRAY task_id (STRING); OPTIONAL INT32 attempt; REQUIRED BYTE_ARRAY agent_id; \
                  REQUIRED FLOAT reward; OPTIONAL BYTE_ARRAY description (UTF8); REQUIRED INT64 latency_ms; \
                  REQUIRED DOUBLE weather; }";
    let mut writer = SerializedFileWriter::new(
        Vec::new(),
        Arc::new(parse_message_type(schema).unwrap()),
        Default::default(),
    )
    .unwrap();
    let mut group = writer.next_row_group().unwrap();
    let ones = vec![1; rows];
    let texts = |text: &dyn Fn(usize) -> String| -> Vec<ByteArray> {
        (0..rows).map(|n| ByteArray::from(text(n).as_str())).collect()
    };
    macro_rules! column {
        ($type:ty, $values:expr, $levels:expr) => {{
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<$type>().write_batch(&$values, $levels, None).unwrap();
            column.close().unwrap();
        }};
    }
    column!(ByteArrayType, texts(&|n| format!("f{n}")), Some(&ones[..]));
    column!(Int32Type, [], Some(&vec![0; rows][..]));
    column!(ByteArrayType, texts(&|_| "tester".into()), None);
    column!(FloatType, (0..rows).map(reward).collect::<Vec<_>>(), None);
    column!(ByteArrayType, texts(&|n| format!("task {n}")), Some(&ones[..]));
    column!(Int64Type, (0..rows as i64).collect::<Vec<_>>(), None);
    column!(DoubleType, vec![0.0; rows], None);
    group.close().unwrap();
    writer.into_inner().unwrap().into()
}

#[tokio::test]
async fn files_of_others_are_taken() {
    let routes = routes().await;
    assert_eq!(import(&routes, foreign(3, |_| 0.5)).await.1, json!({"imported": 3, "known": 0}));
    let last = log(&routes).await.pop().unwrap();
    assert_eq!(
        (&last["task_id"], &last["attempt"], &last["reward"], &last["latency_ms"]),
        (&json!("f2"), &json!(1), &json!(0.5), &json!(2.0))
    );
}

#[tokio::test]
async fn a_bad_row_is_named_with_its_column_and_what_was_taken_before_is_told() {
    let routes = routes().await;
    let (status, problem) = import(&routes, foreign(2_600, |n| if n == 2_345 { 7.0 } else { 1.0 })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(
        (&problem["errors"][0]["field"], &problem["imported"], &problem["known"]),
        (&json!("[2345].reward"), &json!(2000), &json!(0))
    );
    let (_, whole) = import(&routes, foreign(2_600, |_| 1.0)).await;
    assert_eq!(whole, json!({"imported": 600, "known": 2000}));
}

#[tokio::test]
async fn what_is_no_such_file_is_refused_with_the_reason() {
    let routes = routes().await;
    let ours = {
        ask_json(&routes, "POST", "/experiences", json!(lines(50))).await;
        file_of(&routes, "").await
    };
    let schema = Arc::new(parse_message_type("message log { REQUIRED DOUBLE reward; }").unwrap());
    let other =
        SerializedFileWriter::new(Vec::new(), schema, Default::default()).unwrap().into_inner().unwrap();
    for (file, status, told) in [
        (Bytes::new(), 400, "Parquet"),
        (Bytes::from_static(b"PAR1 and nothing more"), 400, "Parquet"),
        (Bytes::from_static(b"{}"), 400, "Parquet"),
        (ours.slice(..ours.len() / 2), 400, "Parquet"),
        (Bytes::from(other), 422, "task_id"),
    ] {
        let (got, problem) = import(&routes, file).await;
        assert_eq!(got.as_u16(), status, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(told), "{problem}");
    }
}

#[tokio::test]
async fn a_damaged_file_never_breaks_the_service() {
    let routes = routes().await;
    ask_json(&routes, "POST", "/experiences", json!(lines(200))).await;
    let whole = file_of(&routes, "").await;
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut refused = 0;
    for _ in 0..300 {
        let mut damaged = whole.to_vec();
        for _ in 0..1 + rng.next_u32() % 4 {
            let at = rng.next_u32() as usize % damaged.len();
            damaged[at] ^= 1 << (rng.next_u32() % 8);
        }
        let (status, problem) = import(&routes, damaged.into()).await;
        assert!(status.is_success() || status.is_client_error(), "{status} {problem}");
        refused += usize::from(!status.is_success());
    }
    assert!(refused > 100, "{refused}");
}
