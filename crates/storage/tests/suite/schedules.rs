//! Schedules: one firing makes one task, however many try; limits; edits while firings are due.

use futures::future::join_all;
use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    a_firing_is_made_once_however_many_try,
    a_task_that_is_there_already_is_the_firings_task,
    no_firing_while_the_last_task_runs_where_that_is_not_wanted,
    a_refusal_is_recorded_and_stays_after_the_next_success,
    an_edit_or_a_rest_takes_firings_under_way_back,
    a_tenant_has_no_more_schedules_than_it_may_even_when_many_are_made_at_once,
    the_same_again_changes_nothing,
    only_what_changes_the_times_moves_the_next_firing,
    schedules_are_listed_by_tenant_in_pages,
    a_run_on_demand_is_made_once,
);

fn named(raw: &str) -> ScheduleId {
    ScheduleId::parse(raw).unwrap()
}

fn tenant(raw: &str) -> TenantId {
    TenantId::parse(raw).unwrap()
}

fn new(raw: &str) -> NewSchedule {
    let spec = ScheduleSpec {
        tenant: TenantId::default(),
        cron: "* * * * *".to_owned(),
        time_zone: "Europe/Vienna".to_owned(),
        task_json: r#"{"description":"do it"}"#.to_owned(),
        missed: Missed::Last,
        catch_up_max: 10,
        overlap: Overlap::Allow,
        starts_at: None,
        ends_at: None,
    };
    NewSchedule { schedule_id: named(raw), spec, next_at: Some(NOW), at: NOW, tenant_max: 3 }
}

async fn made(db: &Database, new: NewSchedule) -> ScheduleRecord {
    assert_eq!(db.storage.schedule_create(new.clone()).await.unwrap(), ScheduleCreated::New);
    found(db, &new.schedule_id).await
}

async fn found(db: &Database, id: &ScheduleId) -> ScheduleRecord {
    db.storage.schedule_find(id).await.unwrap().unwrap()
}

/// The step that is due, making the task of this name.
fn step(of: &ScheduleRecord, task: &str) -> ScheduleStep {
    let due_at = of.next_at.unwrap();
    ScheduleStep {
        schedule_id: of.schedule_id.clone(),
        revision: of.revision,
        expected: due_at,
        due_at,
        firing: Firing::Make(Box::new(assignment(task))),
        next_at: Some(due_at.plus_millis(60_000)),
    }
}

async fn a_firing_is_made_once_however_many_try(db: Database) {
    let schedule = made(&db, new("s")).await;
    let others = join_all((0..3).map(|_| db.neighbour())).await;
    for round in 0..10 {
        let now = found(&db, &schedule.schedule_id).await;
        // Different ids: were two of them made, two tasks would be there.
        let tries = others.iter().chain([&db.storage]).enumerate();
        let tries = tries.map(|(n, storage)| storage.schedule_step(step(&now, &format!("r{round}-{n}"))));
        let came: Vec<Stepped> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(came.iter().filter(|one| **one == Stepped::Made).count(), 1, "{came:?}");
        assert_eq!(came.iter().filter(|one| **one == Stepped::Lost).count(), 3, "{came:?}");
    }
    let all = db.storage.task_list(&TaskFilter::default(), &Page::first(500)).await.unwrap();
    assert_eq!((all.items.len(), found(&db, &schedule.schedule_id).await.fired), (10, 10));
    assert_eq!(
        db.storage.task_dispatch_due(NOW, 99).await.unwrap().len(),
        10,
        "each waits to be handed over"
    );
    join_all(others.iter().map(Storage::close)).await;
}

async fn a_task_that_is_there_already_is_the_firings_task(db: Database) {
    let schedule = made(&db, new("s")).await;
    db.storage.task_assign(assignment("s:1")).await.unwrap();
    assert_eq!(db.storage.schedule_step(step(&schedule, "s:1")).await.unwrap(), Stepped::Made);
    let now = found(&db, &schedule.schedule_id).await;
    assert_eq!((now.next_at, now.last_task_id), (Some(later(60_000)), Some(id("s:1"))));
    let all = db.storage.task_list(&TaskFilter::default(), &Page::first(9)).await.unwrap();
    assert_eq!(all.items.len(), 1);
}

