//! `Convert 26.2 miles to kilometers`; `how many feet are in 3 metres`.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::json;

use super::{PlannedCall, TaskText, call, dates};

const NUMBER: &str = r"(-?\d[\d,]*(?:\.\d+)?)";
const UNIT: &str = r"([^\d\s,;.?!][^,;.?!\n]*?)";
const END: &str = r"\s*(?:[,;.?!\n]|\band\b|\bfor\b|\bplus\b|\bto the\b|\brounded\b|\bwith\b|\bso\b|$)";

static CONVERT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(r"{NUMBER}\s*{UNIT}\s+(?:to|into|in|as)\s+{UNIT}{END}")).expect("a literal")
});
static HOW_MANY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?i)how (?:many|much)\s+{UNIT}\s+(?:are\s+|is\s+)?(?:there\s+)?(?:in|make up|equals?|is|are)\s+{NUMBER}\s*{UNIT}{END}"
    ))
    .expect("a literal")
});
static VERB: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\bconvert(?:ed|ing)?\b").expect("a literal"));
static PARENTHESES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\([^()]*\)").expect("a literal"));

/// `unit_convert` for every quantity.
pub fn calls(task: &TaskText) -> Vec<PlannedCall> {
    let words = PARENTHESES.replace_all(&task.words, " ");
    let words = dates::blank_out(&words);
    let converted = VERB.find(&words).map(|verb| &words[verb.end()..]).unwrap_or_default();
    let first = CONVERT.captures_iter(converted).map(|f| (f[1].to_owned(), f[2].to_owned(), f[3].to_owned()));
    let second = HOW_MANY.captures_iter(&words).map(|f| (f[2].to_owned(), f[3].to_owned(), f[1].to_owned()));
    first
        .chain(second)
        .map(|(value, from, to)| {
            let value = value.replace(',', "");
            call("unit_convert", json!({ "value": value, "from": from.trim(), "to": to.trim() }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str, &str)]) {
        let found = calls(&TaskText::read(text));
        let found: Vec<_> = found.iter().map(|call| &call.arguments).collect();
        let expected: Vec<_> =
            expected.iter().map(|(v, f, t)| json!({ "value": v, "from": f, "to": t })).collect();
        assert_eq!(found, expected.iter().collect::<Vec<_>>(), "{text}");
    }

    #[test]
    fn quantities_are_read_from_sentences() {
        check("Convert 26.2 miles to kilometers.", &[("26.2", "miles", "kilometers")]);
        check("convert 3,500 km/h into mph", &[("3500", "km/h", "mph")]);
        check("Convert 26.2 miles (a marathon) to km", &[("26.2", "miles", "km")]);
        check("Convert 750 GB to GiB for the storage migration.", &[("750", "GB", "GiB")]);
        check(
            "Convert -40 °F to °C and 5 lb to kg; 2 h to s",
            &[("-40", "°F", "°C"), ("5", "lb", "kg"), ("2", "h", "s")],
        );
        check("How many feet are in 3 metres?", &[("3", "metres", "feet")]);
    }

    #[test]
    fn dates_and_other_questions_are_no_quantities() {
        check("Convert 2026-11-22 to a weekday", &[]);
        check("How many days are there between 2026-03-14 and 2026-12-25?", &[]);
        check("How many people live in Berlin?", &[]);
    }
}
