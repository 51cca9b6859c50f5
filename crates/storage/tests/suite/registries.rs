//! Models, calls, policies, training jobs and keys.

use futures::future::join_all;
use serde_json::json;
use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    keeps_models,
    sums_costs_by_every_group,
    keeps_prices_by_their_time,
    budgets_hold_when_many_take_at_once,
    declared_budgets_go_when_they_are_not_declared_any_more,
    a_share_that_does_not_fit_takes_nothing_of_the_others,
    numbers_policies_without_gaps,
    has_at_most_one_promoted_policy,
    moves_policies_and_keeps_their_lineage,
    keeps_how_far_a_training_job_is,
    keeps_training_jobs_in_pages,
    keeps_keys_until_they_end,
);

fn model(name: &str) -> ModelRecord {
    ModelRecord {
        model_id: name.to_owned(),
        provider: "openai".to_owned(),
        name: "gpt".to_owned(),
        version: "1".to_owned(),
        aliases: vec!["fast".to_owned()],
        input_per_million: MicroUsd(150_000),
        output_per_million: MicroUsd(600_000),
        config: json!({"context": 128_000}),
        enabled: true,
        created_at: NOW,
        updated_at: NOW,
    }
}

async fn keeps_models(db: Database) {
    db.storage.model_put(model("a")).await.unwrap();
    db.storage.model_put(model("b")).await.unwrap();
    let changed = ModelRecord { enabled: false, created_at: later(9), updated_at: later(9), ..model("a") };
    db.storage.model_put(changed.clone()).await.unwrap();
    assert_eq!(db.storage.model_find("a").await.unwrap(), Some(ModelRecord { created_at: NOW, ..changed }));
    assert_eq!(db.storage.model_list().await.unwrap().len(), 2);
    assert!(db.storage.model_delete("b").await.unwrap() && !db.storage.model_delete("b").await.unwrap());
    assert!(db.storage.model_find("b").await.unwrap().is_none());
}

async fn sums_costs_by_every_group(db: Database) {
    let day = 86_400_000;
    let call = |n: i64| ModelCall {
        at: later(n * day),
        provider: "openai".to_owned(),
        model_id: ["small", "large"][(n % 2) as usize].to_owned(),
        agent_id: (n % 2 == 0).then(|| agent("tester")),
        task_id: Some(id("a")),
        attempt: Some(Attempt(1)),
        step: Some(n),
        tokens_in: 100,
        tokens_out: 10,
        cost: MicroUsd(5 + n),
        latency_us: 1_000,
        error_code: (n == 3).then(|| "RATE_LIMITED".to_owned()),
        key_id: (n == 1).then(|| "k1".to_owned()),
    };
    let added = [vec![call(0), call(1)], vec![], vec![call(2), call(3)]];
    for added in join_all(added.map(|calls| db.storage.model_calls_add(calls))).await {
        added.unwrap();
    }
    let groups = |group, until| {
        let storage = db.storage.clone();
        async move {
            let costs = storage.model_costs(group, Some(NOW), until).await.unwrap();
            costs
                .into_iter()
                .map(|cost| (cost.group, cost.calls, cost.cost.0, cost.errors))
                .collect::<Vec<_>>()
        }
    };
    let s = str::to_owned;
    assert_eq!(groups(CostGroup::Model, None).await, [(s("large"), 2, 14, 1), (s("small"), 2, 12, 0)]);
    assert_eq!(groups(CostGroup::Provider, None).await, [(s("openai"), 4, 26, 1)]);
    assert_eq!(groups(CostGroup::Agent, None).await, [(s(""), 2, 14, 1), (s("tester"), 2, 12, 0)]);
    assert_eq!(groups(CostGroup::Key, None).await, [(s(""), 3, 20, 1), (s("k1"), 1, 6, 0)]);
    assert_eq!(groups(CostGroup::Task, Some(later(day))).await, [(s("a"), 1, 5, 0)]);
    let days = groups(CostGroup::Day, None).await;
    assert_eq!((days.len(), days[0].clone()), (4, (s("2023-11-14"), 1, 5, 0)));
}

