//! The clients: each sends its task until it is answered, and does with it what its order says. What was answered 2xx goes into
//! a ledger that the services know nothing of.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};
use std::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::http::{Answer, ask};
use super::plan::{Order, Then};
use super::world::AGENT;

/// How long a client waits for one answer.
const WITHIN: Duration = Duration::from_secs(8);
/// Between two tries.
const AGAIN: Duration = Duration::from_millis(200);
/// How long a held task stays held.
const HELD: Duration = Duration::from_millis(1_500);

/// What was answered.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Tasks that were taken.
    pub tasks: Vec<String>,
    /// Words that were taken: task and key.
    pub words: Vec<(String, String)>,
    /// Tasks that were stopped, as far as anybody said so.
    pub cancelled: Vec<String>,
    /// Tasks that were said to be gone, to a client that wanted something of them: they were cleaned up meanwhile.
    pub gone: Vec<String>,
    /// Requests that had to be sent again because nobody answered or the answer was 5xx.
    pub repeated: u64,
    /// Answers that no such request should get.
    pub refused: Vec<String>,
}

/// What all clients share.
#[derive(Clone)]
pub struct Clients {
    orchestrators: Vec<u16>,
    executions: Vec<u16>,
    next: Arc<AtomicUsize>,
    record: Arc<Mutex<Record>>,
    give_up: CancellationToken,
    /// Whether tasks are deleted while they are worked with.
    pruned: bool,
}

impl Clients {
    /// Clients that know these ports. After `give_up` nobody tries again.
    pub fn new(
        orchestrators: Vec<u16>,
        executions: Vec<u16>,
        pruned: bool,
        give_up: CancellationToken,
    ) -> Self {
        Self { orchestrators, executions, next: Arc::default(), record: Arc::default(), give_up, pruned }
    }

    /// What was answered so far.
    pub fn record(&self) -> Record {
        self.with(|record| record.clone())
    }

    /// Sees one order through, `begin` being the beginning of the run.
    pub async fn see_through(self, order: Order, begin: Instant) {
        if self.give_up.run_until_cancelled(tokio::time::sleep_until(begin + order.at)).await.is_none() {
            return;
        }
        let Some(answer) = self.assign(&order).await else { return };
        // Taken, its answer lost, done and deleted before it was sent again.
        if self.pruned && answer.status == 409 && answer.body["code"] == "TASK_PRUNED" {
            return self.with(|record| record.tasks.push(order.id.clone()));
        }
        if answer.status != 200 || answer.body["status"] != "assigned" {
            return self.refused("/assign-task", &order, &answer);
        }
        self.with(|record| record.tasks.push(order.id.clone()));
        match order.then {
            Then::Nothing => {}
            Then::Cancel => self.cancel(&order).await,
            Then::Pause => self.hold(&order).await,
            Then::Judge(after) => {
                tokio::time::sleep(Duration::from_millis(after)).await;
                self.judge(&order).await;
            }
        }
    }

    /// Sends a task until somebody answers.
    pub async fn assign(&self, order: &Order) -> Option<Answer> {
        let mut task = json!({"task_id": order.id, "description": order.description});
        if order.effect.is_some() {
            (task["agent_id"], task["force_execute"]) = (json!(AGENT), json!(true));
        }
        self.insist(&self.orchestrators, "/assign-task", &task).await
    }

    async fn cancel(&self, order: &Order) {
        let path = format!("/tasks/{}/cancel", order.id);
        match self.insist(&self.orchestrators, &path, &Value::Null).await {
            Some(answer) if answer.status < 300 => self.with(|r| r.cancelled.push(order.id.clone())),
            // It had ended before.
            Some(answer) if answer.status == 409 => {}
            Some(answer) => self.refused("/cancel", order, &answer),
            None => {}
        }
    }

    async fn hold(&self, order: &Order) {
        for (verb, rest) in [("pause", HELD), ("resume", Duration::ZERO)] {
            let path = format!("/api/v1/tasks/{}/{verb}", order.id);
            match self.insist(&self.executions, &path, &Value::Null).await {
                // It had ended before, or was not handed over yet.
                Some(answer) if answer.status < 300 || answer.status == 409 => {}
                Some(answer) => self.refused(verb, order, &answer),
                None => {}
            }
            tokio::time::sleep(rest).await;
        }
    }

    async fn judge(&self, order: &Order) {
        let key = format!("word-{}", order.id);
        let word = json!({"task_id": order.id, "reward": 0.75, "source": "chaos", "idempotency_key": key});
        match self.insist(&self.orchestrators, "/task-feedback", &word).await {
            Some(answer) if answer.status == 200 => self.with(|r| r.words.push((order.id.clone(), key))),
            Some(answer) => self.refused("/task-feedback", order, &answer),
            None => {}
        }
    }

    /// Asks one after the other until somebody answers with anything but 5xx.
    pub async fn insist(&self, ports: &[u16], path: &str, body: &Value) -> Option<Answer> {
        loop {
            let port = ports[self.next.fetch_add(1, Ordering::Relaxed) % ports.len()];
            match ask(port, Method::POST, path, Some(body), WITHIN).await {
                Some(answer) if answer.status < 500 => return Some(answer),
                _ => self.with(|record| record.repeated += 1),
            }
            self.give_up.run_until_cancelled(tokio::time::sleep(AGAIN)).await?;
        }
    }

    /// One look at an orchestrator; nothing when it does not answer well.
    pub async fn look(&self, path: &str) -> Option<Value> {
        let port = self.orchestrators[self.next.fetch_add(1, Ordering::Relaxed) % self.orchestrators.len()];
        let answer = ask(port, Method::GET, path, None, WITHIN).await?;
        (answer.status == 200).then_some(answer.body)
    }

    /// One order to an execution API; whether it was followed.
    pub async fn order(&self, id: &str, verb: &str) -> bool {
        let port = self.executions[self.next.fetch_add(1, Ordering::Relaxed) % self.executions.len()];
        let path = format!("/api/v1/tasks/{id}/{verb}");
        let answer = ask(port, Method::POST, &path, Some(&Value::Null), WITHIN).await;
        answer.is_some_and(|answer| answer.status < 300)
    }

    fn refused(&self, what: &str, order: &Order, answer: &Answer) {
        if self.pruned && answer.status == 404 {
            return self.with(|record| record.gone.push(order.id.clone()));
        }
        let told = format!("{what} of {}: {} {}", order.id, answer.status, answer.body);
        self.with(|record| record.refused.push(told));
    }

    fn with<T>(&self, act: impl FnOnce(&mut Record) -> T) -> T {
        // Nothing panics while it holds the lock.
        act(&mut self.record.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}
