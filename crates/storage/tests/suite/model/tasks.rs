//! What the model knows of tasks, their outcomes and what is said about them.

use super::*;

impl Model {
    pub(super) fn assign(&mut self, task: u8, hash: u8, now: i64) -> Answer {
        match self.tasks.get(&task) {
            None => {
                self.tasks.insert(task, Task::new(hash, now));
                "new".to_owned()
            }
            Some(known) if known.hash == hash => "replay".to_owned(),
            Some(_) => "conflict".to_owned(),
        }
    }

    pub(super) fn dispatch_due(&mut self, now: i64) -> Answer {
        let mut due = Vec::new();
        for (name, task) in &mut self.tasks {
            if task.due.is_some_and(|at| at <= now) {
                task.due = Some(now + CLAIM_MS);
                due.push((*name, task.attempt));
            }
        }
        word(due)
    }

    pub(super) fn dispatched(&mut self, task: u8, attempt: i64) -> bool {
        let Some(task) = self.tasks.get_mut(&task).filter(|task| task.attempt == attempt) else {
            return false;
        };
        if task.status == "assigned" {
            (task.status, task.due) = ("queued", None);
        }
        task.status == "queued"
    }

    pub(super) fn cancel_task(&mut self, name: u8) -> Answer {
        let Some(task) = self.tasks.get_mut(&name) else { return "not found".to_owned() };
        if task.status == "assigned" && !self.runs.contains_key(&(name, task.attempt)) {
            (task.status, task.due) = ("cancelled", None);
            return "done".to_owned();
        }
        if ended(task.status) { "ended".to_owned() } else { format!("requested {}", task.attempt) }
    }

    pub(super) fn retry_task(&mut self, task: u8, now: i64) -> Answer {
        let Some(task) = self.tasks.get_mut(&task) else { return "not found".to_owned() };
        if !["failed", "cancelled"].contains(&task.status) {
            return "conflict".to_owned();
        }
        (task.status, task.due, task.attempt) = ("assigned", Some(now), task.attempt + 1);
        word(task.attempt)
    }

    pub(super) fn outcomes(&mut self) -> Answer {
        let tasks = &self.tasks;
        let current = |(task, attempt): &(u8, i64)| {
            tasks.get(task).map(|task| !ended(task.status) && task.attempt == *attempt)
        };
        self.finished.retain(|key| current(key) != Some(false));
        word(self.finished.iter().filter(|key| current(key) == Some(true)).collect::<Vec<_>>())
    }

    pub(super) fn settle_retry(&mut self, task: u8, attempt: i64, now: i64) -> Answer {
        let Some(known) = self.tasks.get_mut(&task) else { return "not found".to_owned() };
        self.finished.retain(|key| *key != (task, attempt));
        if ended(known.status) || known.attempt != attempt {
            return "already".to_owned();
        }
        (known.status, known.due, known.attempt) = ("assigned", Some(now), attempt + 1);
        self.experiences += 1;
        "done".to_owned()
    }

    /// Ends a task with so many experiences, once.
    pub(super) fn end(&mut self, task: u8, attempt: i64, status: &'static str, experiences: usize) -> Answer {
        let Some(known) = self.tasks.get_mut(&task) else { return "not found".to_owned() };
        self.finished.retain(|key| *key != (task, attempt));
        if ended(known.status) || known.attempt != attempt {
            return "already".to_owned();
        }
        (known.status, known.due, known.version) = (status, None, known.version + 1);
        self.experiences += experiences;
        "done".to_owned()
    }

    pub(super) fn postpone(&mut self, task: u8, attempt: i64, now: i64) -> Answer {
        let waits = |task: &&mut Task| task.attempt == attempt && task.due.is_some();
        if let Some(task) = self.tasks.get_mut(&task).filter(waits) {
            task.due = Some(now + POSTPONE_MS);
        }
        "ok".to_owned()
    }

    pub(super) fn hear(&mut self, task: u8, source: u8, key: u8, late: bool) -> Answer {
        let Some(known) = self.tasks.get_mut(&task) else { return "not found".to_owned() };
        if known.keys.contains(&key) {
            return "duplicate".to_owned();
        }
        if late {
            return "conflict".to_owned();
        }
        known.keys.insert(key);
        known.version += 1;
        self.experiences += usize::from(ended(known.status));
        if known.sources.insert(source) { "new" } else { "replaced" }.to_owned()
    }
}
