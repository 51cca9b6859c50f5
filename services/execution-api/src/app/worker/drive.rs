//! One walk through a run: from where its journal ends, step by step, until it is over or something stops it.
//!
//! INTENT commit → effect → RESULT commit; the RESULT of a step and the INTENT of the next share one commit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::try_join_all;
use react_agent::{
    Answer, Effect, Event, Failure, Machine, ModelAnswer, ModelFailure, ModelFailureKind, ModelRequest,
    Observation, Task, ToolCall,
};
use service_client::Asker;
use service_kit::crash_point;
use storage::{RunLease, RunRecord, StepIntent, StepRecord, StepResult, TaskError};
use tokio::time::Instant;

use super::act::{self, Guard};
use super::doubt::{Called, Doubts};
use super::journal;
use super::persist::insist;
use super::plan::Plan;
use super::speaker::Speaker;
use super::stop::Stop;
use super::thought::{self, Thought};
use super::under_way::Ask;
use crate::clock;
use crate::state::State;
use crate::tools::Found;

/// How a machine came to its end.
#[derive(Debug)]
pub enum Ended {
    /// With an answer.
    Answered(Answer),
    /// Without.
    Failed(Failure),
}

/// A run in the hands of a worker.
pub struct Drive<'a> {
    state: &'a State,
    ask: &'a Ask,
    /// The run as it was claimed.
    pub run: RunRecord,
    /// The right to write to it.
    pub lease: RunLease,
    plan: Arc<Plan>,
    /// What it came to so far.
    pub machine: Machine,
    open: BTreeMap<u32, StepRecord>,
    doubts: Doubts,
    /// RESULTs that wait for the next commit.
    pub pending: Vec<StepResult>,
    /// Who gave the last answer.
    pub speaker: Speaker,
    limit: Duration,
    spent: Duration,
    began: Instant,
    deadline: Option<Instant>,
}

impl<'a> Drive<'a> {
    /// Takes up a claimed run where its journal ends.
    pub async fn begin(state: &'a State, ask: &'a Ask, run: RunRecord) -> Result<Self, Stop> {
        let asked = &run.run;
        let plan =
            state.plans.get(&state.storage, &state.tools, &asked.agent_id, asked.agent_revision).await?;
        let plan = plan.ok_or_else(|| {
            unusable("AGENT_REVISION_MISSING", "the agent's revision is not stored any more")
        })?;
        let steps = match run.steps {
            0 => Vec::new(),
            _ => state.storage.steps_list(&asked.task_id, asked.attempt, 0).await?,
        };
        let context = serde_json::from_str(&asked.context_json).unwrap_or_default();
        let task = Task { id: asked.task_id.to_string(), text: asked.task.clone(), context };
        let speaker = last_speaker(&steps);
        let bounded = plan.bounded(asked);
        let limit = Duration::from_millis(bounded.limits.max_elapsed_ms);
        let folded = journal::fold(bounded, task, steps)
            .map_err(|error| unusable("JOURNAL_UNREADABLE", &error.to_string()))?;
        let began = Instant::now();
        let left = |deadline| Duration::from_micros(u64::try_from(deadline - clock::now().0).unwrap_or(0));
        Ok(Self {
            state,
            ask,
            lease: run.lease(),
            plan,
            machine: folded.machine,
            open: folded.open,
            doubts: folded.doubts,
            pending: Vec::new(),
            speaker,
            limit,
            spent: folded.spent,
            began,
            deadline: asked.deadline_at.map(|at| began + left(at.0)),
            run,
        })
    }

    /// Goes on until the machine is over.
    pub async fn walk(&mut self) -> Result<Ended, Stop> {
        loop {
            self.tick()?;
            match self.machine.next() {
                Effect::CallModel(request) => self.think(request).await?,
                Effect::CallTools(calls) => self.act(calls).await?,
                Effect::Finish(answer) => return Ok(Ended::Answered(answer)),
                Effect::Fail(failure) => return Ok(Ended::Failed(failure)),
            }
        }
    }

    /// How long the run has been worked on: rests and queues are not the agent's time.
    fn elapsed(&self) -> Duration {
        self.spent + self.began.elapsed()
    }

    fn tick(&mut self) -> Result<(), Stop> {
        if let Some(wish) = self.ask.wanted() {
            return Err(Stop::Wished(wish));
        }
        if self.deadline.is_some_and(|at| Instant::now() >= at) {
            return Err(Stop::Deadline);
        }
        let elapsed_ms = u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.apply(Event::Tick { elapsed_ms })
    }

