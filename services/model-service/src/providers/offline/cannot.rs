//! Why the rules give up, in words that say what to configure.

use std::fmt;

/// What the offline provider could not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cannot {
    /// The task asks to make something: code, prose, a design.
    Generate {
        /// The verb that says so.
        verb: String,
    },
    /// No rule knows what to do.
    NoRule,
    /// A rule matched, and the agent has not got the tool.
    ToolNotOffered {
        /// The missing tool.
        tool: &'static str,
    },
    /// A tool was called and failed; there is no other way.
    ToolFailed {
        /// The tool.
        tool: String,
        /// What it said.
        message: String,
    },
    /// The self-test of the loop found something wrong.
    SelfTestFailed {
        /// What was wrong.
        what: String,
    },
    /// The request asks for an ability that rules have not got.
    Demand(&'static str),
    /// The conversation holds no task.
    NoTask,
}

/// How to get a language model.
const REMEDY: &str = "no language model is configured: set OPENAI_API_KEY or ANTHROPIC_API_KEY, \
or name a server such as Ollama or vLLM in models.compatible";

impl fmt::Display for Cannot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the offline provider ")?;
        match self {
            Self::Generate { verb } => write!(f, "cannot {verb}: that needs a language model, and {REMEDY}"),
            Self::NoRule => write!(f, "has no rule for this task, and {REMEDY}"),
            Self::ToolNotOffered { tool } => {
                write!(
                    f,
                    "needs the tool {tool}, which this agent does not have; give the task to another agent, or the tool to this one"
                )
            }
            Self::ToolFailed { tool, message } => {
                write!(f, "knows no other way after the tool {tool} failed ({message}); also {REMEDY}")
            }
            Self::SelfTestFailed { what } => write!(f, "found a fault in its self-test: {what}"),
            Self::Demand(what) => write!(f, "cannot {what}, and {REMEDY}"),
            Self::NoTask => write!(f, "found no user message to work on"),
        }
    }
}

impl std::error::Error for Cannot {}
