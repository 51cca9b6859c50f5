//! From Prometheus's text to InfluxDB's line protocol: `name{a="b"} 1` becomes `name,a=b value=1 <milliseconds>`.

/// Converts a whole page of samples; comments are left out, and so are values InfluxDB cannot hold.
pub(super) fn lines(prometheus: &str, unix_ms: i64) -> String {
    let mut lines = String::with_capacity(prometheus.len());
    for sample in prometheus.lines().filter(|line| !line.starts_with('#')) {
        if let Some(line) = line(sample) {
            lines.push_str(&line);
            lines.push_str(&format!(" {unix_ms}\n"));
        }
    }
    lines
}

fn line(sample: &str) -> Option<String> {
    let (series, value) = sample.rsplit_once(' ')?;
    let value: f64 = value.parse().ok().filter(|value: &f64| value.is_finite())?;
    let (name, labels) = match series.split_once('{') {
        Some((name, rest)) => (name, rest.strip_suffix('}')?),
        None => (series, ""),
    };
    let mut line = escape(name);
    for (label, text) in pairs(labels)? {
        // An empty tag value is not allowed, and means the same as no tag.
        if !text.is_empty() {
            line.push_str(&format!(",{}={}", escape(label), escape(&text)));
        }
    }
    line.push_str(&format!(" value={value}"));
    Some(line)
}

/// `a="b",c="d\"e"`
fn pairs(labels: &str) -> Option<Vec<(&str, String)>> {
    let mut pairs = Vec::new();
    let mut rest = labels.trim_end_matches(',');
    while !rest.is_empty() {
        let (label, after) = rest.split_once("=\"")?;
        let (text, after) = quoted(after)?;
        pairs.push((label, text));
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    Some(pairs)
}

/// The text up to the closing quote, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut plain = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((plain, &text[at + 1..])),
            '\\' => match characters.next()?.1 {
                'n' => plain.push(' '),
                other => plain.push(other),
            },
            other => plain.push(other),
        }
    }
    None
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, ',' | '=' | ' ') {
            escaped.push('\\');
        }
        escaped.push(if character == '\n' { ' ' } else { character });
    }
    // A backslash at the end would escape what follows.
    if escaped.ends_with('\\') { escaped + " " } else { escaped }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(prometheus: &str, influx: &str) {
        assert_eq!(lines(prometheus, 5), influx);
    }

    #[test]
    fn samples_become_lines() {
        check("up 1\n", "up value=1 5\n");
        check("calls{route=\"/a\",status=\"200\"} 3\n", "calls,route=/a,status=200 value=3 5\n");
    }

    #[test]
    fn characters_with_a_meaning_are_escaped() {
        check("c{a=\"x, y=z\"} 1.5\n", "c,a=x\\,\\ y\\=z value=1.5 5\n");
        check("c{a=\"say \\\"hi\\\"}\"} 1\n", "c,a=say\\ \"hi\"} value=1 5\n");
    }

    #[test]
    fn comments_and_values_without_a_number_are_left_out() {
        check("# TYPE up gauge\nx NaN\ny{le=\"+Inf\"} +Inf\n\n", "");
    }

    #[test]
    fn empty_labels_are_left_out() {
        check("c{a=\"\",b=\"1\"} 1\n", "c,b=1 value=1 5\n");
    }
}
