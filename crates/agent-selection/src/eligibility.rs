//! Who may take a task, and in words why the others may not. Knows nothing of values.

use std::fmt;

use task_model::{AgentStatus, Invalid};

use crate::{AgentProfile, RosterIndex, SelectionConfig, TaskRequest, Unavailable};

/// Whether one agent may be chosen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Eligibility {
    Eligible,
    /// It failed this task, but there is nobody else.
    LastResort,
    Paused,
    Deleted,
    NotPinned,
    NotListed,
    Excluded,
    FailedBefore,
    LacksCapability(String),
    LacksTool(String),
    Unavailable(Unavailable),
}

impl Eligibility {
    pub(crate) fn allows(&self) -> bool {
        matches!(self, Self::Eligible | Self::LastResort)
    }
}

impl fmt::Display for Eligibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Eligible => f.write_str("eligible"),
            Self::LastResort => f.write_str("failed this task before, but nobody else may take it"),
            Self::Paused => f.write_str("paused"),
            Self::Deleted => f.write_str("deleted"),
            Self::NotPinned => f.write_str("another agent was demanded"),
            Self::NotListed => f.write_str("not among the agents the task allows"),
            Self::Excluded => f.write_str("excluded by the task"),
            Self::FailedBefore => f.write_str("failed this task before"),
            Self::LacksCapability(name) => write!(f, "lacks the required capability {name}"),
            Self::LacksTool(name) => write!(f, "lacks the required tool {name}"),
            Self::Unavailable(Unavailable::Unhealthy) => f.write_str("does not answer"),
            Self::Unavailable(Unavailable::AtCapacity) => f.write_str("works on as many tasks as it may"),
        }
    }
}

/// The eligibility of every agent, in the order of the roster. A pin that names nobody is an error.
pub(crate) fn eligibility(
    task: &TaskRequest<'_>,
    roster: &RosterIndex,
    config: &SelectionConfig,
) -> Result<Vec<Eligibility>, Invalid> {
    let pin = match task.pin {
        None => None,
        Some(name) => Some(roster.resolve(name).ok_or_else(|| unknown(name))?),
    };
    let mut all: Vec<_> =
        roster.agents().iter().map(|agent| judge(agent, pin, task, roster, config)).collect();
    if !all.iter().any(Eligibility::allows) {
        all.iter_mut()
            .filter(|one| **one == Eligibility::FailedBefore)
            .for_each(|one| *one = Eligibility::LastResort);
    }
    Ok(all)
}

fn unknown(name: &str) -> Invalid {
    Invalid(format!("names no agent of the roster: {}", name.chars().take(64).collect::<String>()))
}

/// The first reason that holds; what cannot change by waiting comes first.
fn judge(
    agent: &AgentProfile,
    pin: Option<&AgentProfile>,
    task: &TaskRequest<'_>,
    roster: &RosterIndex,
    config: &SelectionConfig,
) -> Eligibility {
    match agent.status {
        AgentStatus::Active => {}
        AgentStatus::Paused => return Eligibility::Paused,
        AgentStatus::Deleted => return Eligibility::Deleted,
    }
    if let Some(pinned) = pin {
        return if pinned.id == agent.id { Eligibility::Eligible } else { Eligibility::NotPinned };
    }
    demanded(agent, task, roster).unwrap_or_else(|| available(agent, task, config))
}

fn demanded(agent: &AgentProfile, task: &TaskRequest<'_>, roster: &RosterIndex) -> Option<Eligibility> {
    let needs = task.requirements;
    let names = |list: &[String]| {
        list.iter().any(|name| roster.resolve(name).is_some_and(|named| named.id == agent.id))
    };
    if !needs.only_agents.is_empty() && !names(&needs.only_agents) {
        return Some(Eligibility::NotListed);
    }
    if names(&needs.exclude_agents) {
        return Some(Eligibility::Excluded);
    }
    if let Some(name) = needs.required_capabilities.iter().find(|name| !agent.has_capability(name)) {
        return Some(Eligibility::LacksCapability(name.clone()));
    }
    let tool = needs.required_tools.iter().find(|name| !agent.has_tool(name))?;
    Some(Eligibility::LacksTool(tool.clone()))
}

fn available(agent: &AgentProfile, task: &TaskRequest<'_>, config: &SelectionConfig) -> Eligibility {
    if let Some((_, why)) = task.unavailable.iter().find(|(id, _)| *id == agent.id) {
        return Eligibility::Unavailable(*why);
    }
    if config.exclude_failed && task.failed.contains(&agent.id) {
        return Eligibility::FailedBefore;
    }
    Eligibility::Eligible
}
