//! Light stemming of English, so that tests, testing and tester meet. Two words that meet need not be related
//! in every case; that they are compared to a few dozen descriptions only keeps that harmless.

/// Words whose family the suffix rules would miss or mix up.
const IRREGULAR: [(&str, &str); 27] = [
    ("analysis", "analy"),
    ("analyses", "analy"),
    ("analyze", "analy"),
    ("analyzes", "analy"),
    ("analyzed", "analy"),
    ("analyzing", "analy"),
    ("analyzer", "analy"),
    ("analyse", "analy"),
    ("analysed", "analy"),
    ("analysing", "analy"),
    ("analyst", "analy"),
    ("analysts", "analy"),
    ("analytics", "analy"),
    ("analytic", "analy"),
    ("analytical", "analy"),
    ("author", "author"),
    ("authors", "author"),
    ("customer", "customer"),
    ("customers", "customer"),
    ("general", "general"),
    ("generally", "general"),
    ("indices", "index"),
    ("vertices", "vertex"),
    ("written", "writ"),
    ("wrote", "writ"),
    ("built", "build"),
    ("signal", "signal"),
];

/// Suffix and how many letters must remain before it; longer ones first.
const SUFFIXES: [(&str, usize); 27] = [
    ("ization", 4),
    ("isation", 4),
    ("ability", 4),
    ("ibility", 4),
    ("ational", 4),
    ("ation", 4),
    ("ating", 4),
    ("izing", 4),
    ("ising", 4),
    ("ated", 4),
    ("ator", 4),
    ("ized", 4),
    ("ised", 4),
    ("able", 4),
    ("ible", 4),
    ("ment", 4),
    ("ness", 4),
    ("ity", 4),
    ("ate", 4),
    ("ize", 4),
    ("ise", 4),
    ("ing", 3),
    ("ion", 4),
    ("ly", 4),
    ("ed", 3),
    ("er", 3),
    ("or", 4),
];

/// The stem of a folded, lower-case word; words that are not plain ASCII letters stay as they are.
pub(crate) fn stem(word: &str) -> String {
    if word.len() <= 3 || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return word.to_owned();
    }
    if let Some((_, stem)) = IRREGULAR.iter().find(|(irregular, _)| *irregular == word) {
        return (*stem).to_owned();
    }
    let mut rest = singular(word);
    while let Some(shorter) = without_suffix(&rest) {
        rest = shorter;
    }
    trim_end(rest)
}

fn singular(word: &str) -> String {
    let Some(base) = word.strip_suffix('s') else { return word.to_owned() };
    if base.ends_with(['s', 'u', 'i']) {
        return word.to_owned();
    }
    if let Some(base) = base.strip_suffix("ie").filter(|base| base.len() >= 3) {
        return format!("{base}y");
    }
    match base.strip_suffix('e') {
        Some(root) if ["ss", "ch", "sh", "x", "zz"].iter().any(|end| root.ends_with(end)) => root.to_owned(),
        _ => base.to_owned(),
    }
}

fn without_suffix(word: &str) -> Option<String> {
    let strips = |(suffix, remaining): &(&str, usize)| {
        word.strip_suffix(suffix)
            .filter(|rest| rest.len() >= *remaining && has_vowel(rest) && ends_well(rest, suffix))
    };
    let rest = SUFFIXES.iter().find_map(strips).or_else(|| without_al(word))?;
    Some(undoubled(rest).to_owned())
}

fn without_al(word: &str) -> Option<&str> {
    word.strip_suffix("al").filter(|rest| rest.len() >= 4 && has_vowel(rest))
}

/// `speed` is not `spe` + `ed`, and `region` is not `reg` + `ion`: only -sion and -tion are endings.
fn ends_well(rest: &str, suffix: &str) -> bool {
    match suffix {
        "ed" | "er" => !rest.ends_with('e'),
        "ion" => rest.ends_with(['s', 't']),
        _ => true,
    }
}

fn has_vowel(rest: &str) -> bool {
    rest.bytes().any(|b| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u' | b'y'))
}

fn undoubled(rest: &str) -> &str {
    let bytes = rest.as_bytes();
    match bytes {
        [.., a, b] if a == b && !matches!(b, b'l' | b's' | b'z' | b'e' | b'o') && bytes.len() > 3 => {
            &rest[..rest.len() - 1]
        }
        _ => rest,
    }
}

fn trim_end(mut word: String) -> String {
    if word.len() > 3 && word.ends_with(['e', 'y', 'i']) && !word.ends_with("oy") && !word.ends_with("ay") {
        word.pop();
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(family: &[&str]) {
        for word in family {
            assert_eq!(stem(word), stem(family[0]), "{word} and {}", family[0]);
        }
    }

    #[test]
    fn families_meet() {
        check(&["test", "tests", "testing", "tested", "tester", "testers"]);
        check(&["deploy", "deploys", "deployed", "deploying", "deployment", "deployments"]);
        check(&["secure", "security", "secured"]);
        check(&["document", "documents", "documentation", "documenting"]);
        check(&["vulnerability", "vulnerabilities", "vulnerable"]);
        check(&["query", "queries", "querying"]);
        check(&["optimize", "optimization", "optimizing", "optimise", "optimised"]);
        check(&["migrate", "migration", "migrations", "migrating"]);
        check(&["visualize", "visualization", "visual"]);
        check(&["write", "writes", "writing", "writer", "written"]);
        check(&["audit", "audits", "auditing", "auditor"]);
        check(&["plan", "plans", "planning", "planned", "planner"]);
        check(&["develop", "developer", "development"]);
        check(&["translate", "translation", "translator"]);
        check(&["automate", "automation", "automated", "automating"]);
        check(&["summary", "summaries", "summarize"]);
        check(&["analysis", "analyze", "analyst", "analytics"]);
        check(&["database", "databases"]);
        check(&["refactor", "refactoring", "refactored"]);
        check(&["engage", "engagement"]);
        check(&["box", "boxes"]);
    }

    #[test]
    fn different_words_stay_apart() {
        for (a, b) in [
            ("user", "use"),
            ("general", "generate"),
            ("author", "auth"),
            ("customer", "custom"),
            ("string", "stress"),
            ("speed", "special"),
            ("status", "state"),
            ("redis", "red"),
            ("number", "name"),
            ("fibonacci", "ci"),
        ] {
            assert_ne!(stem(a), stem(b), "{a} and {b}");
        }
    }

    #[test]
    fn short_and_foreign_words_stay() {
        for word in ["css", "aws", "api", "k8s", "c++", "проверь"] {
            assert_eq!(stem(word), word);
        }
    }
}
