//! On loopback without keys, a web page from anywhere could make the visitor's browser call us. Two headers give it away: the
//! page's `Origin`, and, when it plays tricks with DNS, its own name as `Host`.

use std::net::IpAddr;

use http::{HeaderMap, header};

use crate::problem::Problem;

pub(super) fn refuse_other_sites(headers: &HeaderMap) -> Result<(), Problem> {
    let origin = headers.get(header::ORIGIN).map(|value| value.as_bytes());
    let host = headers.get(header::HOST).map(|value| value.as_bytes());
    let fine = origin.is_none_or(|origin| after_scheme(origin).is_some_and(is_this_machine))
        && host.is_none_or(is_this_machine);
    if fine {
        return Ok(());
    }
    Err(Problem::forbidden(
        "without API keys only this machine's own pages and programs may call; set auth.mode = \"keys\" to allow others",
    ))
}

fn after_scheme(origin: &[u8]) -> Option<&[u8]> {
    origin.strip_prefix(b"http://").or_else(|| origin.strip_prefix(b"https://"))
}

/// `localhost:8025`, `127.0.0.1`, `[::1]:80`, `app.localhost`.
fn is_this_machine(authority: &[u8]) -> bool {
    let Ok(authority) = std::str::from_utf8(authority) else { return false };
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(headers: &[(header::HeaderName, &'static str)]) -> bool {
        let headers =
            headers.iter().map(|(name, value)| (name.clone(), http::HeaderValue::from_static(value)));
        refuse_other_sites(&headers.collect()).is_ok()
    }

    #[test]
    fn programs_and_pages_of_this_machine_may_call() {
        assert!(allowed(&[]));
        assert!(allowed(&[(header::HOST, "127.0.0.1:8025")]));
        assert!(allowed(&[(header::HOST, "[::1]:8025"), (header::ORIGIN, "http://localhost:3000")]));
        assert!(allowed(&[(header::HOST, "LocalHost"), (header::ORIGIN, "https://app.localhost")]));
    }

    #[test]
    fn pages_from_elsewhere_may_not() {
        assert!(!allowed(&[(header::HOST, "127.0.0.1:8025"), (header::ORIGIN, "https://example.org")]));
        assert!(!allowed(&[(header::ORIGIN, "null")]));
        assert!(!allowed(&[(header::ORIGIN, "http://localhost.example.org")]));
    }

    #[test]
    fn a_name_that_was_pointed_at_loopback_may_not() {
        assert!(!allowed(&[(header::HOST, "rebound.example.org:8025")]));
        assert!(!allowed(&[(header::HOST, "127.0.0.1.example.org")]));
    }
}
