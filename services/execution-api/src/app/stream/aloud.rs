//! The words of a thought among the lasting events of its task: never before the steps that led to it, never after its own.

use std::collections::VecDeque;
use std::pin::Pin;

use futures::{Stream, StreamExt};
use task_model::Attempt;

use super::Happened;
use crate::app::words::{Heard, Listener, Words};

/// Both kinds, in one order.
pub(super) struct Aloud<S> {
    lasting: Pin<Box<S>>,
    listener: Listener,
    /// What comes next, whatever else happens.
    next: VecDeque<Happened>,
    /// Words of a thought whose way there has not been told yet.
    early: Vec<Words>,
    attempt: Attempt,
    /// The last step that was told.
    step: i64,
}

impl<S: Stream<Item = Happened>> Aloud<S> {
    /// After `step` of `attempt`.
    pub(super) fn new(lasting: S, listener: Listener, attempt: Attempt, step: i64) -> Self {
        let (next, early) = (VecDeque::new(), Vec::new());
        Self { lasting: Box::pin(lasting), listener, next, early, attempt, step }
    }

    /// The next event of either kind; `None` after the last. Dropping the returned future loses nothing.
    pub(super) async fn next(&mut self) -> Option<Happened> {
        loop {
            if let Some(happened) = self.next.pop_front() {
                return Some(happened);
            }
            tokio::select! {
                biased;
                happened = self.lasting.next() => match happened? {
                    Happened::Step(attempt, step) => {
                        // What was said before the step was committed has been sent before.
                        self.listener.waiting().into_iter().for_each(|heard| self.hear(heard));
                        (self.attempt, self.step) = (attempt, step.number);
                        self.next.push_back(Happened::Step(attempt, step));
                        let early = std::mem::take(&mut self.early);
                        early.into_iter().for_each(|words| self.hear(Heard::Words(words)));
                    }
                    other => return Some(other),
                },
                heard = self.listener.next(), if self.early.is_empty() => self.hear(heard),
            }
        }
    }

    fn hear(&mut self, heard: Heard) {
        let words = match heard {
            Heard::Missed(missed) => return self.next.push_back(Happened::Missed(missed)),
            Heard::Words(words) => words,
        };
        // A later attempt begins when the one before has ended, and nothing of that is told after it.
        if words.attempt > self.attempt {
            (self.attempt, self.step) = (words.attempt, words.step - 1);
        }
        if words.attempt < self.attempt || words.step <= self.step {
            return;
        }
        if words.step == self.step + 1 {
            self.next.push_back(Happened::Words(words));
        } else {
            self.early.push(words);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::words::Listeners;
    use futures::FutureExt;
    use futures::channel::mpsc;
    use serde_json::json;
    use task_model::TaskId;
    use tokio::time::Instant;

    struct World {
        listeners: Listeners,
        task: TaskId,
        lasting: mpsc::UnboundedSender<Happened>,
        aloud: Aloud<mpsc::UnboundedReceiver<Happened>>,
    }

    impl World {
        fn after(step: i64) -> Self {
            let (listeners, task) = (Listeners::default(), TaskId::parse("a").unwrap());
            let (lasting, receiver) = mpsc::unbounded();
            let aloud = Aloud::new(receiver, listeners.listen(&task), Attempt::FIRST, step);
            Self { listeners, task, lasting, aloud }
        }

        fn say(&self, attempt: i64, step: i64, text: &str) {
            let mut speaker = self.listeners.speaker(&self.task, Attempt(attempt), step).unwrap();
            speaker.say(text, Instant::now());
            speaker.flush();
        }

        fn commit(&self, number: i64) {
            let step = json!({ "number": number, "kind": "thought", "name": "", "request": {}, "result": {}, "started_at": "",
                               "duration_ms": 1.0, "tokens_in": 0, "tokens_out": 0, "cost_usd": 0.0 });
            let step = Box::new(serde_json::from_value(step).unwrap());
            self.lasting.unbounded_send(Happened::Step(Attempt::FIRST, step)).unwrap();
        }

        fn told(&mut self) -> Vec<String> {
            let mut all = Vec::new();
            while let Some(happened) = self.aloud.next().now_or_never() {
                all.push(match happened.expect("it has not ended") {
                    Happened::Step(_, step) => format!("step {}", step.number),
                    Happened::Words(words) => words.text.to_string(),
                    other => format!("{other:?}"),
                });
            }
            all
        }
    }

    #[tokio::test]
    async fn words_come_before_their_step_and_after_those_before() {
        let mut world = World::after(0);
        world.say(1, 1, "one");
        assert_eq!(world.told(), ["one"]);
        world.say(1, 1, "more");
        world.commit(1);
        world.commit(2);
        world.say(1, 3, "three");
        assert_eq!(world.told(), ["more", "step 1", "step 2", "three"]);
    }

    #[tokio::test]
    async fn words_wait_for_the_steps_before_them() {
        let mut world = World::after(0);
        world.say(1, 3, "three");
        assert_eq!(world.told(), [] as [&str; 0]);
        world.commit(1);
        assert_eq!(world.told(), ["step 1"]);
        world.commit(2);
        assert_eq!(world.told(), ["step 2", "three"]);
    }

    #[tokio::test]
    async fn nothing_is_said_of_steps_that_were_told() {
        let mut world = World::after(2);
        world.say(1, 2, "two");
        world.say(1, 3, "three");
        assert_eq!(world.told(), ["three"]);
    }

    #[tokio::test]
    async fn the_next_attempt_speaks_at_once() {
        let mut world = World::after(4);
        world.say(2, 1, "again");
        world.say(1, 5, "too late");
        assert_eq!(world.told(), ["again"]);
    }
}
