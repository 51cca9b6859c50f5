//! The checks on the head of a request: who calls, how often, whether they may, and until when they wait.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Request, header};
use rand::Rng;
use tokio::time::Instant;
use uuid::Uuid;

use super::{KitState, browser};
use crate::access::{Caller, KEY_PREFIX, Role, Rule};
use crate::clock;
use crate::config::AuthMode;
use crate::connection;
use crate::context::{Context, TRACEPARENT, Trace, X_DEADLINE_MS, X_REQUEST_ID};
use crate::events::socket;
use crate::problem::Problem;

/// What the checks found. The context is there for refused calls too: their answers carry its ids.
pub(super) struct Admitted {
    pub(super) context: Context,
    pub(super) refused: Option<Problem>,
}

pub(super) fn admit<B>(kit: &KitState, rule: Rule, request: &Request<B>) -> Admitted {
    let headers = request.headers();
    let mut rng = rand::rng();
    let (caller, refused) = match who(kit, rule, headers) {
        Ok(caller) => (caller, None),
        Err(problem) => (None, Some(problem)),
    };
    let context = Context {
        request_id: request_id(headers, &mut rng),
        trace: Trace::continue_from(headers.get(TRACEPARENT), &mut rng),
        deadline: Instant::now() + allowed_time(kit, rule, headers),
        caller,
        limits: Arc::clone(&kit.limits),
    };
    Admitted { context, refused }
}

/// The caller's id when it is one that logs and headers can carry, else a new one that sorts by time.
fn request_id(headers: &HeaderMap, rng: &mut impl Rng) -> HeaderValue {
    match headers.get(X_REQUEST_ID) {
        Some(id) if is_good_id(id.as_bytes()) => id.clone(),
        _ => new_id(rng),
    }
}

fn is_good_id(id: &[u8]) -> bool {
    let good = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(byte);
    !id.is_empty() && id.len() <= 128 && id.iter().all(good)
}

fn new_id(rng: &mut impl Rng) -> HeaderValue {
    let mut random = [0; 10];
    rng.fill_bytes(&mut random);
    let millis = u64::try_from(clock::now_micros() / 1000).unwrap_or_default();
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
    let text = &mut Uuid::encode_buffer();
    HeaderValue::from_str(id.hyphenated().encode_lower(text))
        .expect("a UUID is hexadecimal digits and dashes")
}

/// The shorter of what the route allows and what the caller says it still waits.
fn allowed_time(kit: &KitState, rule: Rule, headers: &HeaderMap) -> Duration {
    let ours = rule.timeout.unwrap_or_else(|| kit.limits.request_timeout());
    let theirs = headers
        .get(X_DEADLINE_MS)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .map(Duration::from_millis);
    theirs.map_or(ours, |theirs| theirs.min(ours))
}

/// Who calls, when they may; `None` for callers of open routes and anonymous ones that are welcome.
fn who(kit: &KitState, rule: Rule, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
    let shown = shown_key(headers);
    let caller = shown.and_then(|key| kit.keys.caller(key));
    let address = address(headers, kit.limits.proxies);
    if rule.role.is_some() {
        kit.rates.check(caller.as_ref(), address)?;
    }
    match (rule.role, caller, shown) {
        (None, caller, _) => Ok(caller),
        (Some(needed), Some(caller), _) => may(caller, needed).map(Some),
        // In mode "off" something in front may use the same header for its own keys.
        (Some(_), None, _) if kit.auth == AuthMode::Off => Ok(None),
        // Clients of model providers always show some key of theirs. Where none of ours was ever made it proves nothing: the
        // caller is whoever may use this machine, as without it. One that looks like ours was revoked, and is refused.
        (Some(_), None, Some(key))
            if kit.auth == AuthMode::Loopback
                && is_loopback(address)
                && kit.keys.is_empty()
                && !key.starts_with(KEY_PREFIX.as_bytes()) =>
        {
            browser::refuse_other_sites(headers).map(|()| None)
        }
        (Some(_), None, Some(_)) => {
            Err(Problem::unauthorized("this API key is not valid; it may have been revoked"))
        }
        (Some(_), None, None) if kit.auth == AuthMode::Loopback && is_loopback(address) => {
            browser::refuse_other_sites(headers).map(|()| None)
        }
        (Some(_), None, None) => Err(Problem::unauthorized(
            "show an API key: Authorization: Bearer al_… (lightning key create makes one)",
        )),
    }
}

fn may(caller: Caller, needed: Role) -> Result<Caller, Problem> {
    if caller.role >= needed {
        return Ok(caller);
    }
    Err(Problem::forbidden(format!(
        "this needs the role {needed}; the key {} is a {}",
        caller.id, caller.role
    )))
}

fn shown_key(headers: &HeaderMap) -> Option<&[u8]> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| {
        let (scheme, key) = value.as_bytes().split_at_checked(b"Bearer ".len())?;
        scheme.eq_ignore_ascii_case(b"Bearer ").then(|| key.trim_ascii())
    });
    let header = bearer.or_else(|| headers.get("x-api-key").map(HeaderValue::as_bytes));
    header.or_else(|| socket::shown_key(headers))
}

/// The connection's other end, or what the nearest trusted proxies say it was for them.
fn address(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let peer = connection::peer().map(|peer| peer.to_canonical());
    let Some(nth) = proxies.checked_sub(1) else { return peer };
    let forwarded = headers.get_all("x-forwarded-for").into_iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<_> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    hops.iter().rev().nth(nth).and_then(|hop| hop.parse().ok()).or(peer)
}

/// Without a connection the caller is in this process.
fn is_loopback(address: Option<IpAddr>) -> bool {
    address.is_none_or(|address| address.is_loopback())
}
