//! What the model knows of runs, steps and sessions.

use super::*;

impl Model {
    pub(super) fn insert_run(&mut self, task: u8, attempt: i64, now: i64) -> Answer {
        if self.runs.contains_key(&(task, attempt)) {
            return "existing".to_owned();
        }
        if self.tasks.get(&task).is_some_and(|task| ended(task.status) || task.attempt > attempt) {
            return "conflict".to_owned();
        }
        self.runs.insert(
            (task, attempt),
            Run {
                status: "queued",
                due: now,
                deadline: (task % 2 == 1).then_some(now + DEADLINE_MS),
                ..Run::default()
            },
        );
        "new".to_owned()
    }

    pub(super) fn live(&self, session: usize, now: i64) -> bool {
        self.sessions.get(session).is_some_and(|session| !session.closed && session.expires > now)
    }

    pub(super) fn claim(&mut self, session: usize, now: i64, answered: &str) -> Answer {
        let waiting = || {
            self.runs.iter().filter(|(_, run)| ["queued", "waiting"].contains(&run.status) && run.due <= now)
        };
        let Some(first) = waiting().map(|(_, run)| run.due).min() else { return "nothing".to_owned() };
        if !self.live(session, now) {
            return "stale".to_owned();
        }
        let claim = |(key, run): (&(u8, i64), &Run)| (*key, word((key.0, key.1, run.fence + 1)));
        let mut claims: Vec<_> = waiting().filter(|(_, run)| run.due == first).map(claim).collect();
        let chosen = claims.iter().position(|(_, claim)| claim == answered).unwrap_or(0);
        let (key, claim) = claims.swap_remove(chosen);
        let run = self.runs.get_mut(&key).unwrap();
        (run.status, run.fence, run.session) = ("running", run.fence + 1, Some(session));
        claim
    }

    pub(super) fn driven(&mut self, task: u8, attempt: i64, fence: i64) -> Option<&mut Run> {
        self.runs.get_mut(&(task, attempt)).filter(|run| run.fence == fence && run.session.is_some())
    }

    pub(super) fn intent(&mut self, task: u8, attempt: i64, fence: i64, no: i64) -> Answer {
        let Some(run) = self.driven(task, attempt, fence) else { return "stale".to_owned() };
        match run.steps.get(&no) {
            Some(true) => "conflict".to_owned(),
            _ => {
                run.steps.insert(no, false);
                "ok".to_owned()
            }
        }
    }

    pub(super) fn result(&mut self, task: u8, attempt: i64, fence: i64, no: i64) -> Answer {
        let Some(run) = self.driven(task, attempt, fence) else { return "stale".to_owned() };
        let Some(known) = run.steps.get_mut(&no) else { return "not found".to_owned() };
        run.tokens += if *known { 0 } else { 10 };
        *known = true;
        "ok".to_owned()
    }

    pub(super) fn finish(&mut self, task: u8, attempt: i64, fence: i64, done: bool) -> Answer {
        let Some(run) = self.driven(task, attempt, fence) else { return "stale".to_owned() };
        (run.status, run.session, run.fence) =
            (if done { "completed" } else { "failed" }, None, run.fence + 1);
        self.finished.push((task, attempt));
        "ok".to_owned()
    }

