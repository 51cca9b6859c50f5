//! Ends an answer at the texts that the caller named, also where one is spread over several pieces.

/// Holds back what may be the beginning of a stop text.
pub(crate) struct StopTexts<'a> {
    texts: Vec<&'a str>,
    held: String,
}

/// What may be passed on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Passed {
    /// Text in front of any stop text.
    pub text: String,
    /// Whether the answer ends here.
    pub ended: bool,
}

impl<'a> StopTexts<'a> {
    pub(crate) fn new(texts: &'a [String]) -> Self {
        Self {
            texts: texts.iter().map(String::as_str).filter(|text| !text.is_empty()).collect(),
            held: String::new(),
        }
    }

    /// Takes the next piece.
    pub(crate) fn push(&mut self, piece: &str) -> Passed {
        self.held.push_str(piece);
        if let Some(at) = self.texts.iter().filter_map(|text| self.held.find(text)).min() {
            self.held.truncate(at);
            return Passed { text: std::mem::take(&mut self.held), ended: true };
        }
        let keep = self.texts.iter().map(|text| overlap(&self.held, text)).max().unwrap_or(0);
        let rest = self.held.split_off(self.held.len() - keep);
        Passed { text: std::mem::replace(&mut self.held, rest), ended: false }
    }

    /// What was held back, when the answer ended for another reason.
    pub(crate) fn finish(self) -> String {
        self.held
    }
}

/// How many bytes at the end of `text` are a beginning of `stop`.
fn overlap(text: &str, stop: &str) -> usize {
    let starts = stop.char_indices().map(|(i, _)| i).skip(1);
    starts.filter(|n| text.ends_with(&stop[..*n])).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(stop: &[&str], pieces: &[&str]) -> (String, bool) {
        let stop: Vec<String> = stop.iter().map(|text| (*text).to_owned()).collect();
        let mut watch = StopTexts::new(&stop);
        let mut all = String::new();
        for piece in pieces {
            let passed = watch.push(piece);
            all.push_str(&passed.text);
            if passed.ended {
                return (all, true);
            }
        }
        (all + &watch.finish(), false)
    }

    #[test]
    fn a_stop_text_over_several_pieces_ends_the_answer_in_front_of_it() {
        assert_eq!(passed(&["END"], &["on", "e E", "N", "D two"]), ("one ".to_owned(), true));
        assert_eq!(passed(&["b", "ab"], &["xab"]), ("x".to_owned(), true));
        assert_eq!(passed(&["ö!"], &["schö", "ö", "!"]), ("schö".to_owned(), true));
    }

    #[test]
    fn what_only_looked_like_one_is_passed_on() {
        assert_eq!(passed(&["END"], &["the E", "N", "d"]), ("the ENd".to_owned(), false));
        assert_eq!(passed(&["END"], &["EN"]), ("EN".to_owned(), false));
        assert_eq!(passed(&[], &["a", "b"]), ("ab".to_owned(), false));
    }
}
