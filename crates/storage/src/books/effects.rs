//! Effects as somebody outside counted them, held against the journal: what happened, how often, and under which keys.

use std::collections::{HashMap, HashSet};

use task_model::EffectClass;

use super::{Damage, NAMED, Violation, audit};
use crate::Result;
use crate::sql::{BatchSql, Connection, Type};

/// What one task did to the world outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenEffect {
    /// The task.
    pub task: String,
    /// What its tool was declared as.
    pub class: EffectClass,
    /// How often it happened under each idempotency key.
    pub times: Vec<(String, u64)>,
    /// How often a person said that it may happen (again).
    pub allowed: u64,
    /// Whether a person said that it must not.
    pub refused: bool,
}

/// How many rules are held against them.
pub(super) const RULES: usize = 4;
const ONE_KEY: &str = "an effect happens under one key";
const ONCE: &str =
    "an effect that may not be repeated happens once in an attempt, and again only when a person says so";
const INTENT: &str = "no effect happens without its intent";
const HAPPENED: &str = "the effect of a completed task happened";

static TASKS: BatchSql = BatchSql::new(
    &[("task_id", Type::Text)],
    "SELECT t.task_id, t.status, t.attempt FROM {rows} JOIN tasks t ON t.task_id = rows.task_id",
);

/// Of what was cleaned up only the audit knows how many attempts there were.
static PRUNED: BatchSql = BatchSql::new(
    &[("task_id", Type::Text)],
    "SELECT p.task_id, 'pruned' AS status, CAST(COALESCE((SELECT MAX(a.attempt) FROM audit_runs a \
         WHERE a.task_id = p.task_id), 1) AS BIGINT) AS attempt \
     FROM {rows} JOIN pruned_tasks p ON p.task_id = rows.task_id",
);

static KEYS: BatchSql = BatchSql::new(
    &[("task_id", Type::Text), ("step_key", Type::Text)],
    "SELECT rows.task_id, rows.step_key FROM {rows} \
     WHERE EXISTS (SELECT 1 FROM steps s WHERE s.task_id = rows.task_id AND s.key = rows.step_key)",
);

pub(super) async fn check(connection: &mut Connection, effects: &[SeenEffect]) -> Result<Vec<Violation>> {
    let rows = || effects.iter().map(|effect| vec![(&effect.task).into()]).collect();
    let mut found = TASKS.run(connection, rows()).await?;
    if audit::is_installed(connection).await? {
        found.extend(PRUNED.run(connection, rows()).await?);
    }
    let mut tasks = HashMap::new();
    for row in found {
        tasks.insert(row.text("task_id")?, (row.text("status")?, row.int("attempt")?));
    }
    let pairs = effects.iter().flat_map(|effect| effect.times.iter().map(|(key, _)| (&effect.task, key)));
    let rows = pairs.map(|(task, key)| vec![task.into(), key.into()]).collect();
    let mut known = HashSet::new();
    for row in KEYS.run(connection, rows).await? {
        known.insert((row.text("task_id")?, row.text("step_key")?));
    }
    let judged = effects.iter().flat_map(|effect| judge(effect, tasks.get(&effect.task), &known));
    Ok(gathered(judged.collect()))
}

/// The rules that one effect breaks.
fn judge(
    effect: &SeenEffect,
    task: Option<&(String, i64)>,
    known: &HashSet<(String, String)>,
) -> Vec<(&'static str, Damage, String)> {
    let times: u64 = effect.times.iter().map(|(_, times)| times).sum();
    let attempts = task.map_or(1, |(_, attempt)| u64::try_from(*attempt).unwrap_or(1));
    let is = |word: &str| task.is_some_and(|(status, _)| status == word);
    let completed = is("completed");
    // Its steps are gone with it.
    let without_intent = !is("pruned")
        && effect.times.iter().any(|(key, _)| !known.contains(&(effect.task.clone(), key.clone())));
    let told = |how: String| format!("{} ({}) {how}", effect.task, effect.class.as_str());
    let rules = [
        (effect.times.len() > 1, ONE_KEY, Damage::Doubled, format!("under {} keys", effect.times.len())),
        (
            !effect.class.may_repeat() && times > attempts + effect.allowed,
            ONCE,
            Damage::Doubled,
            format!("{times} times in {attempts} attempts, allowed again {} times", effect.allowed),
        ),
        (without_intent, INTENT, Damage::Torn, "under a key that no step has".to_owned()),
        (completed && times == 0 && !effect.refused, HAPPENED, Damage::Lost, "never".to_owned()),
    ];
    let broken = rules.into_iter().filter(|(broken, ..)| *broken);
    broken.map(|(_, rule, damage, how)| (rule, damage, told(how))).collect()
}

/// One violation for each rule.
fn gathered(mut broken: Vec<(&'static str, Damage, String)>) -> Vec<Violation> {
    broken.sort();
    let mut violations: Vec<Violation> = Vec::new();
    for (rule, damage, example) in broken {
        match violations.last_mut().filter(|last| last.rule == rule) {
            Some(last) => {
                last.found += 1;
                if last.examples.len() < NAMED as usize {
                    last.examples.push(example);
                }
            }
            None => violations.push(Violation { rule, damage, found: 1, examples: vec![example] }),
        }
    }
    violations
}
