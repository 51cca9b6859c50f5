//! E-mail addresses.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    // Longest parts as in RFC 5321; letters of all scripts, as in RFC 6531.
    let expression = r"[\p{L}\p{N}._%+'-]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.){1,8}\p{L}{2,24}";
    Regex::new(expression).expect("the expression is fixed and a test uses it")
});

pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    if !text.contains('@') {
        return Vec::new();
    }
    EMAIL.find_iter(text).map(|found| found.range()).collect()
}
