//! Error bodies as the providers send them.

use super::*;

fn check(status: u16, body: &str, expected: &str) {
    let error = read("p", StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes());
    let told = match &error {
        ProviderError::Rejected { reason, code, .. } => {
            format!("{reason:?} {}", code.as_deref().unwrap_or("-"))
        }
        other => other.code().to_owned(),
    };
    assert_eq!(told, expected, "{status} {body}");
    assert!(!error.to_string().contains("sk-"), "{error}");
}

#[test]
fn openai_refusals_are_told_apart() {
    check(
        401,
        r#"{"error":{"message":"Incorrect API key provided: sk-abc***xyz.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
        "Credentials invalid_api_key",
    );
    check(
        429,
        r#"{"error":{"message":"Rate limit reached for gpt-4o","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
        "PROVIDER_RATE_LIMITED",
    );
    check(
        429,
        r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
        "Quota insufficient_quota",
    );
    check(
        400,
        r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#,
        "TooLong context_length_exceeded",
    );
    check(
        404,
        r#"{"error":{"message":"The model `gpt-9` does not exist","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
        "Model model_not_found",
    );
}

#[test]
fn anthropic_refusals_are_told_apart() {
    check(
        529,
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#,
        "PROVIDER_UNAVAILABLE",
    );
    check(
        400,
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#,
        "TooLong invalid_request_error",
    );
    check(
        401,
        r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#,
        "Credentials authentication_error",
    );
}

#[test]
fn imitators_and_proxies_are_understood_too() {
    check(404, r#"{"error":"model \"llama9\" not found, try pulling it first"}"#, "Model -");
    check(
        400,
        r#"{"object":"error","message":"maximum context length is 4096","type":"BadRequestError","code":400}"#,
        "TooLong BadRequestError",
    );
    check(
        400,
        r#"[{"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT"}}]"#,
        "Request INVALID_ARGUMENT",
    );
    check(502, "<html>Bad Gateway</html>", "PROVIDER_UNAVAILABLE");
    check(302, "", "PROVIDER_UNAVAILABLE");
    check(400, "", "Request -");
}

#[test]
fn the_time_to_wait_is_read_from_either_header() {
    let mut headers = HeaderMap::new();
    headers.insert(header::RETRY_AFTER, "20".parse().unwrap());
    assert_eq!(retry_after(&headers), Some(Duration::from_secs(20)));
    headers.insert("retry-after-ms", "1500".parse().unwrap());
    assert_eq!(retry_after(&headers), Some(Duration::from_millis(1500)));
    headers.insert("retry-after-ms", "-1".parse().unwrap());
    assert_eq!(retry_after(&headers), None);
}

#[test]
fn errors_within_a_stream_stand_for_a_status() {
    let within = |body: &str| status_within(body.as_bytes()).as_u16();
    assert_eq!(within(r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#), 503);
    assert_eq!(within(r#"{"error":{"message":"x","type":"server_error"}}"#), 500);
    assert_eq!(within(r#"{"type":"error","error":{"type":"rate_limit_error","message":"x"}}"#), 429);
}