async fn no_firing_while_the_last_task_runs_where_that_is_not_wanted(db: Database) {
    let mut wanted = new("s");
    wanted.spec.overlap = Overlap::Skip;
    let schedule = made(&db, wanted).await;
    assert_eq!(db.storage.schedule_step(step(&schedule, "a")).await.unwrap(), Stepped::Made);
    let now = found(&db, &schedule.schedule_id).await;
    assert_eq!(db.storage.schedule_step(step(&now, "b")).await.unwrap(), Stepped::Overlapped);
    assert!(db.storage.task_find(&id("b")).await.unwrap().is_none());
    db.storage.task_cancel_request(&id("a"), NOW).await.unwrap();
    let now = found(&db, &schedule.schedule_id).await;
    assert_eq!((now.skipped, now.last.as_ref().unwrap().1.as_str()), (1, "overlapped"));
    assert_eq!(db.storage.schedule_step(step(&now, "c")).await.unwrap(), Stepped::Made);
}

async fn a_refusal_is_recorded_and_stays_after_the_next_success(db: Database) {
    let schedule = made(&db, new("s")).await;
    let error = TaskError { code: "INSUFFICIENT_CONFIDENCE".into(), message: "nobody can".into() };
    let refused = ScheduleStep { firing: Firing::Refuse(error.clone()), ..step(&schedule, "a") };
    assert_eq!(db.storage.schedule_step(refused).await.unwrap(), Stepped::Refused);
    let now = found(&db, &schedule.schedule_id).await;
    assert_eq!((now.refused, &now.last_refusal), (1, &Some((NOW, error.clone()))));
    db.storage.schedule_step(step(&now, "b")).await.unwrap();
    let now = found(&db, &schedule.schedule_id).await;
    assert_eq!((now.last.unwrap().1.as_str(), now.last_refusal), ("made", Some((NOW, error))));
}

async fn an_edit_or_a_rest_takes_firings_under_way_back(db: Database) {
    let schedule = made(&db, new("s")).await;
    let mut edited = new("s");
    edited.spec.task_json = r#"{"description":"do that"}"#.to_owned();
    db.storage.schedule_replace(edited.clone(), Some(1)).await.unwrap();
    assert_eq!(db.storage.schedule_step(step(&schedule, "a")).await.unwrap(), Stepped::Lost);
    let stale = db.storage.schedule_replace(new("s"), Some(1)).await;
    assert!(matches!(stale, Err(Error::Conflict(_))), "{stale:?}");

    let now = found(&db, &schedule.schedule_id).await;
    db.storage.schedule_pause(&schedule.schedule_id, later(5)).await.unwrap();
    db.storage.schedule_pause(&schedule.schedule_id, later(9)).await.unwrap();
    assert_eq!(db.storage.schedule_step(step(&now, "a")).await.unwrap(), Stepped::Lost);
    assert!(db.storage.schedules_due(later(1), 9).await.unwrap().is_empty());
    let rests = found(&db, &schedule.schedule_id).await;
    assert_eq!((rests.paused_at, rests.next_at), (Some(later(5)), None));

    let resume = |revision| {
        db.storage.schedule_resume(&schedule.schedule_id, revision, Some(later(60_000)), later(10))
    };
    assert!(matches!(resume(rests.revision - 1).await, Err(Error::Conflict(_))));
    resume(rests.revision).await.unwrap();
    resume(rests.revision).await.unwrap();
    assert_eq!(db.storage.schedules_due(later(60_000), 9).await.unwrap().len(), 1);
    assert!(db.storage.schedule_delete(&schedule.schedule_id).await.unwrap());
    assert!(!db.storage.schedule_delete(&schedule.schedule_id).await.unwrap());
    assert_eq!(db.storage.schedule_step(step(&now, "a")).await.unwrap(), Stepped::Lost);
    assert!(db.storage.task_find(&id("a")).await.unwrap().is_none());
}

