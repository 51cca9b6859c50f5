//! Whether a text says something at all, in any language, code or figures; it does not ask whether it makes sense.
//!
//! Every word is evidence between −1 and 1: listed words speak for the text, keyboard runs and impossible letter
//! sequences against it, and other scripts, figures and operators count as plausible.

mod letters;
mod runs;

use crate::vocabulary::Vocabulary;
use crate::words::{Shape, Words};
use letters::Letters;

/// Evidence of one neutral word, so that a single odd word does not decide alone.
const PRIOR_WEIGHT: f64 = 0.25;
/// What several Latin words of which none is listed cost.
const NONE_KNOWN: f64 = 0.35;
/// What it is worth that every other Latin word is listed: names and rare words stand among them.
const MOSTLY_KNOWN: f64 = 0.15;
/// A balance of evidence under this is on the side of nonsense.
const THRESHOLD: f64 = 0.05;
const STEEPNESS: f64 = 6.0;

/// Probability, as a figure from 0 to 1, that a text was written to say something. Over 0.5 is intelligible.
pub(crate) fn intelligibility(text: &str, words: &Words, roster: impl Fn(&str) -> bool) -> f64 {
    let mut tally = Tally::default();
    for (word, shape) in words.iter() {
        tally.add(word, shape, &roster);
    }
    tally.add_signs(text);
    1.0 / (1.0 + (-STEEPNESS * tally.balance()).exp())
}

#[derive(Default)]
struct Tally {
    evidence: f64,
    weight: f64,
    latin: u32,
    known: u32,
    numbers: u32,
    other: u32,
    accented: u32,
    is_lone_number: bool,
}

impl Tally {
    fn add(&mut self, word: &str, shape: Shape, roster: &impl Fn(&str) -> bool) {
        let (evidence, weight) = match shape {
            Shape::Other => (0.8, 1.0),
            Shape::Number => (0.2, 0.3),
            Shape::Mixed => (mixed(word, roster), 0.5),
            Shape::Acronym => (if known(word, roster) { 1.0 } else { 0.1 }, 1.0),
            Shape::Accented => (if known(word, roster) { 1.0 } else { 0.6 }, 1.0),
            Shape::Latin => latin(word, roster),
        };
        self.evidence += evidence * weight;
        self.weight += weight;
        self.numbers += u32::from(shape == Shape::Number);
        self.other += u32::from(shape == Shape::Other);
        self.accented += u32::from(shape == Shape::Accented);
        self.latin += u32::from(shape == Shape::Latin && word.len() > 1);
        self.known += u32::from(evidence >= 1.0);
    }

    /// Operators between figures, brackets and separators of data are a language as well.
    fn add_signs(&mut self, text: &str) {
        let (mut signs, mut solid) = (0_u32, 0_u32);
        for c in text.chars().take(4_000).filter(|c| !c.is_whitespace()) {
            solid += 1;
            signs += u32::from("+-*/%^=<>(){}[]:;,\"'|".contains(c));
        }
        let share = (3.0 * f64::from(signs) / f64::from(solid.max(1))).min(1.0);
        let words_agree = self.latin == 0 || self.known > 0 || self.numbers > self.latin;
        if is_json(text) {
            self.evidence += 4.0;
            self.weight += 4.0;
        } else if words_agree && (self.weight > 0.0 && text.contains('=') || self.numbers + self.known > 0) {
            self.evidence += share;
            self.weight += share;
        }
        self.is_lone_number = signs == 0 && self.numbers == 1 && self.weight < 0.5;
    }

    fn balance(&self) -> f64 {
        if self.weight == 0.0 || self.is_lone_number {
            return -1.0;
        }
        let mean = self.evidence / (self.weight + PRIOR_WEIGHT);
        let strangers = self.latin >= 2
            && self.known == 0
            && self.other + self.accented == 0
            && self.numbers <= self.latin;
        let mostly_known = self.latin >= 2 && self.known * 2 >= self.latin;
        let company = if strangers { -NONE_KNOWN } else { f64::from(u8::from(mostly_known)) * MOSTLY_KNOWN };
        mean + company - THRESHOLD
    }
}

/// A key with a value in braces, at a glance.
fn is_json(text: &str) -> bool {
    let text = text.trim();
    text.starts_with(['{', '[']) && text.ends_with(['}', ']']) && text.contains("\":")
}

fn known(word: &str, roster: &impl Fn(&str) -> bool) -> bool {
    Vocabulary::get().knows(word) || roster(word)
}

/// Evidence and weight of a word of Latin letters.
fn latin(word: &str, roster: &impl Fn(&str) -> bool) -> (f64, f64) {
    match word.len() {
        1 => return (0.0, 0.1),
        _ if known(word, roster) => return (1.0, 1.0),
        _ if runs::is_mechanical(word) => return (-1.0, 1.0),
        2 => return (-0.1, 0.3),
        _ => {}
    }
    let evidence = ((Letters::get().bits_per_letter(word) - 0.55) * 1.2).clamp(-1.0, 0.8);
    // Three letters look like a word by chance too often to speak for anything.
    if word.len() == 3 { (evidence.min(0.0) - 0.2, 0.8) } else { (evidence, 1.0) }
}

fn mixed(word: &str, roster: &impl Fn(&str) -> bool) -> f64 {
    if known(word, roster) { 1.0 } else { 0.0 }
}
