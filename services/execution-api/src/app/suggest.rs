//! The name that somebody probably meant. Knows nothing of agents but their names.

/// The candidate closest to `asked`, when it is close enough to be worth naming.
pub fn closest<'a>(asked: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let asked = normal(asked);
    // A third of the letters may be wrong: more than that is another word.
    let allowed = (asked.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|name| (distance(&asked, &normal(name)), name))
        .filter(|(edits, name)| *edits <= allowed || shares_a_word(&asked, &normal(name)))
        .min_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)))
        .map(|(_, name)| name)
}

fn normal(name: &str) -> String {
    // Ids are at most 128 characters; whatever else is asked for is not compared further than that.
    name.chars().take(128).map(|c| if c == '-' || c == ' ' { '_' } else { c.to_ascii_lowercase() }).collect()
}

fn shares_a_word(asked: &str, name: &str) -> bool {
    asked
        .split('_')
        .filter(|word| word.len() >= 4 && *word != "agent")
        .any(|word| name.split('_').any(|w| w == word))
}

/// Levenshtein distance by the usual two rows.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROSTER: [&str; 4] = ["data_analyst", "security_expert", "tester", "devops_engineer"];

    fn check(asked: &str, expected: Option<&str>) {
        assert_eq!(closest(asked, ROSTER), expected, "{asked}");
    }

    #[test]
    fn forgives_a_slip_of_the_finger() {
        check("data_anlyst", Some("data_analyst"));
        check("Tester", Some("tester"));
        check("security-expert", Some("security_expert"));
    }

    #[test]
    fn finds_a_name_by_one_of_its_words() {
        check("security_auditor_agent", Some("security_expert"));
    }

    #[test]
    fn stays_silent_when_nothing_is_close() {
        check("astronaut", None);
        check("", None);
    }
}
