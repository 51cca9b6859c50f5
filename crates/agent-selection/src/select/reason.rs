//! Why, in words for people.

use super::board::Board;
use super::draw::Drawn;
use crate::eligibility::Eligibility;
use crate::{RosterIndex, TaskRequest};

/// From so many outcomes on, experience is worth mentioning.
const EXPERIENCED: u64 = 5;

/// One sentence on the choice.
pub(super) fn sentence(task: &TaskRequest<'_>, board: &Board, drawn: &Drawn, roster: &RosterIndex) -> String {
    let agent = drawn.agent;
    let name = &roster.agents()[agent].name;
    let cause = cause(task, board, agent);
    let experience = experience(board, agent);
    let explored = if drawn.best == agent {
        String::new()
    } else {
        let better = &roster.agents()[drawn.best].name;
        format!("; it was tried in order to learn, {better} being valued higher")
    };
    let spared = spared(board, agent, roster);
    format!("{name} was chosen because {cause}{experience}{explored}{spared}.")
}

/// The one whose price kept it from being preferred: valued higher, and no longer so once cost and time are taken off.
fn spared(board: &Board, agent: usize, roster: &RosterIndex) -> String {
    let (own, of) = (board.values[agent], |other: usize| board.values[other]);
    let dearer = board.eligible().filter(|other| of(*other).mean > own.mean && of(*other).net() < own.net());
    match dearer.max_by(|a, b| of(*a).mean.total_cmp(&of(*b).mean)) {
        Some(other) => {
            format!(
                "; {}, valued higher, spends more than the ceiling leaves room for",
                roster.agents()[other].name
            )
        }
        None => String::new(),
    }
}

/// What speaks for one agent, or why it may not take the task.
pub(super) fn why(board: &Board, agent: usize, probability: f64) -> String {
    let eligibility = &board.eligibility[agent];
    if *eligibility != Eligibility::Eligible {
        return eligibility.to_string();
    }
    let matched = board.relevance.evidence(agent);
    match (probability > 0.0, matched.is_empty()) {
        (true, false) => format!("described by {}", quoted(&matched)),
        (true, true) => "eligible".into(),
        (false, false) => format!("described by {}, but others are suited better", quoted(&matched)),
        (false, true) => "nothing in its description speaks for this text".into(),
    }
}

/// What a person should know of the choice.
pub(super) fn warnings(task: &TaskRequest<'_>, board: &Board, drawn: &Drawn) -> Vec<String> {
    let (agent, mut warnings) = (drawn.agent, Vec::new());
    if drawn.escalated && task.pin.is_none() {
        warnings.push(
            "even the surest agent is likely to fail at this, so it took the task and nothing was explored"
                .into(),
        );
    }
    if !board.is_intelligible() {
        warnings.push(
            "the description hardly reads as a task; it was assigned because execution was forced".into(),
        );
    }
    if board.eligibility[agent] == Eligibility::LastResort {
        warnings.push("every agent that may take this task has failed it before".into());
    }
    if task.pin.is_some() {
        warnings.push("the agent was demanded by the caller, so its outcome is not learned from".into());
    }
    warnings
}

fn cause(task: &TaskRequest<'_>, board: &Board, agent: usize) -> String {
    let matched = board.relevance.evidence(agent);
    if task.pin.is_some() {
        "the caller demanded it".into()
    } else if board.eligibility[agent] == Eligibility::LastResort {
        "nobody else may take the task, although it failed it before".into()
    } else if board.eligible().count() == 1 {
        "it is the only agent that may take the task".into()
    } else if matched.is_empty() {
        "no description speaks clearly for this text and it may take any".into()
    } else {
        format!("its description matches {} in the task", quoted(&matched))
    }
}

fn experience(board: &Board, agent: usize) -> String {
    let value = board.values[agent];
    match value.observations {
        0 => String::new(),
        n if n < EXPERIENCED => format!(", with {n} outcome{} so far", if n == 1 { "" } else { "s" }),
        n => {
            format!(", and after {n} outcomes it is expected to earn {:.2} here", value.mean.clamp(0.0, 1.0))
        }
    }
}

/// `"a"`, `"a" and "b"`, `"a", "b" and "c"`.
fn quoted(words: &[&str]) -> String {
    let words = &words[..words.len().min(3)];
    let mut quoted = String::with_capacity(64);
    for (at, word) in words.iter().enumerate() {
        let before = match at {
            0 => "",
            _ if at + 1 == words.len() => " and ",
            _ => ", ",
        };
        [before, "\u{201c}", word, "\u{201d}"].into_iter().for_each(|part| quoted.push_str(part));
    }
    quoted
}
