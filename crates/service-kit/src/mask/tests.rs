//! What is masked, and what is left alone.

use super::*;

fn check(text: &str, masked: &str) {
    assert_eq!(mask(text), masked);
}

fn untouched(text: &str) {
    assert!(matches!(mask(text), Cow::Borrowed(_)), "{text} became {}", mask(text));
}

#[test]
fn masks_email_addresses() {
    check("write to jane.doe+x@mail.example.org today", "write to [email] today");
    check(r#"{"to":"a@b.de","cc":"C_D@sub.example.museum"}"#, r#"{"to":"[email]","cc":"[email]"}"#);
    check("Grüße an jürgen@müller.de!", "Grüße an [email]!");
}

#[test]
fn leaves_things_with_an_at_sign_alone() {
    untouched("crate@1.2.3, @mention, a @ b, user@localhost");
}

#[test]
fn masks_card_numbers_of_all_lengths_and_groupings() {
    for card in [
        "4111111111111111",
        "4111 1111 1111 1111",
        "5500-0000-0000-0004",
        "378282246310005",
        "3782 822463 10005",
    ] {
        check(&format!("card {card}."), "card [card].");
    }
}

#[test]
fn finds_a_card_next_to_other_numbers() {
    check("2 4111 1111 1111 1111 12/27", "2 [card] 12/27");
}

#[test]
fn leaves_numbers_that_are_no_cards_alone() {
    untouched("4111111111111112");
    untouched("order 12345678901234567890123");
    untouched(r#"{"at_us":1763820000123456,"took_us":4111}"#);
    untouched("x4111111111111111");
    untouched("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
}

#[test]
fn masks_ibans_with_and_without_spaces() {
    check("to DE89370400440532013000 now", "to [iban] now");
    check("to DE89 3704 0044 0532 0130 00 and then", "to [iban] and then");
    check("GB82 WEST 1234 5698 7654 32", "[iban]");
    check("NO93 8601 1117 947", "[iban]");
}

#[test]
fn leaves_words_with_wrong_check_digits_alone() {
    untouched("DE88370400440532013000");
    untouched("AB12CDEF0123456789");
}

#[test]
fn masks_phone_numbers() {
    for phone in [
        "+49 151 23456789",
        "+1-555-123-4567",
        "+44 (0)20 7946 0958",
        "0044 20 7946 0958",
        "(555) 123-4567",
        "555-123-4567",
    ] {
        check(&format!("call {phone}!"), "call [phone]!");
    }
    check("Tel. 030 12345678, mobil 0151/23456789", "Tel. [phone], mobil [phone]");
}

#[test]
fn leaves_times_versions_and_ids_alone() {
    untouched("2026-11-22T14:26:53.123456Z took 12.345 ms");
    untouched("127.0.0.1:8025 and 192.168.100.200, version 10.0.26100.4652");
    untouched("0193f3a1-7c2b-7d4e-8f00-123456789012");
    untouched("01934512-0151-7234-8f00-123456789012");
    untouched("rows 100-200 of 1000000, +5 points, 0.25-0.75");
    untouched("task_1763820000");
}

#[test]
fn masks_keys_by_their_shape() {
    let ours = format!("al_{}", "x".repeat(43));
    for key in [
        ours.as_str(),
        "sk-ant-api03-abcdefghijklmnop",
        "sk-proj-abcdefghijklmnop1234",
        "AKIAIOSFODNN7EXAMPLE",
    ] {
        check(&format!("key={key}"), "key=[key]");
    }
    check("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "[key]");
}

#[test]
fn masks_keys_by_what_stands_before_them() {
    check("Authorization: Bearer abcdefghijklmnopqrst", "Authorization: Bearer [key]");
    check(r#"{"api_key":"hunter22","x":1}"#, r#"{"api_key":"[key]","x":1}"#);
    check(r#"{"body":"{\"db_password\": \"hunter22\"}"}"#, r#"{"body":"{\"db_password\": \"[key]\"}"}"#);
    check("postgres://app:s3cret@db:5432/x", "postgres://app:[key]@db:5432/x");
    check("INFLUXDB_TOKEN=abcdef123456", "INFLUXDB_TOKEN=[key]");
}

#[test]
fn leaves_talk_about_keys_alone() {
    untouched("the token budget is 1000; tokens_in=20 max_tokens=400");
    untouched("sk-1, al_short, bearer of bad news");
}

#[test]
fn masks_everything_in_one_line() {
    check("a@b.de 4111111111111111 +4915123456789", "[email] [card] [phone]");
}

/// No timing here: the work is counted by a text whose masking would not end if it grew with the square of the length.
#[test]
fn long_hostile_texts_are_done() {
    for piece in ["a@", "1 ", "1-", "DE89 ", "+1", "eyJ", "al_", "://:", "password=", "0(", "a.", "@", "1"] {
        drop(mask(&piece.repeat(10_000)));
    }
}
