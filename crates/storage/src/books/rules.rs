//! The rules: each a sentence, and a query for whatever breaks it.

use super::Damage::{self, Doubled, Lost, Stale, Torn};

/// A rule that the tables must obey.
pub(super) struct Rule {
    /// What holds.
    pub(super) says: &'static str,
    /// What it means when it does not.
    pub(super) damage: Damage,
    /// Whether it holds at every instant, or only when nothing is on its way.
    pub(super) always: bool,
    /// Whether it needs the audit.
    pub(super) audit: bool,
    /// One column, `offender`, a row for each that breaks it.
    pub(super) offenders: &'static str,
}

const fn always(says: &'static str, damage: Damage, offenders: &'static str) -> Rule {
    Rule { says, damage, always: true, audit: false, offenders }
}

const fn drained(says: &'static str, damage: Damage, offenders: &'static str) -> Rule {
    Rule { says, damage, always: false, audit: false, offenders }
}

const fn audited(says: &'static str, damage: Damage, offenders: &'static str) -> Rule {
    Rule { says, damage, always: true, audit: true, offenders }
}

/// Fence 0 is nobody's: a step that was copied into a fork, or a call that a person refused.
pub(super) const ALL: &[Rule] = &[
    always(
        "no attempt teaches the same revision of its reward twice",
        Doubled,
        "SELECT task_id || ' #' || attempt AS offender FROM experiences GROUP BY task_id, attempt, revision \
         HAVING COUNT(*) > 1",
    ),
    always(
        "an attempt is settled once",
        Doubled,
        "SELECT task_id || ' #' || attempt AS offender FROM experiences WHERE source = 'settle' \
         GROUP BY task_id, attempt HAVING COUNT(*) > 1",
    ),
    always(
        "a correction replaces exactly the reward that was learned before",
        Doubled,
        "SELECT task_id || ' #' || attempt || ' revision ' || revision AS offender FROM \
             (SELECT task_id, attempt, revision, prev_reward, \
                  LAG(reward) OVER (PARTITION BY task_id, attempt ORDER BY revision) AS learned FROM experiences \
              WHERE weight > 0) AS chain \
         WHERE learned IS NOT NULL AND (prev_reward IS NULL OR prev_reward <> learned)",
    ),
    always(
        "an attempt of a task ends once in its history",
        Doubled,
        "SELECT task_id || ' #' || attempt AS offender FROM task_events \
         WHERE status IN ('completed', 'failed', 'cancelled') GROUP BY task_id, attempt HAVING COUNT(*) > 1",
    ),
    always(
        "a task has one decision for each of its attempts",
        Doubled,
        "SELECT t.task_id AS offender FROM tasks t JOIN decisions d ON d.task_id = t.task_id \
         GROUP BY t.task_id, t.attempt HAVING COUNT(*) > t.attempt OR MAX(d.attempt) <> t.attempt",
    ),
    always(
        "the last word of each source is one",
        Doubled,
        "SELECT task_id || ' by ' || source AS offender FROM feedback WHERE is_current GROUP BY task_id, source \
         HAVING COUNT(*) > 1",
    ),
    always(
        "the steps of a completed run are numbered without gaps, and each has its result",
        Doubled,
        "SELECT r.task_id || ' #' || r.attempt AS offender FROM runs r JOIN steps s ON s.task_id = r.task_id \
             AND s.attempt = r.attempt WHERE r.status = 'completed' GROUP BY r.task_id, r.attempt \
         HAVING COUNT(*) <> MAX(s.no) OR MIN(s.no) <> 1 OR COUNT(s.finished_at) <> COUNT(*)",
    ),
    always(
        "a run cost what its steps cost, each counted once",
        Doubled,
        "SELECT r.task_id || ' #' || r.attempt AS offender FROM runs r LEFT JOIN steps s ON s.task_id = r.task_id \
             AND s.attempt = r.attempt GROUP BY r.task_id, r.attempt, r.cost_micro, r.tokens_in, r.tokens_out \
         HAVING r.cost_micro <> COALESCE(SUM(s.cost_micro), 0) OR r.tokens_in <> COALESCE(SUM(s.tokens_in), 0) \
             OR r.tokens_out <> COALESCE(SUM(s.tokens_out), 0)",
    ),
    always(
        "no step carries a later fence than its run",
        Stale,
        "SELECT s.task_id || ' #' || s.attempt || ' step ' || s.no AS offender FROM steps s JOIN runs r \
             ON r.task_id = s.task_id AND r.attempt = s.attempt WHERE s.fence > r.fence",
    ),
    always(
        "fences never fall from one thought of a run to the next",
        Stale,
        "SELECT a.task_id || ' #' || a.attempt || ' step ' || b.no AS offender FROM steps a JOIN steps b \
             ON b.task_id = a.task_id AND b.attempt = a.attempt AND b.no > a.no \
         WHERE a.fence > b.fence AND a.kind = 'thought' AND b.kind = 'thought'",
    ),
    always(
        "a run that has ended belongs to no worker",
        Stale,
        "SELECT task_id || ' #' || attempt AS offender FROM runs \
         WHERE status IN ('completed', 'failed', 'cancelled') AND session_id IS NOT NULL",
    ),
    always(
        "a running run belongs to a worker",
        Lost,
        "SELECT task_id || ' #' || attempt AS offender FROM runs WHERE status = 'running' AND session_id IS NULL",
    ),
    always(
        "a task that has ended is not handed over any more",
        Doubled,
        "SELECT task_id AS offender FROM tasks \
         WHERE status IN ('completed', 'failed', 'cancelled') AND dispatch_due_at IS NOT NULL",
    ),
    drained(
        "a run that has ended is settled",
        Lost,
        "SELECT r.task_id || ' #' || r.attempt AS offender FROM runs r JOIN tasks t ON t.task_id = r.task_id \
             AND t.attempt = r.attempt WHERE r.status IN ('completed', 'failed', 'cancelled') \
             AND t.status NOT IN ('completed', 'failed', 'cancelled')",
    ),
    drained(
        "a task that has ended has no run that goes on",
        Torn,
        "SELECT t.task_id AS offender FROM tasks t JOIN runs r ON r.task_id = t.task_id \
         WHERE t.status IN ('completed', 'failed', 'cancelled') \
             AND r.status NOT IN ('completed', 'failed', 'cancelled')",
    ),
    drained(
        "a task and its last run end alike",
        Torn,
        "SELECT t.task_id || ': ' || t.status || ', its run ' || r.status AS offender FROM tasks t JOIN runs r \
             ON r.task_id = t.task_id AND r.attempt = t.attempt \
         WHERE t.status IN ('completed', 'failed', 'cancelled') AND r.status IN ('completed', 'failed', 'cancelled') \
             AND t.status <> r.status \
             AND NOT (t.status = 'cancelled' AND r.status = 'failed' AND t.cancel_requested_at IS NOT NULL)",
    ),
    drained(
        "every run has its task",
        Lost,
        "SELECT r.task_id AS offender FROM runs r LEFT JOIN tasks t ON t.task_id = r.task_id WHERE t.task_id IS NULL",
    ),
    drained(
        "a completed task whose agent was chosen is learned from",
        Lost,
        "SELECT t.task_id AS offender FROM tasks t JOIN decisions d ON d.task_id = t.task_id AND d.attempt = t.attempt \
             LEFT JOIN experiences e ON e.task_id = t.task_id AND e.attempt = t.attempt AND e.revision = 0 \
         WHERE t.status = 'completed' AND d.learnable AND e.seq IS NULL",
    ),
    drained(
        "a completed task shows the reward that was learned last",
        Torn,
        "SELECT t.task_id AS offender FROM tasks t JOIN experiences e ON e.task_id = t.task_id AND e.attempt = t.attempt \
         WHERE t.status = 'completed' AND t.reward <> e.reward AND e.weight > 0 AND e.revision = \
             (SELECT MAX(revision) FROM experiences l WHERE l.task_id = t.task_id AND l.attempt = t.attempt)",
    ),
    audited(
        "the fence of a run never falls",
        Stale,
        "SELECT task_id || ' #' || attempt AS offender FROM audit_runs WHERE new_fence < old_fence",
    ),
    audited(
        "whoever takes or loses a run does so under a new fence",
        Stale,
        "SELECT task_id || ' #' || attempt || ' fence ' || new_fence AS offender FROM audit_runs \
         WHERE COALESCE(new_session, '') <> COALESCE(old_session, '') AND new_fence <= old_fence",
    ),
    audited(
        "nobody takes a run from a worker without its session ending first",
        Stale,
        "SELECT task_id || ' #' || attempt AS offender FROM audit_runs \
         WHERE old_session IS NOT NULL AND new_session IS NOT NULL AND new_session <> old_session",
    ),
    audited(
        "no fence is given out twice",
        Doubled,
        "SELECT task_id || ' #' || attempt || ' fence ' || new_fence AS offender FROM audit_runs \
         WHERE new_fence > old_fence GROUP BY task_id, attempt, new_fence HAVING COUNT(*) > 1",
    ),
    audited(
        "a run that has ended stays ended",
        Doubled,
        "SELECT task_id || ' #' || attempt AS offender FROM audit_runs \
         WHERE old_status IN ('completed', 'failed', 'cancelled') AND new_status <> old_status",
    ),
    audited(
        "a run ends once",
        Doubled,
        "SELECT task_id || ' #' || attempt AS offender FROM audit_runs \
         WHERE old_status <> new_status AND new_status IN ('completed', 'failed', 'cancelled') \
         GROUP BY task_id, attempt HAVING COUNT(*) > 1",
    ),
    audited(
        "an intent or a result is written only under the fence of the day, for a run that is driven",
        Stale,
        "SELECT task_id || ' #' || attempt || ' step ' || no || ' under ' || fence || ' of ' || run_fence AS offender \
         FROM audit_steps WHERE wrote <> 'other' AND fence <> 0 \
             AND (fence <> run_fence OR run_session IS NULL OR run_status <> 'running')",
    ),
    audited(
        "a step gets one result",
        Doubled,
        "SELECT task_id || ' #' || attempt || ' step ' || no AS offender FROM audit_steps WHERE wrote = 'result' \
         GROUP BY task_id, attempt, no HAVING COUNT(*) > 1",
    ),
    audited(
        "a result never changes",
        Doubled,
        "SELECT task_id || ' #' || attempt || ' step ' || no AS offender FROM audit_steps WHERE wrote = 'over a result'",
    ),
    // A probe asks whether it happened: what it does then is for those to judge who count outside.
    audited(
        "an effect that may not be repeated is not tried under two fences, unless a person allowed it",
        Doubled,
        "SELECT task_id || ' #' || attempt || ' step ' || no AS offender FROM audit_steps \
         WHERE wrote IN ('intent', 'result') AND fence <> 0 AND effect NOT IN ('pure', 'read', 'keyed', 'probe') AND approved_at IS NULL \
         GROUP BY task_id, attempt, no HAVING COUNT(DISTINCT fence) > 1",
    ),
];
