//! Keys and passwords: by the shape of well-known keys, after `Bearer`, in URLs, and by the name in front of them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// The group `secret` is what is replaced.
static SECRETS: LazyLock<Regex> = LazyLock::new(|| {
    let shapes = [
        r"al_[0-9A-Za-z]{20,}",                                     // ours
        r"sk-[0-9A-Za-z_-]{16,}",                                   // OpenAI, Anthropic
        r"xai-[0-9A-Za-z]{20,}",                                    // xAI
        r"gh[pousr]_[0-9A-Za-z]{20,}",                              // GitHub
        r"github_pat_[0-9A-Za-z_]{20,}",                            // GitHub
        r"glpat-[0-9A-Za-z_-]{16,}",                                // GitLab
        r"xox[abprs]-[0-9A-Za-z-]{10,}",                            // Slack
        r"(?:AKIA|ASIA)[0-9A-Z]{16}",                               // AWS
        r"AIza[0-9A-Za-z_-]{30,}",                                  // Google
        r"hf_[0-9A-Za-z]{20,}",                                     // Hugging Face
        r"eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]+", // JSON Web Token
    ];
    let shapes = shapes.join("|");
    let expression = [
        format!(r"\b(?P<shape>{shapes})"),
        r"(?i:\b(?:bearer|token|basic))\s+(?P<bearer>[0-9A-Za-z._~+/=-]{16,})".to_owned(),
        r"://[^\s:/@]{0,100}:(?P<url>[^\s/@]{1,200})@".to_owned(),
        r#"(?i:\b(?:[a-z0-9_-]{0,40}[_-])?(?:password|passwd|secret|api_?-?key|access_token|token))\\?["']?\s?[:=]\s?\\?["']?(?P<named>[^\s"'\\,;&}\[]{6,})"#.to_owned(),
    ];
    Regex::new(&expression.join("|")).expect("the expression is fixed and a test uses it")
});

const GROUPS: [&str; 4] = ["shape", "bearer", "url", "named"];

pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let secret = |found: regex::Captures<'_>| {
        GROUPS.iter().find_map(|group| found.name(group)).map(|secret| secret.range())
    };
    SECRETS.captures_iter(text).filter_map(secret).collect()
}
