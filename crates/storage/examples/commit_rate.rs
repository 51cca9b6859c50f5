//! How many durable operations a second: `commit_rate [database url] [seconds] [callers]`.
//!
//! Three figures from one run: assignments that share commits, assignments that do not, and whole lives of tasks
//! (assign, hand over, insert, claim, three steps, finish, settle), which is all that LIVES_ONLY=1 measures. Needs a
//! database of its own.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use storage::*;
use task_model::*;

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let url = args.next().unwrap_or_else(|| "sqlite::memory:".to_owned());
    let seconds = args.next().map_or(5, |word| word.parse().unwrap());
    let callers = args.next().map_or(64, |word| word.parse().unwrap());
    if std::env::var_os("LIVES_ONLY").is_some() {
        return lives(&StorageOptions::new(&url), seconds, callers).await;
    }
    let together = rate(&StorageOptions::new(&url), "assign, group commit", seconds, callers).await;
    let single = StorageOptions { write_batch_max: 1, ..StorageOptions::new(&url) };
    let apart = rate(&single, "assign, one row a commit", seconds, callers).await;
    println!("ratio: {:.1}", together / apart);
    lives(&StorageOptions::new(&url), seconds, callers).await;
}

async fn rate(options: &StorageOptions, what: &str, seconds: u64, callers: u64) -> f64 {
    let storage = Storage::open(options).await.unwrap();
    storage.migrate().await.unwrap();
    let writing = storage.clone();
    let latencies = run(seconds, callers, move |name| {
        let storage = writing.clone();
        async move { assert_eq!(storage.task_assign(assignment(&name)).await.unwrap(), Assigned::New) }
    })
    .await;
    storage.close().await;
    report(what, seconds, latencies)
}

