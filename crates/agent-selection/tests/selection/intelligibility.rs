//! What counts as saying something, over many texts of many kinds.

use agent_selection::RosterIndex;

pub const INTELLIGIBLE: &str = include_str!("data/intelligible.txt");
pub const GIBBERISH: &str = include_str!("data/gibberish.txt");

pub fn texts(list: &str) -> impl Iterator<Item = String> + '_ {
    list.lines().filter(|line| !line.starts_with("# ")).map(|line| line.replace("\\n", "\n"))
}

fn judged_otherwise(list: &str, says_something: bool) -> Vec<String> {
    let roster = RosterIndex::new(Vec::new());
    let verdict = |text: &String| roster.intelligibility(text);
    texts(list)
        .filter(|text| (verdict(text) > 0.5) != says_something)
        .map(|text| format!("{:.3} {text:?}", verdict(&text)))
        .collect()
}

#[test]
fn accepts_languages_code_and_figures() {
    assert!(texts(INTELLIGIBLE).count() >= 90);
    let refused = judged_otherwise(INTELLIGIBLE, true);
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn refuses_gibberish() {
    assert!(texts(GIBBERISH).count() >= 50);
    let accepted = judged_otherwise(GIBBERISH, false);
    assert!(accepted.is_empty(), "{accepted:#?}");
}
