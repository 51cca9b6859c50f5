//! Queues: priorities age, tenants have queues of their own, and limits hold over all processes.

use std::collections::HashMap;

use futures::future::join_all;
use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    a_priority_is_worth_a_minute_of_waiting,
    each_tenant_gets_its_share,
    limits_of_tenants_and_agents_hold_over_processes,
    a_full_agent_does_not_hold_up_the_others,
    only_tenants_with_due_runs_are_waiting,
    a_task_starts_when_it_is_to_start,
    the_next_attempt_may_spend_what_the_earlier_ones_left,
);

fn tenant(raw: &str) -> TenantId {
    TenantId::parse(raw).unwrap()
}

async fn insert(db: &Database, name: &str, of: &str, agent_name: &str) {
    let run = NewRun { tenant: tenant(of), agent_id: agent(agent_name), ..new_run(name, 1) };
    assert_eq!(db.storage.run_insert(run).await.unwrap(), Inserted::New);
}

async fn session(db: &Database) -> String {
    db.storage.session_open("host", 1, 3_600_000, NOW).await.unwrap().session_id
}

fn names(runs: &[RunRecord]) -> Vec<String> {
    runs.iter().map(|run| run.run.task_id.to_string()).collect()
}

async fn a_priority_is_worth_a_minute_of_waiting(db: Database) {
    for (name, priority, at) in
        [("old-low", 1, 0), ("new-urgent", 10, 540_001), ("newer-urgent", 10, 530_000)]
    {
        let priority = Priority::new(priority).unwrap();
        db.storage.run_insert(NewRun { priority, created_at: later(at), ..new_run(name, 1) }).await.unwrap();
    }
    let session = session(&db).await;
    let mut order = Vec::new();
    for _ in 0..3 {
        order.extend(names(&db.storage.run_claim(&session, 1, later(600_000)).await.unwrap()));
    }
    assert_eq!(order, ["newer-urgent", "old-low", "new-urgent"]);
}

async fn each_tenant_gets_its_share(db: Database) {
    for n in 0..20 {
        insert(&db, &format!("big-{n}"), "big", "tester").await;
    }
    for n in 0..2 {
        insert(&db, &format!("small-{n}"), "small", "tester").await;
    }
    let session = session(&db).await;
    let shares = vec![(tenant("big"), 2), (tenant("small"), 2)];
    let claim = |shares| db.storage.run_claim_shares(&session, shares, 4, ClaimLimits::default(), NOW);
    let of = |runs: &[RunRecord], name| runs.iter().filter(|run| run.run.tenant == tenant(name)).count();
    let first = claim(shares.clone()).await.unwrap();
    assert_eq!((of(&first, "big"), of(&first, "small")), (2, 2));
    assert_eq!(names(&claim(shares).await.unwrap()).len(), 2, "nobody takes more than its share");
    assert_eq!(db.storage.tenants_waiting(None, NOW).await.unwrap(), [tenant("big")]);
}

async fn limits_of_tenants_and_agents_hold_over_processes(db: Database) {
    for n in 0..30 {
        insert(&db, &format!("a-{n}"), "acme", if n % 2 == 0 { "tester" } else { "coder" }).await;
    }
    let limits = ClaimLimits {
        tenants: HashMap::from([(tenant("acme"), 7)]),
        tenant_default: None,
        agents: HashMap::from([(agent("tester"), 3)]),
    };
    let other = db.neighbour().await;
    let claimers = (0..6).map(|n| if n % 2 == 0 { db.storage.clone() } else { other.clone() });
    let claims = claimers.map(|storage| {
        let limits = limits.clone();
        async move {
            let session = storage.session_open("host", 1, 60_000, NOW).await.unwrap().session_id;
            let mut all = Vec::new();
            for _ in 0..4 {
                let shares = vec![(tenant("acme"), 2)];
                all.extend(storage.run_claim_shares(&session, shares, 2, limits.clone(), NOW).await.unwrap());
            }
            all
        }
    });
    let all: Vec<RunRecord> = join_all(claims).await.concat();
    assert_eq!(all.len(), 7, "{:?}", names(&all));
    assert!(all.iter().filter(|run| run.run.agent_id == agent("tester")).count() <= 3);
    db.storage.run_finish(all[0].lease(), None, completed()).await.unwrap();
    let session = session(&db).await;
    let shares = || vec![(tenant("acme"), 9)];
    let freed = db.storage.run_claim_shares(&session, shares(), 9, limits, NOW).await.unwrap();
    assert_eq!(freed.len(), 1, "one ended, one begins");
    other.close().await;
}

async fn a_full_agent_does_not_hold_up_the_others(db: Database) {
    for n in 0..5 {
        insert(&db, &format!("t-{n}"), "acme", "tester").await;
    }
    insert(&db, "free", "acme", "coder").await;
    let limits = ClaimLimits { agents: HashMap::from([(agent("tester"), 1)]), ..ClaimLimits::default() };
    let session = session(&db).await;
    let claim = || db.storage.run_claim_shares(&session, vec![(tenant("acme"), 1)], 1, limits.clone(), NOW);
    assert_eq!(claim().await.unwrap()[0].run.agent_id, agent("tester"));
    assert_eq!(names(&claim().await.unwrap()), ["free"]);
    assert!(claim().await.unwrap().is_empty());
}

async fn only_tenants_with_due_runs_are_waiting(db: Database) {
    for name in ["b", "a", "c"] {
        insert(&db, name, name, "tester").await;
    }
    let later_run = NewRun { tenant: tenant("d"), created_at: later(60_000), ..new_run("d", 1) };
    db.storage.run_insert(later_run).await.unwrap();
    let waiting = async |after: Option<&TenantId>| db.storage.tenants_waiting(after, NOW).await.unwrap();
    assert_eq!(waiting(None).await, [tenant("a"), tenant("b"), tenant("c")]);
    assert_eq!(waiting(Some(&tenant("b"))).await, [tenant("c"), tenant("a"), tenant("b")]);
    let session = session(&db).await;
    db.storage.run_claim(&session, 9, NOW).await.unwrap();
    assert!(waiting(None).await.is_empty());
}

async fn a_task_starts_when_it_is_to_start(db: Database) {
    let mut delayed = assignment("a");
    delayed.task.start_at = Some(later(5_000));
    db.storage.task_assign(delayed.clone()).await.unwrap();
    assert!(db.storage.task_dispatch_due(later(4_999), 9).await.unwrap().is_empty());
    let item = db.storage.task_dispatch_due(later(5_000), 9).await.unwrap().remove(0);
    assert_eq!(item.task, delayed.task);
}

async fn the_next_attempt_may_spend_what_the_earlier_ones_left(db: Database) {
    let (_, run) = claimed(&db.storage, "a").await;
    db.storage.step_intent(&run.lease(), intent(1)).await.unwrap();
    db.storage.run_finish(run.lease(), Some(result(1)), failed()).await.unwrap();
    let retry = SettleRetry {
        task_id: id("a"),
        attempt: Attempt(1),
        error: None,
        experience: None,
        decision: decision("a", 2, "coder"),
        due_at: NOW,
        at: NOW,
    };
    db.storage.task_settle_retry(retry).await.unwrap();
    let item = db.storage.task_dispatch_due(NOW, 9).await.unwrap().remove(0);
    assert_eq!((item.attempt, item.spent), (Attempt(2), MicroUsd(40)));
}