/// Callers that each do one thing after another; returns how long each thing took.
async fn run<F: Future<Output = ()> + Send + 'static>(
    seconds: u64,
    callers: u64,
    act: impl Fn(String) -> F + Send + Sync + 'static,
) -> Vec<Duration> {
    let (act, counter) = (Arc::new(act), Arc::new(AtomicU64::new(0)));
    let end = Instant::now() + Duration::from_secs(seconds);
    let salt = uuid::Uuid::now_v7().simple().to_string();
    let mut tasks = Vec::new();
    for _ in 0..callers {
        let (act, counter, salt) = (act.clone(), counter.clone(), salt.clone());
        tasks.push(tokio::spawn(async move {
            let mut latencies = Vec::new();
            while Instant::now() < end {
                let start = Instant::now();
                act(format!("{salt}-{}", counter.fetch_add(1, Ordering::Relaxed))).await;
                latencies.push(start.elapsed());
            }
            latencies
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    all
}

/// Processor time of this process so far, where the system tells; it says more than a rate on a shared machine.
fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

fn report(what: &str, seconds: u64, mut latencies: Vec<Duration>) -> f64 {
    latencies.sort_unstable();
    let rate = latencies.len() as f64 / seconds as f64;
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    let spent = processor_seconds().map_or(f64::NAN, |spent| spent * 1e3 / latencies.len() as f64);
    println!(
        "{what}: {rate:.0}/s, {spent:.3} CPU s per 1,000 (all so far), p50 {:.2} ms, p99 {:.2} ms",
        at(0.5),
        at(0.99)
    );
    rate
}

async fn lives(options: &StorageOptions, seconds: u64, callers: u64) {
    let storage = Storage::open(options).await.unwrap();
    storage.migrate().await.unwrap();
    let session = storage.session_open("here", 1, 3_600_000, now()).await.unwrap();
    let start = processor_seconds();
    let worker = tokio::spawn(work(storage.clone(), session.session_id));
    let settler = tokio::spawn(settle_all(storage.clone()));
    let living = storage.clone();
    let latencies = run(seconds, callers, move |name| {
        let storage = living.clone();
        async move {
            storage.task_assign(assignment(&name)).await.unwrap();
            storage.run_insert(new_run(&name)).await.unwrap();
            storage.task_dispatched(&TaskId::parse(name.as_str()).unwrap(), Attempt(1), now()).await.unwrap();
        }
    })
    .await;
    let done = storage.experiences_count().await.unwrap();
    let spent = processor_seconds().zip(start).map_or(f64::NAN, |(end, start)| (end - start) * 1e3);
    worker.abort();
    settler.abort();
    let rate = |count: f64| count / seconds as f64;
    println!("hand over (assign, insert, dispatched): {:.0}/s", rate(latencies.len() as f64));
    let each = spent / done as f64;
    println!(
        "whole lives (… claim, 3 steps, finish, settle): {:.0}/s, {each:.3} CPU s per 1,000",
        rate(done as f64)
    );
    storage.close().await;
}

async fn work(storage: Storage, session: String) {
    let mut driving = tokio::task::JoinSet::new();
    let mut queued = storage.signals().subscribe(Signal::RunQueued);
    loop {
        let free = 256 - driving.len();
        let runs = storage.run_claim(&session, free, now()).await.unwrap();
        for run in &runs {
            driving.spawn(drive(storage.clone(), run.lease()));
        }
        if runs.len() < free {
            let _ = tokio::time::timeout(Duration::from_millis(5), queued.changed()).await;
        }
        while driving.try_join_next().is_some() {}
        if driving.len() > 192 {
            driving.join_next().await;
        }
    }
}

async fn settle_all(storage: Storage) {
    let mut finished = storage.signals().subscribe(Signal::RunFinished);
    loop {
        let outcomes = storage.outcomes_unsettled(256).await.unwrap();
        if outcomes.is_empty() {
            let _ = tokio::time::timeout(Duration::from_millis(5), finished.changed()).await;
        }
        let mut settling = tokio::task::JoinSet::new();
        for outcome in outcomes {
            let storage = storage.clone();
            settling.spawn(async move { storage.task_settle(settle(outcome)).await });
        }
        settling.join_all().await;
    }
}

async fn drive(storage: Storage, lease: RunLease) {
    let Ok(()) = storage.step_intent(&lease, intent(1)).await else { return };
    for no in 1..3 {
        let Ok(()) = storage.step_result_and_intent(&lease, result(no), intent(no + 1)).await else { return };
    }
    let end = RunEnd {
        status: RunStatus::COMPLETED,
        result_json: Some(r#"{"answer":"42"}"#.to_owned()),
        error: None,
        blame: None,
        finished_at: now(),
    };
    // An error here means that the measurement is over and the database closed.
    let _ = storage.run_finish(lease, Some(result(3)), end).await;
}

fn now() -> Micros {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Micros(since.as_micros() as i64)
}

fn assignment(name: &str) -> Assignment {
    let task = NewTask {
        task_id: TaskId::parse(name).unwrap(),
        idempotency_key: None,
        content_hash: format!("sha256:{name}"),
        description: "analyze user engagement data for the last quarter and write it down".to_owned(),
        priority: Priority::default(),
        metadata_json: r#"{"team":"growth"}"#.to_owned(),
        agent_pin: None,
        force_execute: false,
        max_attempts: 2,
        max_cost: None,
        deadline_at: None,
        tenant: TenantId::default(),
        start_at: None,
        created_at: now(),
    };
    let candidate =
        r#"{"agent_id":"data_analyst","q_value":0.71,"confidence":0.8,"eligible":true,"why":"it fits"}"#;
    let decision = NewDecision {
        decision_id: DecisionId::parse(format!("d-{name}")).unwrap(),
        agent_id: AgentId::parse("data_analyst").unwrap(),
        confidence: 0.8,
        propensity: 0.9,
        reason: "engagement data is what the data analyst does".to_owned(),
        candidates_json: format!("[{}]", [candidate; 9].join(",")),
        warnings_json: "[]".to_owned(),
        context: vec![7; 400],
        policy_version: 1,
        learnable: true,
        decided_at: now(),
    };
    Assignment { task, decision }
}

fn new_run(name: &str) -> NewRun {
    NewRun {
        task_id: TaskId::parse(name).unwrap(),
        attempt: Attempt(1),
        origin: RunOrigin::Orchestrator,
        idempotency_key: None,
        content_hash: format!("sha256:{name}"),
        agent_id: AgentId::parse("data_analyst").unwrap(),
        agent_revision: 1,
        task: "analyze user engagement data for the last quarter and write it down".to_owned(),
        context_json: "{}".to_owned(),
        priority: Priority::default(),
        timeout_ms: Some(60_000),
        max_cost: None,
        deadline_at: None,
        tenant: TenantId::default(),
        created_at: now(),
    }
}

fn intent(no: i64) -> StepIntent {
    StepIntent {
        no,
        kind: StepKind::Thought,
        tool: None,
        effect: EffectClass::Keyed,
        key: format!("key-{no}"),
        request_json: format!(r#"{{"messages":["{}"]}}"#, "x".repeat(300)),
        at: now(),
    }
}

fn result(no: i64) -> StepResult {
    StepResult {
        no,
        result_json: Some(format!(r#"{{"text":"{}"}}"#, "y".repeat(200))),
        error: None,
        model: None,
        tokens_in: 300,
        tokens_out: 60,
        cost: MicroUsd(120),
        duration_us: 900,
        at: now(),
    }
}

fn settle(outcome: RunOutcome) -> Settle {
    let experience = NewExperience {
        task_id: outcome.task.task_id.clone(),
        attempt: outcome.attempt,
        revision: 0,
        agent_id: outcome.decisions[0].decision.agent_id.clone(),
        context: outcome.decisions[0].decision.context.clone(),
        next_context: None,
        reward: 0.9,
        prev_reward: None,
        weight: 1.0,
        propensity: 0.9,
        policy_version: 1,
        cost: outcome.cost,
        latency_ms: 12,
        at: now(),
        source: "settle".to_owned(),
        candidates_json: None,
    };
    Settle {
        task_id: outcome.task.task_id,
        attempt: outcome.attempt,
        status: TaskStatus::Completed,
        error: None,
        reward: Some(0.9),
        reward_version: outcome.reward_version,
        experience: Some(experience),
        completed_at: now(),
    }
}