async fn a_tenant_has_no_more_schedules_than_it_may_even_when_many_are_made_at_once(db: Database) {
    let others = join_all((0..3).map(|_| db.neighbour())).await;
    let making = (0..12).map(|n| others[n % 3].schedule_create(new(&format!("s{n}"))));
    let came: Vec<ScheduleCreated> = join_all(making).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(came.iter().filter(|one| **one == ScheduleCreated::New).count(), 3, "{came:?}");
    assert_eq!(came.iter().filter(|one| **one == ScheduleCreated::Full).count(), 9, "{came:?}");
    let mut other = new("other");
    other.spec.tenant = tenant("acme");
    assert_eq!(db.storage.schedule_create(other.clone()).await.unwrap(), ScheduleCreated::New);
    other.spec.tenant = TenantId::default();
    assert_eq!(db.storage.schedule_replace(other, None).await.unwrap(), ScheduleCreated::Full);
    join_all(others.iter().map(Storage::close)).await;
}

async fn the_same_again_changes_nothing(db: Database) {
    let schedule = made(&db, new("s")).await;
    let again = NewSchedule { next_at: Some(later(1)), ..new("s") };
    assert_eq!(db.storage.schedule_create(again).await.unwrap(), ScheduleCreated::Replay);
    assert_eq!(db.storage.schedule_replace(new("s"), None).await.unwrap(), ScheduleCreated::Replay);
    assert_eq!(found(&db, &schedule.schedule_id).await, schedule);
    let mut other = new("s");
    other.spec.overlap = Overlap::Skip;
    assert_eq!(db.storage.schedule_create(other).await.unwrap(), ScheduleCreated::Conflict);
}

async fn only_what_changes_the_times_moves_the_next_firing(db: Database) {
    made(&db, new("s")).await;
    let mut edited = NewSchedule { next_at: Some(later(7)), ..new("s") };
    edited.spec.overlap = Overlap::Skip;
    db.storage.schedule_replace(edited.clone(), None).await.unwrap();
    assert_eq!(found(&db, &named("s")).await.next_at, Some(NOW));
    edited.spec.cron = "5 * * * *".to_owned();
    db.storage.schedule_replace(edited, None).await.unwrap();
    let now = found(&db, &named("s")).await;
    assert_eq!((now.next_at, now.revision), (Some(later(7)), 3));
    let unknown = db.storage.schedule_replace(new("none"), None).await;
    assert!(matches!(unknown, Err(Error::NotFound(_))), "{unknown:?}");
}

async fn schedules_are_listed_by_tenant_in_pages(db: Database) {
    for name in ["a", "b", "c"] {
        made(&db, new(name)).await;
    }
    let mut other = new("b2");
    other.spec.tenant = tenant("acme");
    made(&db, other).await;
    let list = async |of: Option<&str>, cursor| {
        let page = Page { limit: 2, cursor };
        let of = of.map(tenant);
        let listing = db.storage.schedule_list(of.as_ref(), &page).await.unwrap();
        let names: Vec<String> = listing.items.iter().map(|one| one.schedule_id.to_string()).collect();
        (names.join(" "), listing.next_cursor)
    };
    let (first, cursor) = list(None, None).await;
    let (second, end) = list(None, cursor).await;
    assert_eq!((first.as_str(), second.as_str(), end), ("a b", "b2 c", None));
    assert_eq!(list(Some("acme"), None).await.0, "b2");
}

async fn a_run_on_demand_is_made_once(db: Database) {
    let schedule = made(&db, new("s")).await;
    let run = || db.storage.schedule_run(&schedule.schedule_id, assignment("s:run-1"));
    assert_eq!(run().await.unwrap(), Assigned::New);
    assert!(matches!(run().await.unwrap(), Assigned::Replay(_)));
    let now = found(&db, &schedule.schedule_id).await;
    assert_eq!((now.fired, now.next_at, now.last_task_id), (1, Some(NOW), Some(id("s:run-1"))));
    let unknown = db.storage.schedule_run(&named("none"), assignment("x")).await;
    assert!(matches!(unknown, Err(Error::NotFound(_))), "{unknown:?}");
}