async fn keeps_prices_by_their_time(db: Database) {
    let price = |at: i64, input: i64| ModelPrice {
        model_id: "a".to_owned(),
        valid_from: later(at),
        input_per_million: MicroUsd(input),
        output_per_million: MicroUsd(4),
        cache_read_per_million: (at == 1).then_some(MicroUsd(1)),
        cache_write_per_million: None,
    };
    for (at, input) in [(2, 7), (1, 5), (2, 8)] {
        db.storage.model_price_put(price(at, input)).await.unwrap();
    }
    assert_eq!(db.storage.model_price_list().await.unwrap(), [price(1, 5), price(2, 8)]);
    assert!(db.storage.model_price_delete("a", later(1)).await.unwrap());
    assert!(!db.storage.model_price_delete("a", later(1)).await.unwrap());
    assert_eq!(db.storage.model_price_list().await.unwrap(), [price(2, 8)]);
}

fn budget(id: &str, limit: i64) -> BudgetRecord {
    BudgetRecord {
        budget_id: id.to_owned(),
        scope: "agent".to_owned(),
        subject: "tester".to_owned(),
        period: "day".to_owned(),
        limit: MicroUsd(limit),
        created_at: NOW,
        updated_at: NOW,
    }
}

fn share(id: &str, amount: i64) -> BudgetShare {
    BudgetShare { budget_id: id.to_owned(), period_start: NOW, amount: MicroUsd(amount) }
}

async fn budgets_hold_when_many_take_at_once(db: Database) {
    let other = db.neighbour().await;
    db.storage.budget_put(budget("b", 100)).await.unwrap();
    let take = (0..40).map(|n| {
        let storage = if n % 2 == 0 { db.storage.clone() } else { other.clone() };
        async move { storage.budget_reserve(vec![share("b", 7)]).await.unwrap() == Reserved::All }
    });
    assert_eq!(join_all(take).await.into_iter().filter(|taken| *taken).count(), 14);
    assert_eq!(db.storage.budget_used("b", NOW).await.unwrap(), MicroUsd(98));
    db.storage.budget_settle(vec![share("b", -90)]).await.unwrap();
    assert_eq!(other.budget_used("b", NOW).await.unwrap(), MicroUsd(8));
    assert_eq!(db.storage.budget_used("b", later(1)).await.unwrap(), MicroUsd::ZERO, "another period");

    let changed =
        BudgetRecord { limit: MicroUsd(10), created_at: later(1), updated_at: later(1), ..budget("b", 0) };
    db.storage.budget_put(changed.clone()).await.unwrap();
    assert_eq!(db.storage.budget_list().await.unwrap(), [BudgetRecord { created_at: NOW, ..changed }]);
    assert_eq!(
        db.storage.budget_reserve(vec![share("b", 3)]).await.unwrap(),
        Reserved::Exceeded("b".to_owned())
    );
    assert!(db.storage.budget_delete("b").await.unwrap() && !db.storage.budget_delete("b").await.unwrap());
    assert_eq!(db.storage.budget_used("b", NOW).await.unwrap(), MicroUsd::ZERO);
    other.close().await;
}

async fn declared_budgets_go_when_they_are_not_declared_any_more(db: Database) {
    let ids = async || -> Vec<String> {
        db.storage.budget_list().await.unwrap().into_iter().map(|budget| budget.budget_id).collect()
    };
    db.storage.budget_put(budget("by-hand", 5)).await.unwrap();
    let declare = async |of: &[&str]| {
        db.storage.budgets_declare(of.iter().map(|id| budget(id, 9)).collect()).await.unwrap();
    };
    declare(&["a", "b", "c"]).await;
    db.storage.budget_reserve(vec![share("b", 4)]).await.unwrap();
    db.storage.budget_put(budget("c", 7)).await.unwrap();
    declare(&["a"]).await;
    assert_eq!(ids().await, ["a", "by-hand", "c"], "what was changed by hand is nobody's to remove");
    declare(&["a", "b"]).await;
    assert_eq!(db.storage.budget_used("b", NOW).await.unwrap(), MicroUsd(4), "what is used stays");
    declare(&[]).await;
    assert_eq!(ids().await, ["by-hand", "c"]);
}

