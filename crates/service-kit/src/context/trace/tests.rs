//! Which headers are continued, and which begin a new trace.

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;

const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn continued(header: &str) -> bool {
    let header = HeaderValue::from_str(header).unwrap();
    let trace = Trace::continue_from(Some(&header), &mut StdRng::seed_from_u64(1));
    trace.trace_id() == "4bf92f3577b34da6a3ce929d0e0e4736"
}

#[test]
fn a_valid_header_is_continued_with_a_span_of_our_own() {
    let header = HeaderValue::from_static(GOOD);
    let ours = Trace::continue_from(Some(&header), &mut StdRng::seed_from_u64(1)).header();
    let ours = ours.to_str().unwrap();
    assert_eq!((&ours[..36], &ours[52..]), (&GOOD[..36], &GOOD[52..]));
    assert_ne!(ours[36..52], GOOD[36..52]);
}

#[test]
fn later_versions_may_be_longer() {
    assert!(continued("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"));
    assert!(!continued("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more"));
}

#[test]
fn anything_else_begins_a_new_trace() {
    for bad in [
        "",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
    ] {
        assert!(!continued(bad), "{bad}");
    }
    let zero = HeaderValue::from_static("00-00000000000000000000000000000000-00f067aa0ba902b7-01");
    let fresh = Trace::continue_from(Some(&zero), &mut StdRng::seed_from_u64(1));
    assert_ne!(fresh.trace_id(), "0".repeat(32));
}
