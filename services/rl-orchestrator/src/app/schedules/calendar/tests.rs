use super::*;

fn calendar(cron: &str, zone: &str) -> Calendar {
    Calendar::new(Calendar::cron(cron).unwrap(), Calendar::zone(zone).unwrap(), None, None)
}

fn at(text: &str) -> Micros {
    service_api::from_rfc3339(text).unwrap()
}

#[track_caller]
fn check(cron: &str, zone: &str, from: &str, firings: &[&str]) {
    let calendar = calendar(cron, zone);
    let found: Vec<_> =
        calendar.following(at(from), firings.len()).iter().map(|at| calendar.written(*at)).collect();
    assert_eq!(found, firings, "{cron} in {zone}");
}

#[test]
fn expressions_have_five_fields_or_six() {
    check(
        "30 6 * * MON-FRI",
        "UTC",
        "2026-01-02T06:30:00Z",
        &["2026-01-05T06:30:00Z", "2026-01-06T06:30:00Z"],
    );
    check("*/20 * * * * *", "UTC", "2026-01-02T06:30:01Z", &["2026-01-02T06:30:20Z", "2026-01-02T06:30:40Z"]);
    check("0 12 L * *", "UTC", "2026-02-01T00:00:00Z", &["2026-02-28T12:00:00Z", "2026-03-31T12:00:00Z"]);
    check("@daily", "UTC", "2026-02-01T00:00:00Z", &["2026-02-02T00:00:00Z"]);
}

#[test]
fn a_fixed_time_in_the_gap_of_spring_fires_right_after_it() {
    let firings = ["2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"];
    check("30 2 * * *", "Europe/Vienna", "2026-03-27T12:00:00Z", &firings);
}

#[test]
fn a_fixed_time_that_comes_twice_in_autumn_fires_once() {
    let firings = ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"];
    check("30 2 * * *", "Europe/Vienna", "2026-10-24T12:00:00Z", &firings);
}

#[test]
fn every_hour_is_every_hour_when_the_clocks_change() {
    let spring = ["2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-29T04:00:00+02:00"];
    check("0 * * * *", "Europe/Vienna", "2026-03-28T23:30:00Z", &spring);
    let autumn = ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"];
    check("0 * * * *", "Europe/Vienna", "2026-10-24T23:30:00Z", &autumn);
}

/// Catching up looks back, firing looks forward: were they of two minds, a firing would be lost or come twice.
#[test]
fn looking_back_finds_what_looking_forward_finds() {
    let crons = [
        "0 * * * *",
        "*/15 * * * *",
        "30 2 * * *",
        "0 3 * * SUN",
        "15,45 1-3 * * *",
        "0 0 1 * *",
        "10 2 L * *",
    ];
    for zone in ["Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "UTC", "America/Sao_Paulo"] {
        for cron in crons {
            let calendar = calendar(cron, zone);
            let mut now = at("2026-01-01T00:00:00Z");
            for _ in 0..3_000 {
                let Some(next) = calendar.next_after(now).filter(|next| *next < at("2027-01-01T00:00:00Z"))
                else {
                    break;
                };
                assert!(next > now);
                assert_eq!(
                    calendar.last_until(next),
                    Some(next),
                    "{cron} in {zone} at {}",
                    calendar.written(next)
                );
                let last = calendar.last_until(Micros(next.0 - 1)).unwrap();
                assert_eq!(
                    calendar.next_after(last),
                    Some(next),
                    "{cron} in {zone} before {}",
                    calendar.written(next)
                );
                now = next;
            }
        }
    }
}

#[test]
fn start_and_end_are_part_of_the_time() {
    let bounded = Calendar {
        starts_at: Some(at("2026-01-01T12:00:00Z")),
        ends_at: Some(at("2026-01-01T14:00:00Z")),
        ..calendar("0 * * * *", "UTC")
    };
    let all = ["2026-01-01T12:00:00Z", "2026-01-01T13:00:00Z", "2026-01-01T14:00:00Z"].map(at);
    assert_eq!(bounded.following(at("2020-01-01T00:00:00Z"), 9), all);
    assert_eq!(bounded.last_until(at("2026-01-01T11:59:59Z")), None);
    assert_eq!(bounded.last_until(at("2030-01-01T00:00:00Z")), Some(all[2]));
}

#[test]
fn what_never_fires_is_found_out() {
    for cron in ["0 0 31 2 *", "0 0 30 FEB *", "0 0 0 1 1 * 2020"] {
        assert_eq!(calendar(cron, "UTC").next_after(at("2026-01-01T00:00:00Z")), None, "{cron}");
    }
}

#[test]
fn nonsense_is_refused() {
    for cron in
        ["", " ", "* * * *", "61 * * * *", "* * * * * * * *", "every day", "0 0 * * MONTAG", &"*".repeat(201)]
    {
        assert!(Calendar::cron(cron).is_err(), "{cron}");
    }
    for zone in ["", "Vienna", "Mars/Olympus", "+02:00"] {
        assert!(Calendar::zone(zone).is_err(), "{zone}");
    }
}

#[test]
fn the_shortest_gap_is_seen_even_when_it_is_rare() {
    let from = at("2026-01-01T00:00:00Z");
    for (cron, gap) in [
        ("* * * * *", 60_000),
        ("0,1 0 0 * * *", 1_000),
        ("59,0 59,0 * * * *", 1_000),
        ("0 6 * * *", 86_400_000),
    ] {
        assert_eq!(calendar(cron, "UTC").shortest_gap_ms(from), Some(gap), "{cron}");
    }
    assert_eq!(calendar("0 0 29 2 *", "UTC").shortest_gap_ms(from), None);
}