    async fn think(&mut self, request: ModelRequest) -> Result<(), Stop> {
        let step = request.step;
        let task_id = self.lease.task_id.to_string();
        let key = match self.open.remove(&step) {
            Some(open) => open.intent.key,
            None => {
                let intent = journal::thought_intent(&task_id, &request, clock::now());
                let key = intent.key.clone();
                self.commit(vec![intent]).await?;
                key
            }
        };
        crash_point("execution.intent_committed");
        let within = self.time_for(Duration::from_millis(self.state.settings.model_timeout_ms));
        let agent_id = self.run.run.agent_id.to_string();
        let speaker = self.state.listeners.speaker(&self.lease.task_id, self.lease.attempt, step.into());
        let tenant = self.run.run.tenant.as_str().to_owned();
        let tenant = tenant.as_str();
        let asker = Asker {
            task_id: Some(&task_id),
            agent_id: Some(&agent_id),
            tenant: Some(tenant),
            idempotency_key: Some(&key),
        };
        let began = Instant::now();
        let thought = tokio::select! {
            biased;
            wish = self.ask.wait() => return Err(Stop::Wished(wish)),
            thought = thought::ask(&self.state.models, request, &self.plan.chat_tools, asker, within, speaker) => thought,
        };
        let took = began.elapsed();
        crash_point("execution.model_answered");
        metrics::histogram!("execution_step_seconds", "kind" => "thought").record(took);
        match thought {
            Thought::Answered { answer, model, provider } => {
                self.speaker = Speaker { model: Some(model), provider };
                self.said(answer, took)
            }
            Thought::Failed(failure) => self.record(Event::ModelFailed(failure), took),
            // Time that the run itself has no more of is told by the next tick.
            Thought::Trouble { .. } if self.time_for(Duration::MAX).is_zero() => Ok(()),
            Thought::Trouble { why, retry_after } => Err(Stop::Trouble { why, retry_after }),
        }
    }

    /// What the model said; or, when that is more than is kept, that it was. It was paid for all the same.
    fn said(&mut self, answer: ModelAnswer, took: Duration) -> Result<(), Stop> {
        let calls = answer.tool_calls.iter().map(|call| call.function.arguments.len());
        let bytes = answer.content.as_ref().map_or(0, String::len) + calls.sum::<usize>();
        let most = self.state.settings.payload_max_bytes;
        if bytes <= most {
            return self.record(Event::ModelAnswered(answer), took);
        }
        let message =
            format!("the model's answer has {bytes} bytes, and execution.payload_max_bytes allows {most}");
        let failure = ModelFailure { step: answer.step, kind: ModelFailureKind::TooLarge, message };
        self.record(Event::ModelFailed(failure), took)?;
        if let Some(paid) = self.pending.last_mut() {
            journal::charge(paid, &answer, &self.speaker);
        }
        Ok(())
    }

    async fn act(&mut self, calls: Vec<ToolCall>) -> Result<(), Stop> {
        let within = self.time_for(Duration::from_millis(self.state.settings.tool_timeout_ms));
        let (mut calls, cleared) = self.settle_by_asking(calls, within).await?;
        if calls.is_empty() {
            return Ok(());
        }
        let (mut intents, mut guarded, mut stop) = (Vec::new(), Vec::new(), None);
        for call in &calls {
            let open = self.open.get(&call.step);
            let guard = self.guard(call);
            let intent = journal::tool_intent(call, clock::now());
            match act::admit(call, open, guard, cleared.contains(&call.step)) {
                // An INTENT that stands is written once more: its approval, if it has one, is used up before the effect.
                Ok(()) => {
                    let key = open.map_or_else(|| intent.key.clone(), |open| open.intent.key.clone());
                    intents.push(StepIntent { key, ..intent });
                }
                Err(review) => {
                    guarded.extend((guard.is_some() && open.is_none()).then_some(intent));
                    stop.get_or_insert(review);
                }
            }
        }
        if let Some(review) = stop {
            // Only what a person is asked about is written down: what stands in the journal may have been done.
            self.commit(guarded).await?;
            return Err(review);
        }
        // What is sent is what stands in the journal.
        calls.iter_mut().zip(&intents).for_each(|(call, intent)| call.key.clone_from(&intent.key));
        self.commit(intents).await?;
        calls.iter().for_each(|call| drop(self.open.remove(&call.step)));
        crash_point("execution.intent_committed");
        let observed = tokio::select! {
            biased;
            wish = self.ask.wait() => return Err(Stop::Wished(wish)),
            observed = act::run_all(&self.state.tools, &self.run.run.agent_id, &calls, within) => observed,
        };
        for (call, (observation, took)) in calls.iter().zip(observed) {
            self.doubts.note(&Called::from(call), &observation.outcome);
            self.record(Event::ToolObserved(observation), took)?;
        }
        Ok(())
    }