async fn a_share_that_does_not_fit_takes_nothing_of_the_others(db: Database) {
    for (id, limit) in [("wide", 100), ("narrow", 5)] {
        db.storage.budget_put(budget(id, limit)).await.unwrap();
    }
    let reserved = db.storage.budget_reserve(vec![share("wide", 6), share("narrow", 6)]).await.unwrap();
    assert_eq!(reserved, Reserved::Exceeded("narrow".to_owned()));
    assert_eq!(db.storage.budget_used("wide", NOW).await.unwrap(), MicroUsd::ZERO);
    assert_eq!(
        db.storage.budget_reserve(vec![share("wide", 5), share("narrow", 5)]).await.unwrap(),
        Reserved::All
    );
}

fn policy(status: PolicyStatus) -> NewPolicy {
    NewPolicy {
        status,
        algorithm: "pooled-linear".to_owned(),
        parent: None,
        trained_to: 12,
        params: json!({"alpha": 0.5}),
        metrics: json!({}),
        bytes: vec![1, 2, 3],
        note: "first".to_owned(),
        created_at: NOW,
    }
}

async fn numbers_policies_without_gaps(db: Database) {
    let other = db.neighbour().await;
    let storages = (0..6).map(|n| if n % 2 == 0 { db.storage.clone() } else { other.clone() });
    let publish = storages.map(|storage| async move {
        loop {
            match storage.policy_publish(policy(PolicyStatus::Candidate)).await {
                Err(Error::Conflict(_)) => {}
                version => return version.unwrap(),
            }
        }
    });
    let mut versions = join_all(publish).await;
    versions.sort_unstable();
    assert_eq!(versions, [1, 2, 3, 4, 5, 6]);
    let listed = db.storage.policy_list().await.unwrap();
    assert_eq!((listed[0].version, listed[0].policy.bytes.len()), (6, 0));
    let found = db.storage.policy_find(3).await.unwrap().unwrap();
    assert_eq!((found.policy, found.changed_at), (policy(PolicyStatus::Candidate), NOW));
    assert!(db.storage.policy_find(7).await.unwrap().is_none());
    other.close().await;
}

fn step(version: i64, from: PolicyStatus, to: PolicyStatus) -> PolicyMove {
    let share = if to == PolicyStatus::Canary { 0.1 } else { 0.0 };
    PolicyMove { version, from, to, share, why: "because".to_owned(), figures: json!({"n": 1}), at: later(1) }
}

async fn moves_policies_and_keeps_their_lineage(db: Database) {
    use PolicyStatus::*;
    let storage = &db.storage;
    let first = storage.policy_publish(policy(Promoted)).await.unwrap();
    let second = storage.policy_publish(policy(Candidate)).await.unwrap();
    let third = storage.policy_publish(policy(Shadow)).await.unwrap();
    for (from, to) in [(Candidate, Shadow), (Shadow, Canary)] {
        storage.policy_move(step(second, from, to)).await.unwrap();
    }
    let both = PoliciesInForce { promoted: Some(first), canary: Some((second, 0.1)) };
    assert_eq!(storage.policies_in_force().await.unwrap(), both);
    for refused in [step(second, Shadow, Promoted), step(third, Shadow, Canary)] {
        assert!(matches!(storage.policy_move(refused).await, Err(Error::Conflict(_))));
    }
    assert!(matches!(storage.policy_move(step(9, Shadow, Canary)).await, Err(Error::NotFound("policy"))));
    assert_eq!(storage.policies_in_force().await.unwrap(), both, "a refused move moves nobody");

    storage.policy_move(step(second, Canary, Promoted)).await.unwrap();
    let promoted = storage.policy_find(second).await.unwrap().unwrap();
    assert_eq!((promoted.replaced, promoted.share, promoted.changed_at), (Some(first), 0.0, later(1)));
    assert_eq!(storage.policy_find(first).await.unwrap().unwrap().policy.status, Retired);

    storage.policy_move(step(second, Promoted, RolledBack)).await.unwrap();
    assert_eq!(storage.policy_promoted().await.unwrap(), Some(first), "the one before decides again");
    let moves = storage.policy_moves(second).await.unwrap();
    let statuses: Vec<_> = moves.iter().map(|one| (one.status, one.share)).collect();
    assert_eq!(statuses, [(Shadow, 0.0), (Canary, 0.1), (Promoted, 0.0), (RolledBack, 0.0)]);
    assert_eq!((moves[0].why.as_str(), &moves[0].figures), ("because", &json!({"n": 1})));
    storage.policy_move(step(first, Promoted, RolledBack)).await.unwrap();
    assert_eq!(storage.policies_in_force().await.unwrap(), PoliciesInForce::default());
}

