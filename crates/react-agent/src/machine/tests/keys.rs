//! Which key a call has, and when it is that of a call before.

use super::*;

const SEND: (&str, &str) = ("send", r#"{"to":"a"}"#);

/// The keys of the calls that are to be made now.
fn keys(machine: &Machine) -> Vec<String> {
    calls(machine).into_iter().map(|call| call.key).collect()
}

fn keys_of(machine: &mut Machine, calls: &[(&str, &str)]) -> Vec<String> {
    says(machine, None, calls);
    keys(machine)
}

fn key(step: u32) -> String {
    crate::idempotency_key("t1", step, "send", &json!({"to": "a"}))
}

#[test]
fn a_keyed_call_that_went_unanswered_has_the_same_key_when_it_is_made_again() {
    for code in [ToolErrorCode::Deadline, ToolErrorCode::Unavailable] {
        let mut m = machine();
        says(&mut m, None, &[SEND]);
        for step in [2, 4] {
            assert_eq!(keys(&m), [key(2)]);
            goes_wrong(&mut m, step, code);
            says(&mut m, None, &[("send", r#"{ "to": "a" }"#)]);
        }
        assert_eq!(keys(&m), [key(2)]);
        observes(&mut m, 6, "sent");
        says(&mut m, None, &[SEND]);
        assert_eq!(keys(&m), [key(8)], "it was answered: this is another effect");
    }
}

#[test]
fn a_call_that_was_answered_or_differs_has_a_key_of_its_own() {
    let mut m = machine();
    says(&mut m, None, &[SEND]);
    goes_wrong(&mut m, 2, ToolErrorCode::ToolFailed);
    says(&mut m, None, &[SEND, ("send", r#"{"to":"b"}"#), ("add", "{}")]);
    assert_eq!(keys(&m)[0], key(4), "a no is an answer");
    for step in [4, 5, 6] {
        goes_wrong(&mut m, step, ToolErrorCode::Deadline);
    }
    let own = |step, tool, arguments| crate::idempotency_key("t1", step, tool, &arguments);
    let made = keys_of(&mut m, &[("send", r#"{"to":"c"}"#), ("add", "{}")]);
    assert_eq!(made, [own(8, "send", json!({"to": "c"})), own(9, "add", json!({}))]);
}

#[test]
fn two_unanswered_calls_of_one_thought_stay_two() {
    let mut m = machine();
    assert_eq!(keys_of(&mut m, &[SEND, SEND]), [key(2), key(3)]);
    goes_wrong(&mut m, 3, ToolErrorCode::Deadline);
    goes_wrong(&mut m, 2, ToolErrorCode::Deadline);
    assert_eq!(keys_of(&mut m, &[SEND, SEND, SEND]), [key(2), key(3), key(7)]);
}

#[test]
fn a_call_that_a_person_refuses_leaves_the_one_before_unanswered() {
    let mut m = machine();
    says(&mut m, None, &[SEND]);
    goes_wrong(&mut m, 2, ToolErrorCode::Deadline);
    says(&mut m, None, &[SEND]);
    goes_wrong(&mut m, 4, ToolErrorCode::Denied);
    assert_eq!(keys_of(&mut m, &[SEND]), [key(2)]);
}