    /// A run leaves its worker for `status`, unless somebody asked for something else.
    pub(super) fn give_back(&mut self, key: (u8, i64), status: &'static str, now: i64) -> &'static str {
        let run = self.runs.get_mut(&key).unwrap();
        run.status = match (run.cancel, run.pause && status != "needs_review") {
            (true, _) => "cancelled",
            (_, true) => "paused",
            _ => status,
        };
        (run.session, run.fence, run.due, run.pause) = (None, run.fence + 1, now, false);
        if run.status == "cancelled" {
            self.finished.push(key);
        }
        self.runs[&key].status
    }

    pub(super) fn release(&mut self, task: u8, attempt: i64, fence: i64, now: i64) -> Answer {
        if self.driven(task, attempt, fence).is_none() {
            return "stale".to_owned();
        }
        self.give_back((task, attempt), "queued", now);
        "ok".to_owned()
    }

    pub(super) fn driven_by(&self, session: usize) -> Vec<(u8, i64)> {
        self.runs.iter().filter(|(_, run)| run.session == Some(session)).map(|(key, _)| *key).collect()
    }

    pub(super) fn close(&mut self, session: usize, now: i64) -> Answer {
        let Some(closing) = self.sessions.get_mut(session) else { return word(0) };
        closing.closed = true;
        let runs = self.driven_by(session);
        for key in &runs {
            self.give_back(*key, "queued", now);
        }
        word(runs.len())
    }

    pub(super) fn reap(&mut self, now: i64) -> Answer {
        let (mut queued, mut poisoned, mut stopped) = (0, 0, 0);
        for session in 0..self.sessions.len() {
            if self.sessions[session].closed || self.sessions[session].expires > now {
                continue;
            }
            self.sessions[session].closed = true;
            for key in self.driven_by(session) {
                let run = self.runs.get_mut(&key).unwrap();
                run.deaths += 1;
                let next = if run.deaths >= 2 { "needs_review" } else { "queued" };
                match self.give_back(key, next, now) {
                    "queued" => queued += 1,
                    "needs_review" => poisoned += 1,
                    _ => stopped += 1,
                }
            }
        }
        word((queued, poisoned, stopped))
    }

    pub(super) fn expire(&mut self, now: i64) -> Answer {
        let idle = |run: &Run| run.session.is_none() && ["queued", "waiting", "paused"].contains(&run.status);
        let late = |run: &Run| run.deadline.filter(|at| *at <= now && idle(run));
        let mut late: Vec<_> = self.runs.iter().filter_map(|(key, run)| Some((late(run)?, *key))).collect();
        late.sort_unstable();
        for (_, key) in &late {
            let run = self.runs.get_mut(key).unwrap();
            (run.status, run.fence, run.pause) = ("failed", run.fence + 1, false);
            self.finished.push(*key);
        }
        word(late.len())
    }

    pub(super) fn latest(&mut self, task: u8) -> Option<(i64, &mut Run)> {
        self.runs.range_mut((task, 0)..(task + 1, 0)).next_back().map(|((_, attempt), run)| (*attempt, run))
    }

    pub(super) fn cancel_run(&mut self, task: u8) -> Answer {
        let Some((attempt, run)) = self.latest(task) else { return "not found".to_owned() };
        if ended(run.status) {
            return "ignored".to_owned();
        }
        if run.session.is_some() {
            run.cancel = true;
            return "requested".to_owned();
        }
        (run.status, run.fence, run.pause) = ("cancelled", run.fence + 1, false);
        self.finished.push((task, attempt));
        "done".to_owned()
    }

    pub(super) fn pause_run(&mut self, task: u8, now: i64) -> Answer {
        let Some((_, run)) = self.latest(task) else { return "not found".to_owned() };
        if run.session.is_some() {
            run.pause = true;
            return "requested".to_owned();
        }
        match run.status {
            "queued" | "waiting" => {
                (run.status, run.fence, run.due) = ("paused", run.fence + 1, now);
                "done".to_owned()
            }
            "paused" => "done".to_owned(),
            _ => "ignored".to_owned(),
        }
    }

    pub(super) fn resume_run(&mut self, task: u8, now: i64) -> Answer {
        let Some((_, run)) = self.latest(task) else { return "not found".to_owned() };
        if run.session.is_some() {
            run.pause = false;
            return "done".to_owned();
        }
        if run.status != "paused" {
            return "ignored".to_owned();
        }
        (run.status, run.fence, run.due) = ("queued", run.fence + 1, now);
        "done".to_owned()
    }

    pub(super) fn renew(&mut self, session: usize, now: i64) -> Answer {
        let Some(session) = self.sessions.get_mut(session).filter(|session| !session.closed) else {
            return "stale".to_owned();
        };
        session.expires = now + TTL_MS;
        "ok".to_owned()
    }

    pub(super) fn result_and_intent(&mut self, task: u8, attempt: i64, fence: i64, no: i64) -> Answer {
        let Some(run) = self.driven(task, attempt, fence) else { return "stale".to_owned() };
        match (run.steps.get(&no), run.steps.get(&(no + 1))) {
            (None, _) => return "not found".to_owned(),
            (_, Some(true)) => return "conflict".to_owned(),
            _ => {}
        }
        self.result(task, attempt, fence, no);
        self.intent(task, attempt, fence, no + 1)
    }

    pub(super) fn finish_with(&mut self, task: u8, attempt: i64, fence: i64, no: i64) -> Answer {
        match self.result(task, attempt, fence, no).as_str() {
            "ok" => self.finish(task, attempt, fence, true),
            refused => refused.to_owned(),
        }
    }

    pub(super) fn wait(&mut self, task: u8, attempt: i64, fence: i64, now: i64) -> Answer {
        if self.driven(task, attempt, fence).is_none() {
            return "stale".to_owned();
        }
        self.give_back((task, attempt), "waiting", now + WAIT_MS);
        "ok".to_owned()
    }
}
