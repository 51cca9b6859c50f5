//! Listing: every filter and order against a plain filter over the same tasks.

use rand::prelude::*;
use rand::rngs::StdRng;
use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    agrees_with_a_plain_filter,
    shows_the_state_of_the_run_until_the_task_is_settled,
    takes_search_text_literally,
    refuses_a_cursor_of_another_list,
    lists_runs_in_pages,
);

fn random_tasks(rng: &mut StdRng) -> Vec<Assignment> {
    let one = |n: usize| {
        let mut one = assignment(&format!("task-{n:02}"));
        one.task.priority = Priority::new(rng.random_range(1..=10)).unwrap();
        // Few instants, so that many tasks share one and the id decides.
        one.task.created_at = later(rng.random_range(0..6));
        one.task.description =
            ["write a test", "Read the LOG", "count 100% of it"][rng.random_range(0..3)].to_owned();
        one.decision.agent_id = agent(["tester", "coder", "writer"][rng.random_range(0..3)]);
        one
    };
    (0..60).map(one).collect()
}

fn random_filter(rng: &mut StdRng) -> TaskFilter {
    let mut filter = TaskFilter::default();
    if rng.random_bool(0.3) {
        filter.statuses = vec![[TaskStatus::Assigned, TaskStatus::Cancelled][rng.random_range(0..2)]];
    }
    filter.agent_id = rng.random_bool(0.3).then(|| agent(["tester", "coder"][rng.random_range(0..2)]));
    filter.priority_min = rng.random_bool(0.3).then(|| Priority::new(rng.random_range(1..=10)).unwrap());
    filter.priority_max = rng.random_bool(0.3).then(|| Priority::new(rng.random_range(1..=10)).unwrap());
    filter.since = rng.random_bool(0.3).then(|| later(rng.random_range(0..6)));
    filter.until = rng.random_bool(0.3).then(|| later(rng.random_range(0..6)));
    filter.text =
        rng.random_bool(0.3).then(|| ["TEST", "log", "task-1", "0% of"][rng.random_range(0..4)].to_owned());
    filter.order = [Order::Newest, Order::Oldest, Order::Priority][rng.random_range(0..3)];
    filter
}

fn plain(tasks: &[(Assignment, TaskStatus)], filter: &TaskFilter) -> Vec<String> {
    let wanted = |(Assignment { task, decision }, status): &&(Assignment, TaskStatus)| {
        let text = filter.text.as_ref().map(|text| text.to_lowercase());
        (filter.statuses.is_empty() || filter.statuses.contains(status))
            && filter.agent_id.as_ref().is_none_or(|agent| *agent == decision.agent_id)
            && filter.priority_min.is_none_or(|least| task.priority >= least)
            && filter.priority_max.is_none_or(|most| task.priority <= most)
            && filter.since.is_none_or(|since| task.created_at >= since)
            && filter.until.is_none_or(|until| task.created_at < until)
            && text.is_none_or(|text| {
                task.description.to_lowercase().contains(&text) || task.task_id.as_str().contains(&text)
            })
    };
    let mut wanted: Vec<&NewTask> =
        tasks.iter().filter(wanted).map(|(assignment, _)| &assignment.task).collect();
    wanted.sort_by_key(|task| (task.created_at, task.task_id.clone()));
    match filter.order {
        Order::Oldest => {}
        Order::Newest => wanted.reverse(),
        Order::Priority => {
            wanted.reverse();
            wanted.sort_by_key(|task| std::cmp::Reverse(task.priority));
        }
    }
    wanted.into_iter().map(|task| task.task_id.to_string()).collect()
}

async fn all_pages(storage: &Storage, filter: &TaskFilter, limit: usize) -> Vec<String> {
    let (mut page, mut found) = (Page::first(limit), Vec::new());
    loop {
        let listing = storage.task_list(filter, &page).await.unwrap();
        assert!(listing.items.len() <= limit);
        found.extend(listing.items.iter().map(|view| view.task.task_id.to_string()));
        match listing.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => return found,
        }
    }
}

