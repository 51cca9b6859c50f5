//! The columns of the file: name, type, and how a line gives and takes each. A new field of a line is one more entry here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use service_api::policy::ExperienceLine as Line;

/// One flat column.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) presence: Presence,
    pub(super) kind: Kind,
}

/// Whether there is always a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// In every file.
    Demanded,
    /// In every file of ours; has a default in those of others.
    Written,
    /// Only if there is something to be said.
    Optional,
}

type Give<T> = fn(&Line) -> Option<T>;
type Take<T> = fn(&mut Line, T);

/// The type of a column's values.
pub(super) enum Kind {
    Text(fn(&Line) -> Option<&str>, Take<String>),
    Bytes(Give<Vec<u8>>, Take<Vec<u8>>),
    Int(Give<i64>, Take<i64>),
    Real(Give<f64>, Take<f64>),
    /// Microseconds since 1970. Only given: when something is learned says whoever learns it.
    Time(Give<i64>),
}

use Kind::{Bytes, Int, Real, Text, Time};
use Presence::{Demanded, Optional, Written};

/// In the order of the file.
pub(super) const COLUMNS: &[Column] = &[
    column("seq", Optional, Int(|line| line.seq, |line, value| line.seq = Some(value))),
    column("at", Optional, Time(micros)),
    column("task_id", Demanded, Text(|line| Some(&line.task_id), |line, value| line.task_id = value)),
    column("attempt", Written, Int(|line| Some(line.attempt), |line, value| line.attempt = value)),
    column("revision", Written, Int(|line| Some(line.revision), |line, value| line.revision = value)),
    column("agent_id", Demanded, Text(|line| Some(&line.agent_id), |line, value| line.agent_id = value)),
    column("reward", Demanded, Real(|line| Some(line.reward), |line, value| line.reward = value)),
    column(
        "prev_reward",
        Optional,
        Real(|line| line.prev_reward, |line, value| line.prev_reward = Some(value)),
    ),
    column("weight", Optional, Real(|line| line.weight, |line, value| line.weight = Some(value))),
    column("propensity", Optional, Real(|line| line.propensity, |line, value| line.propensity = Some(value))),
    column(
        "policy_version",
        Optional,
        Text(|line| line.policy_version.as_deref(), |line, value| line.policy_version = Some(value)),
    ),
    column("cost_usd", Written, Real(|line| Some(line.cost_usd), |line, value| line.cost_usd = value)),
    column("latency_ms", Written, Real(|line| Some(line.latency_ms), |line, value| line.latency_ms = value)),
    column("model", Optional, Text(|line| line.model.as_deref(), |line, value| line.model = Some(value))),
    column("source", Optional, Text(|line| line.source.as_deref(), |line, value| line.source = Some(value))),
    column(
        "description",
        Optional,
        Text(|line| line.description.as_deref(), |line, value| line.description = Some(value)),
    ),
    column(
        "context",
        Optional,
        Bytes(
            |line| STANDARD.decode(line.context.as_ref()?).ok(),
            |line, value| line.context = Some(STANDARD.encode(value)),
        ),
    ),
];

/// The last column: a list of groups, each with these members.
pub(super) const CANDIDATES: &str = "candidates";
pub(super) const MEMBERS: [&str; 5] = ["agent_id", "probability", "relevance", "eligible", "model"];

const fn column(name: &'static str, presence: Presence, kind: Kind) -> Column {
    Column { name, presence, kind }
}

fn micros(line: &Line) -> Option<i64> {
    Some(service_api::from_rfc3339(line.at.as_ref()?).ok()?.0)
}

/// The schema in Parquet's own language.
pub(super) fn schema() -> String {
    let columns: String = COLUMNS.iter().map(Column::declared).collect();
    let [agent_id, probability, relevance, eligible, model] = MEMBERS;
    format!(
        "message experience {{ {columns} OPTIONAL GROUP {CANDIDATES} (LIST) {{ REPEATED GROUP list {{ REQUIRED GROUP element {{ \
             REQUIRED BYTE_ARRAY {agent_id} (STRING); REQUIRED DOUBLE {probability}; REQUIRED DOUBLE {relevance}; \
             REQUIRED BOOLEAN {eligible}; OPTIONAL BYTE_ARRAY {model} (STRING); }} }} }} }}"
    )
}

impl Column {
    fn declared(&self) -> String {
        let repetition = if self.is_optional() { "OPTIONAL" } else { "REQUIRED" };
        let (physical, logical) = match self.kind {
            Text(..) => ("BYTE_ARRAY", " (STRING)"),
            Bytes(..) => ("BYTE_ARRAY", ""),
            Int(..) => ("INT64", ""),
            Real(..) => ("DOUBLE", ""),
            Time(..) => ("INT64", " (TIMESTAMP(MICROS,true))"),
        };
        format!("{repetition} {physical} {}{logical}; ", self.name)
    }

    pub(super) fn is_optional(&self) -> bool {
        self.presence == Optional
    }
}
