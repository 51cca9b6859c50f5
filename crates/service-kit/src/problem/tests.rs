//! What a problem looks like on the wire.

use axum::response::IntoResponse;
use http::header;
use http_body_util::BodyExt;
use serde_json::json;

use super::*;

async fn rendered(problem: Problem) -> (StatusCode, http::HeaderMap, Value) {
    let (parts, body) = problem.into_response().into_parts();
    let text = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, serde_json::from_slice(&text).unwrap())
}

#[tokio::test]
async fn a_wrong_field_is_a_document_with_all_members() {
    let (status, headers, body) =
        rendered(Problem::invalid("priority", "must be 1 to 10").with("given", 11)).await;
    assert_eq!(
        (status, &headers[header::CONTENT_TYPE]),
        (StatusCode::UNPROCESSABLE_ENTITY, &"application/problem+json".parse().unwrap())
    );
    assert_eq!(
        body,
        json!({
            "type": "about:blank", "title": "Unprocessable Entity", "status": 422, "detail": "priority: must be 1 to 10",
            "code": "FIELD_INVALID", "request_id": "", "errors": [{ "field": "priority", "message": "must be 1 to 10" }], "given": 11,
        })
    );
}

#[tokio::test]
async fn retry_after_is_rounded_up_to_whole_seconds() {
    for (millis, seconds) in [(0, "1"), (400, "1"), (1000, "1"), (1001, "2")] {
        let (_, headers, _) = rendered(Problem::unavailable("later", Duration::from_millis(millis))).await;
        assert_eq!(headers[header::RETRY_AFTER], seconds);
    }
}

#[tokio::test]
async fn an_internal_error_tells_the_caller_nothing_about_itself() {
    let error = std::io::Error::other("SELECT secret FROM /var/lib");
    let (status, _, body) = rendered(Problem::internal(&error)).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!body.to_string().contains("secret"), "{body}");
}

#[test]
fn results_with_problems_stay_small() {
    assert_eq!(size_of::<Problem>(), size_of::<usize>());
}
