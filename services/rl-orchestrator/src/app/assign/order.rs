//! A task as its caller ordered it: parsed, within all limits, not yet decided.

use q_learning::Objective;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use task_model::{AgentId, Description, MicroUsd, Micros, Priority, TaskId, TenantId};

/// What a caller wants done.
#[derive(Debug, Clone)]
pub struct Order {
    /// The caller's name for the task, or one made for the caller.
    pub task_id: TaskId,
    /// Whether the caller chose the name.
    pub named: bool,
    /// What is to be done.
    pub description: Description,
    /// How urgent it is.
    pub priority: Priority,
    /// Kept with the task.
    pub metadata: Map<String, Value>,
    /// The same key with the same content answers as before.
    pub idempotency_key: Option<String>,
    /// Assign even under the confidence floor.
    pub force: bool,
    /// The agent the caller insists on.
    pub pin: Option<AgentId>,
    /// The task may not cost more.
    pub max_cost: Option<MicroUsd>,
    /// What is wanted besides success, on average over all tasks that want the same.
    pub objective: Objective,
    /// The task fails when it is not done by then.
    pub deadline: Option<Micros>,
    /// Who it is for.
    pub tenant: TenantId,
    /// How many agents may try it; absent: as configured.
    pub max_attempts: Option<i64>,
    /// When it may begin.
    pub start: Start,
    /// Decide only; store and run nothing.
    pub dry_run: bool,
}

/// When a task may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Start {
    /// At once.
    #[default]
    Now,
    /// Not before this instant.
    At(Micros),
    /// Not before so many milliseconds have passed since it was accepted.
    After(i64),
}

impl Start {
    /// The instant, for a task that is accepted at `now`.
    pub fn at(self, now: Micros) -> Option<Micros> {
        match self {
            Self::Now => None,
            Self::At(at) => Some(at),
            Self::After(millis) => Some(now.plus_millis(millis)),
        }
    }
}

impl Order {
    /// A fingerprint of everything that makes this order differ from another: hex SHA-256.
    ///
    /// A name that was made for the caller is left out, so that a repeated key without a name finds its first answer.
    pub fn content_hash(&self) -> String {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        part(if self.named { self.task_id.as_str().as_bytes() } else { &[] });
        part(self.description.as_str().as_bytes());
        part(&[self.priority.get(), u8::from(self.force)]);
        part(self.pin.as_ref().map_or(&[], |pin| pin.as_str().as_bytes()));
        part(&self.max_cost.map_or(-1, |cost| cost.0).to_le_bytes());
        part(&self.deadline.map_or(i64::MIN, |at| at.0).to_le_bytes());
        canonical(&self.metadata, &mut part);
        // Only what was said, so that requests of before these members existed keep their fingerprints.
        if self.tenant != TenantId::default() {
            part(b"tenant");
            part(self.tenant.as_str().as_bytes());
        }
        if let Some(attempts) = self.max_attempts {
            part(b"max_attempts");
            part(&attempts.to_le_bytes());
        }
        let Objective { cost_per_task_usd, cost_per_day_usd, latency_ms } = self.objective;
        let ceilings = [
            ("cost_per_task_usd", cost_per_task_usd),
            ("cost_per_day_usd", cost_per_day_usd),
            ("latency_ms", latency_ms),
        ];
        for (name, most) in ceilings.into_iter().filter_map(|(name, most)| Some((name, most?))) {
            part(name.as_bytes());
            part(&most.to_le_bytes());
        }
        match self.start {
            Start::Now => {}
            Start::At(at) => [b"start_at".as_slice(), &at.0.to_le_bytes()].into_iter().for_each(&mut part),
            Start::After(ms) => [b"delay".as_slice(), &ms.to_le_bytes()].into_iter().for_each(&mut part),
        }
        hex(&hash.finalize())
    }
}

/// Members in the order of their names, whatever order the caller wrote them in.
fn canonical(object: &Map<String, Value>, part: &mut impl FnMut(&[u8])) {
    let mut members: Vec<_> = object.iter().collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    part(b"{");
    for (name, value) in members {
        part(name.as_bytes());
        canonical_value(value, part);
    }
    part(b"}");
}

fn canonical_value(value: &Value, part: &mut impl FnMut(&[u8])) {
    match value {
        Value::Object(object) => canonical(object, part),
        Value::Array(items) => {
            part(b"[");
            items.iter().for_each(|item| canonical_value(item, part));
            part(b"]");
        }
        plain => part(plain.to_string().as_bytes()),
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn order(task_id: &str, metadata: Value) -> Order {
        Order {
            task_id: TaskId::parse(task_id).unwrap(),
            named: true,
            description: Description::parse("do it").unwrap(),
            priority: Priority::default(),
            metadata: metadata.as_object().unwrap().clone(),
            idempotency_key: None,
            force: false,
            pin: None,
            max_cost: None,
            objective: Objective::default(),
            deadline: None,
            tenant: TenantId::default(),
            max_attempts: None,
            start: Start::Now,
            dry_run: false,
        }
    }

    #[test]
    fn the_order_of_members_does_not_matter() {
        let one: Value = serde_json::from_str(r#"{"a":{"x":1,"y":2},"b":[1,2]}"#).unwrap();
        let two: Value = serde_json::from_str(r#"{"b":[1,2],"a":{"y":2,"x":1}}"#).unwrap();
        assert_eq!(order("t", one).content_hash(), order("t", two).content_hash());
    }

    #[test]
    fn any_other_content_is_another_hash() {
        let base = order("t", json!({"a": "1"}));
        let changes: [fn(&mut Order); 9] = [
            |o| o.tenant = TenantId::parse("acme").unwrap(),
            |o| o.max_attempts = Some(2),
            |o| o.start = Start::After(1_000),
            |o| o.description = Description::parse("do that").unwrap(),
            |o| o.priority = Priority::new(6).unwrap(),
            |o| o.force = true,
            |o| o.pin = Some(AgentId::parse("a").unwrap()),
            |o| o.max_cost = Some(MicroUsd(0)),
            |o| o.metadata = json!({"a": 1}).as_object().unwrap().clone(),
        ];
        for change in changes {
            let mut other = base.clone();
            change(&mut other);
            assert_ne!(base.content_hash(), other.content_hash(), "{other:?}");
        }
    }

    #[test]
    fn a_made_name_is_not_content() {
        let (mut one, mut two) = (order("made-1", json!({})), order("made-2", json!({})));
        (one.named, two.named) = (false, false);
        assert_eq!(one.content_hash(), two.content_hash());
    }
}