    fn guard(&self, call: &ToolCall) -> Option<Guard> {
        if self.plan.config.needs_person(&call.tool) {
            return Some(Guard::Configured);
        }
        self.doubts.about(call).map(Guard::InDoubt)
    }

    /// Asks tools what became of calls that a crash hid. Those that happened get their results here; answers the others, and which of
    /// them certainly did not happen.
    async fn settle_by_asking(
        &mut self,
        calls: Vec<ToolCall>,
        within: Duration,
    ) -> Result<(Vec<ToolCall>, Vec<u32>), Stop> {
        let asked: Vec<_> =
            calls.iter().filter(|call| act::must_ask(call, self.open.get(&call.step))).collect();
        if asked.is_empty() {
            return Ok((calls, Vec::new()));
        }
        let began = Instant::now();
        let found = tokio::select! {
            biased;
            wish = self.ask.wait() => return Err(Stop::Wished(wish)),
            found = act::probe_all(&self.state.tools, &asked, within) => found,
        };
        let steps: Vec<u32> = asked.iter().map(|call| call.step).collect();
        let (mut done, mut cleared) = (Vec::new(), Vec::new());
        for (step, found) in steps.into_iter().zip(found) {
            match found {
                Found::Done(outcome) => {
                    self.open.remove(&step);
                    self.record(Event::ToolObserved(Observation { step, outcome }), began.elapsed())?;
                    done.push(step);
                }
                Found::NotDone => cleared.push(step),
                Found::Unknown => {}
            }
        }
        Ok((calls.into_iter().filter(|call| !done.contains(&call.step)).collect(), cleared))
    }

    /// What one effect may take: its own limit, or what is left of the run's time.
    fn time_for(&self, limit: Duration) -> Duration {
        let mut left = limit.min(self.limit.saturating_sub(self.elapsed()));
        if let Some(deadline) = self.deadline {
            left = left.min(deadline.saturating_duration_since(Instant::now()));
        }
        left
    }

    fn record(&mut self, event: Event, took: Duration) -> Result<(), Stop> {
        self.pending.push(journal::result(&event, &self.speaker, took, clock::now()));
        self.apply(event)
    }

    fn apply(&mut self, event: Event) -> Result<(), Stop> {
        self.machine.apply(event).map_err(|error| unusable("JOURNAL_UNREADABLE", &error.to_string()))
    }

    /// Commits the pending RESULTs and these INTENTs, in as few commits as possible and never an INTENT before the RESULT that it
    /// follows from.
    pub async fn commit(&mut self, intents: Vec<StepIntent>) -> Result<(), Stop> {
        let (ask, lease, storage) = (self.ask, &self.lease, &self.state.storage);
        let mut results = std::mem::take(&mut self.pending);
        let last = results.pop();
        let earlier = results.iter().map(|result| insist(ask, || storage.step_result(lease, result.clone())));
        try_join_all(earlier).await?;
        let (first, others) =
            intents.split_first().map_or((None, &[][..]), |(first, others)| (Some(first), others));
        match (&last, first) {
            (Some(result), Some(intent)) => {
                insist(ask, || storage.step_result_and_intent(lease, result.clone(), intent.clone())).await?;
            }
            (Some(result), None) => insist(ask, || storage.step_result(lease, result.clone())).await?,
            (None, Some(intent)) => insist(ask, || storage.step_intent(lease, intent.clone())).await?,
            (None, None) => return Ok(()),
        }
        try_join_all(others.iter().map(|intent| insist(ask, || storage.step_intent(lease, intent.clone()))))
            .await?;
        if last.is_some() {
            crash_point("execution.result_committed");
        }
        self.state.watchers.changed(&self.lease.task_id);
        Ok(())
    }
}

fn unusable(code: &str, message: &str) -> Stop {
    Stop::Review(TaskError { code: code.to_owned(), message: message.to_owned() })
}

/// The model and provider that the journal names last.
fn last_speaker(steps: &[StepRecord]) -> Speaker {
    let results = steps.iter().rev().filter_map(|step| step.result.as_ref()?.result_json.as_deref());
    let mut shown = results.filter_map(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let fact = |value: &serde_json::Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
    shown
        .find(|value| value.get("model").is_some())
        .map(|value| Speaker { model: fact(&value, "model"), provider: fact(&value, "provider") })
        .unwrap_or_default()
}
