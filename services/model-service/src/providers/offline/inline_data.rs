//! Data without a fence or without a tag: JSON and CSV are recognised by their form.

use serde_json::Value;

use super::task_text::Block;

/// Gives a fence without a tag the tag that its content shows.
pub fn name_untagged(tag: String, body: String) -> Block {
    let tag = match tag.as_str() {
        "" if serde_json::from_str::<Value>(&body).is_ok_and(|v| v.is_object() || v.is_array()) => {
            "json".into()
        }
        "" if is_table(&body.lines().collect::<Vec<_>>()) => "csv".into(),
        "" => "text".into(),
        _ => tag,
    };
    Block { tag, body }
}

/// Finds a JSON document or a table in running text; also returns the text without it.
pub fn find(text: &str) -> Option<(Block, String)> {
    find_json(text).or_else(|| find_table(text))
}

fn find_json(text: &str) -> Option<(Block, String)> {
    // Only the first few brackets are tried: a text full of them must not cost the square of its length.
    for (at, _) in text.match_indices(['{', '[']).take(8) {
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>();
        let Some(Ok(value)) = values.next() else { continue };
        let end = at + values.byte_offset();
        let is_document = value.is_object() || value.as_array().is_some_and(|items| !items.is_empty());
        if is_document && !touches_backtick(text, at, end) {
            let block = Block { tag: "json".into(), body: text[at..end].to_owned() };
            return Some((block, format!("{} {}", &text[..at], &text[end..])));
        }
    }
    None
}

fn touches_backtick(text: &str, at: usize, end: usize) -> bool {
    // An odd number of backticks before it: it stands inside a span such as `$.a[0]`.
    text[..at].matches('`').count() % 2 == 1 && text[end..].contains('`')
}

fn find_table(text: &str) -> Option<(Block, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let start = (0..lines.len()).find(|&start| is_table(&lines[start..]) && start > 0)?;
    let delimiter = delimiter_of(lines[start])?;
    let fields = lines[start].matches(delimiter).count();
    let rows = lines[start..].iter().take_while(|line| line.matches(delimiter).count() == fields).count();
    let block = Block { tag: "csv".into(), body: lines[start..start + rows].join("\n") };
    let rest = [&lines[..start], &lines[start + rows..]].concat().join("\n");
    Some((block, rest))
}

/// A header and at least two rows with the same number of delimiters and no sentence among them.
fn is_table(lines: &[&str]) -> bool {
    let Some(delimiter) = lines.first().copied().and_then(delimiter_of) else { return false };
    let fields = lines[0].matches(delimiter).count();
    let rows = lines.iter().take_while(|line| line.matches(delimiter).count() == fields).count();
    rows >= 3 && !lines[0].ends_with(['.', ':', '?'])
}

fn delimiter_of(line: &str) -> Option<char> {
    [',', ';', '\t', '|'].into_iter().find(|delimiter| line.contains(*delimiter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_in_a_sentence_is_found_and_cut_out() {
        let (block, rest) = find("How many items has {\"a\":[1,2]} at `$.a[*]`?").unwrap();
        assert_eq!((block.tag.as_str(), block.body.as_str()), ("json", "{\"a\":[1,2]}"));
        assert!(!rest.contains('{'));
    }

    #[test]
    fn a_path_in_backticks_is_no_document() {
        assert!(find("What is `$.a[0]` here?").is_none());
    }

    #[test]
    fn a_table_below_a_sentence_is_found() {
        let (block, rest) = find("Describe this:\nname,age\nann,3\nbob,4\nThanks").unwrap();
        assert_eq!(block.body, "name,age\nann,3\nbob,4");
        assert_eq!(rest, "Describe this:\nThanks");
    }

    #[test]
    fn prose_with_commas_is_no_table() {
        assert!(find("Dear all,\nplease come, all of you,\nand bring bread").is_none());
    }
}