async fn agrees_with_a_plain_filter(db: Database) {
    let mut rng = StdRng::seed_from_u64(2);
    let tasks = random_tasks(&mut rng);
    db.storage.task_assign_many(tasks.clone()).await.unwrap();
    let mut known = Vec::new();
    for (n, assignment) in tasks.into_iter().enumerate() {
        let cancelled = n % 3 == 0;
        if cancelled {
            db.storage.task_cancel_request(&assignment.task.task_id, NOW).await.unwrap();
        }
        known.push((assignment, if cancelled { TaskStatus::Cancelled } else { TaskStatus::Assigned }));
    }
    for _ in 0..60 {
        let filter = random_filter(&mut rng);
        let limit = rng.random_range(1..20);
        assert_eq!(
            all_pages(&db.storage, &filter, limit).await,
            plain(&known, &filter),
            "{filter:?} by {limit}"
        );
    }
}

async fn shows_the_state_of_the_run_until_the_task_is_settled(db: Database) {
    let (_, run) = claimed(&db.storage, "a").await;
    db.storage.task_assign(assignment("b")).await.unwrap();
    let with = |status| {
        let storage = db.storage.clone();
        async move {
            let filter = TaskFilter { statuses: vec![status], ..TaskFilter::default() };
            all_pages(&storage, &filter, 10).await
        }
    };
    assert_eq!(with(TaskStatus::Running).await, ["a"]);
    assert_eq!(with(TaskStatus::Assigned).await, ["b"]);
    assert!(with(TaskStatus::Queued).await.is_empty());
    assert_eq!(db.storage.task_status(&id("a")).await.unwrap(), Some(TaskStatus::Running));
    let counts = db.storage.task_counts().await.unwrap();
    assert_eq!((counts["running"], counts["assigned"], counts["completed"]), (1, 1, 0));
    db.storage.run_finish(run.lease(), None, completed()).await.unwrap();
    db.storage.task_settle(settle("a", 1, 1.0)).await.unwrap();
    assert_eq!(with(TaskStatus::Completed).await, ["a"]);
    assert!(with(TaskStatus::Running).await.is_empty());
}

async fn takes_search_text_literally(db: Database) {
    for (name, text) in [("a", "100% sure"), ("b", "100 sure"), ("c", r"back\slash"), ("d", "under_score")] {
        let mut stored = assignment(name);
        stored.task.description = text.to_owned();
        db.storage.task_assign(stored).await.unwrap();
    }
    for (text, found) in [("100%", "a"), (r"k\s", "c"), ("R_S", "d")] {
        let filter = TaskFilter { text: Some(text.to_owned()), ..TaskFilter::default() };
        assert_eq!(all_pages(&db.storage, &filter, 10).await, [found], "{text}");
    }
}

async fn refuses_a_cursor_of_another_list(db: Database) {
    for cursor in ["nonsense", "W10", "eyJhIjoxfQ"] {
        let page = Page { limit: 5, cursor: Some(cursor.to_owned()) };
        let refused = db.storage.task_list(&TaskFilter::default(), &page).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "cursor", .. })), "{cursor}");
    }
}

async fn lists_runs_in_pages(db: Database) {
    for n in 0..7 {
        let run = NewRun { created_at: later(n % 2), ..new_run(&format!("run-{n}"), 1) };
        db.storage.run_insert(run).await.unwrap();
    }
    let filter = RunFilter {
        statuses: vec![RunStatus::QUEUED],
        agent_id: Some(agent("tester")),
        ..RunFilter::default()
    };
    let (mut page, mut found) = (Page::first(3), Vec::new());
    loop {
        let listing = db.storage.run_list(&filter, &page).await.unwrap();
        found.extend(listing.items.iter().map(|run| run.run.task_id.to_string()));
        match listing.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!(found, ["run-5", "run-3", "run-1", "run-6", "run-4", "run-2", "run-0"]);
    assert_eq!(db.storage.run_counts().await.unwrap(), [("queued".to_owned(), 7)]);
}