async fn has_at_most_one_promoted_policy(db: Database) {
    assert_eq!(db.storage.policy_promoted().await.unwrap(), None);
    let first = db.storage.policy_publish(policy(PolicyStatus::Promoted)).await.unwrap();
    assert_eq!(db.storage.policy_promoted().await.unwrap(), Some(first));
    let second = db.storage.policy_publish(policy(PolicyStatus::Promoted)).await.unwrap();
    assert_eq!(db.storage.policy_promoted().await.unwrap(), Some(second));
    let retired = db.storage.policy_find(first).await.unwrap().unwrap();
    assert_eq!(retired.policy.status, PolicyStatus::Retired);
    assert_eq!(db.storage.policy_find(second).await.unwrap().unwrap().replaced, Some(first));
}

async fn keeps_how_far_a_training_job_is(db: Database) {
    let checkpoint = |seq: i64| TrainingCheckpoint {
        job_id: "job".to_owned(),
        state: json!({"seq": seq}),
        bytes: vec![1, 2, seq as u8],
        at: later(seq),
    };
    assert_eq!(db.storage.training_checkpoint_find("job").await.unwrap(), None);
    for seq in [1, 2] {
        db.storage.training_checkpoint_put(checkpoint(seq)).await.unwrap();
    }
    assert_eq!(db.storage.training_checkpoint_find("job").await.unwrap(), Some(checkpoint(2)));
    db.storage.training_checkpoint_drop("job".to_owned()).await.unwrap();
    assert_eq!(db.storage.training_checkpoint_find("job").await.unwrap(), None);
}

async fn keeps_training_jobs_in_pages(db: Database) {
    let job = |n: i64| TrainingJob {
        job_id: format!("job-{n}"),
        status: "queued".to_owned(),
        config: json!({"epochs": n}),
        progress: json!({}),
        metrics: json!({}),
        policy_version: None,
        error: None,
        created_at: later(n),
        started_at: None,
        finished_at: None,
    };
    for n in 0..5 {
        db.storage.training_put(job(n)).await.unwrap();
    }
    let done = TrainingJob { status: "completed".to_owned(), policy_version: Some(4), ..job(3) };
    db.storage.training_put(done.clone()).await.unwrap();
    assert_eq!(db.storage.training_find("job-3").await.unwrap(), Some(done));
    let first = db.storage.training_list(&Page::first(3)).await.unwrap();
    let rest = db.storage.training_list(&Page { limit: 3, cursor: first.next_cursor }).await.unwrap();
    let ids: Vec<_> = first.items.iter().chain(&rest.items).map(|job| job.job_id.as_str()).collect();
    assert_eq!(ids, ["job-4", "job-3", "job-2", "job-1", "job-0"]);
    assert!(rest.next_cursor.is_none());
}

async fn keeps_keys_until_they_end(db: Database) {
    let key = |n: i64, expires_at| ApiKey {
        key_id: format!("key-{n}"),
        name: "ci".to_owned(),
        role: "operator".to_owned(),
        sha256: format!("{n:064}"),
        created_at: later(n),
        expires_at,
        revoked_at: None,
    };
    for (n, expires_at) in [(1, None), (2, Some(later(50))), (3, None)] {
        db.storage.key_create(key(n, expires_at)).await.unwrap();
    }
    assert!(matches!(db.storage.key_create(key(1, None)).await, Err(Error::Conflict(_))));
    assert!(db.storage.key_revoke("key-3", later(9)).await.unwrap());
    assert!(!db.storage.key_revoke("key-3", later(9)).await.unwrap());
    let active = |at| {
        let storage = db.storage.clone();
        async move { storage.keys_active(at).await.unwrap().into_iter().map(|key| key.key_id).collect::<Vec<_>>() }
    };
    assert_eq!(active(later(49)).await, ["key-1", "key-2"]);
    assert_eq!(active(later(50)).await, ["key-1"]);
    let all = db.storage.key_list().await.unwrap();
    assert_eq!(all.iter().map(|key| key.revoked_at).collect::<Vec<_>>(), [Some(later(9)), None, None]);
}
