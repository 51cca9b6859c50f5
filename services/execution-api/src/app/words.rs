//! What models are saying right now, to those who listen in this process. Nothing of it is kept: the step that follows is.
//!
//! A model is asked for its words one by one only while somebody listens to the run: it costs the process more than a whole answer,
//! and nearly nobody listens. Whoever comes during a thought that nobody listened to hears the next one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use task_model::{Attempt, TaskId};
use tokio::sync::broadcast;
use tokio::time::Instant;

/// Pieces that wait for a slow listener; older ones are lost to it.
const KEPT: usize = 64;
/// Words are held back until there are so many bytes of them …
const ENOUGH_BYTES: usize = 256;
/// … or the first of them is so old.
const LONG_ENOUGH: Duration = Duration::from_millis(50);

/// A piece of what a model says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The attempt.
    pub attempt: Attempt,
    /// The step that will hold the whole.
    pub step: i64,
    /// How many bytes of this thought came before. 0: it begins, perhaps anew after a worker died.
    pub at: usize,
    /// The piece.
    pub text: Arc<str>,
}

/// What a listener hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A piece.
    Words(Words),
    /// So many pieces were lost, because the listener is slower than the model.
    Missed(u64),
}

type Channels = Arc<Mutex<HashMap<TaskId, broadcast::Sender<Words>>>>;

/// The listeners of this process, by task. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Listeners(Channels);

impl Listeners {
    /// Begins to listen to the runs of a task.
    pub fn listen(&self, task: &TaskId) -> Listener {
        let mut channels = self.0.lock();
        let channel = channels.entry(task.clone()).or_insert_with(|| broadcast::channel(KEPT).0);
        Listener { heard: Some(channel.subscribe()), channels: self.0.clone(), task: task.clone() }
    }

    /// For the worker, before a thought: somebody to speak to, if anybody listens.
    pub fn speaker(&self, task: &TaskId, attempt: Attempt, step: i64) -> Option<Speaker> {
        let channel = self.0.lock().get(task)?.clone();
        Some(Speaker { channel, attempt, step, at: 0, held: String::new(), since: None })
    }
}

/// One listener; ends when dropped.
#[derive(Debug)]
pub struct Listener {
    heard: Option<broadcast::Receiver<Words>>,
    channels: Channels,
    task: TaskId,
}

impl Listener {
    /// The next that is said. Dropping the returned future loses nothing.
    pub async fn next(&mut self) -> Heard {
        let Some(heard) = &mut self.heard else { return std::future::pending().await };
        match heard.recv().await {
            Ok(words) => Heard::Words(words),
            Err(broadcast::error::RecvError::Lagged(missed)) => Heard::Missed(missed),
            // Not while the table holds the sender.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }

    /// What has been said already and not been heard yet.
    pub fn waiting(&mut self) -> Vec<Heard> {
        let mut all = Vec::new();
        while let Some(heard) = &mut self.heard {
            match heard.try_recv() {
                Ok(words) => all.push(Heard::Words(words)),
                Err(broadcast::error::TryRecvError::Lagged(missed)) => all.push(Heard::Missed(missed)),
                Err(_) => break,
            }
        }
        all
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut channels = self.channels.lock();
        self.heard = None;
        if channels.get(&self.task).is_some_and(|channel| channel.receiver_count() == 0) {
            channels.remove(&self.task);
        }
    }
}

/// Speaks one thought, in pieces that are worth a message. Never waits for anybody.
#[derive(Debug)]
pub struct Speaker {
    channel: broadcast::Sender<Words>,
    attempt: Attempt,
    step: i64,
    at: usize,
    held: String,
    since: Option<Instant>,
}

impl Speaker {
    /// More of the thought.
    pub fn say(&mut self, text: &str, now: Instant) {
        self.held.push_str(text);
        let since = *self.since.get_or_insert(now);
        if self.held.len() >= ENOUGH_BYTES || now >= since + LONG_ENOUGH {
            self.flush();
        }
    }

    /// When to [`Self::flush`], if nothing more is said until then.
    pub fn due(&self) -> Option<Instant> {
        self.since.map(|since| since + LONG_ENOUGH)
    }

    /// Sends what is held back.
    pub fn flush(&mut self) {
        self.since = None;
        if self.held.is_empty() {
            return;
        }
        let text: Arc<str> = std::mem::take(&mut self.held).into();
        let words = Words { attempt: self.attempt, step: self.step, at: self.at, text };
        self.at += words.text.len();
        // Without listeners it is lost, as it is meant to be.
        let _ = self.channel.send(words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(raw: &str) -> TaskId {
        TaskId::parse(raw).unwrap()
    }

    fn texts(heard: Vec<Heard>) -> Vec<(usize, String)> {
        let words = |heard| match heard {
            Heard::Words(words) => (words.at, words.text.to_string()),
            Heard::Missed(missed) => (usize::MAX, missed.to_string()),
        };
        heard.into_iter().map(words).collect()
    }

    #[test]
    fn nobody_is_spoken_to_while_nobody_listens() {
        let listeners = Listeners::default();
        assert!(listeners.speaker(&id("a"), Attempt::FIRST, 1).is_none());
        let (first, second) = (listeners.listen(&id("a")), listeners.listen(&id("a")));
        assert!(listeners.speaker(&id("b"), Attempt::FIRST, 1).is_none());
        drop(first);
        assert!(listeners.speaker(&id("a"), Attempt::FIRST, 1).is_some());
        drop(second);
        assert!(listeners.0.lock().is_empty());
    }

    #[tokio::test]
    async fn words_are_sent_when_there_are_enough_of_them_or_they_are_old() {
        let listeners = Listeners::default();
        let mut listener = listeners.listen(&id("a"));
        let mut speaker = listeners.speaker(&id("a"), Attempt::FIRST, 1).unwrap();
        let start = Instant::now();
        speaker.say("one ", start);
        assert_eq!(speaker.due(), Some(start + LONG_ENOUGH));
        assert_eq!(listener.waiting(), []);
        speaker.say("two", start + LONG_ENOUGH);
        speaker.say(&"x".repeat(ENOUGH_BYTES), start + LONG_ENOUGH);
        speaker.say("end", start + LONG_ENOUGH);
        speaker.flush();
        assert_eq!(speaker.due(), None);
        let expected = [(0, "one two".into()), (7, "x".repeat(ENOUGH_BYTES)), (263, "end".into())];
        assert_eq!(texts(listener.waiting()), expected);
    }

    #[tokio::test]
    async fn a_slow_listener_is_told_how_much_it_missed_and_holds_nobody_up() {
        let listeners = Listeners::default();
        let (mut slow, mut quick) = (listeners.listen(&id("a")), listeners.listen(&id("a")));
        let mut speaker = listeners.speaker(&id("a"), Attempt::FIRST, 1).unwrap();
        let mut quickly = 0;
        for _ in 0..KEPT + 10 {
            speaker.say("x", Instant::now());
            speaker.flush();
            quickly += quick.waiting().len();
        }
        assert_eq!(quickly, KEPT + 10);
        let heard = slow.waiting();
        assert_eq!(heard[0], Heard::Missed(10));
        assert_eq!(heard.len(), KEPT + 1);
    }
}
