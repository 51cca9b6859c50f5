//! `POST /assign-tasks`: many tasks, one commit, one answer each.

use axum::extract::State as Extract;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Deserialize;
use serde_json::value::RawValue;
use service_api::assign::{AssignTaskRequest, AssignTasksRequest, AssignTasksResponse};
use service_kit::extract::{Json, parse_json};
use service_kit::problem::Problem;
use task_model::Micros;

use super::order;
use crate::app::assign::Order;
use crate::app::assign::batch::assign_many;
use crate::app::{Error, State};

/// Deepest JSON of one task; the limit of the whole body applied before.
const DEPTH: usize = 64;

/// The tasks as they came: one that cannot be read must not cost the others their answer.
#[derive(Debug, Deserialize)]
pub(super) struct RawTasks {
    tasks: Vec<Box<RawValue>>,
}

/// Assign up to 1,000 tasks in one commit
///
/// Each task is answered by itself, in the order of the requests: as `POST /assign-task` would, or with its problem document.
#[utoipa::path(
    post, path = "/assign-tasks", tag = "assignment", request_body = AssignTasksRequest,
    responses((status = 200, description = "One answer for each task", body = AssignTasksResponse), Problem),
)]
pub(super) async fn assign_tasks(
    Extract(state): Extract<State>,
    Json(raw): Json<RawTasks>,
) -> Result<Response, Problem> {
    let most = state.config.batch_max;
    if raw.tasks.is_empty() || raw.tasks.len() > most {
        return Err(Error::field("tasks", format!("must hold 1 to {most} tasks")).into());
    }
    let now = Micros(service_kit::now_micros());
    let (mut orders, mut items) = (Vec::new(), Vec::new());
    for task in &raw.tasks {
        match parse(task) {
            Ok(order) => {
                orders.push(order);
                items.push(None);
            }
            Err(problem) => items.push(Some(problem)),
        }
    }
    let mut answers = assign_many(&state, orders, now).await?.into_iter();
    let mut rendered = Rendered::default();
    for item in items {
        let answer = match item {
            Some(problem) => Some(Err(problem)),
            None => answers.next().map(|answer| answer.map_err(Problem::from)),
        };
        match answer {
            Some(Ok(answer)) => rendered.assigned(&answer.body),
            Some(Err(problem)) => rendered.refused(&problem),
            None => {
                return Err(
                    Error::Internal("a batch was answered with fewer items than it had".into()).into()
                );
            }
        }
    }
    Ok(rendered.finish())
}

fn parse(task: &RawValue) -> Result<Order, Problem> {
    let request: AssignTaskRequest = parse_json(task.get().as_bytes(), DEPTH)?;
    Ok(order::parse(request)?)
}

/// [`AssignTasksResponse`], from parts that are JSON already.
#[derive(Default)]
struct Rendered {
    results: Vec<u8>,
    assigned: usize,
    refused: usize,
}

impl Rendered {
    fn assigned(&mut self, body: &[u8]) {
        self.assigned += 1;
        self.push(body);
    }

    fn refused(&mut self, problem: &Problem) {
        self.refused += 1;
        self.push(&serde_json::to_vec(problem.body()).unwrap_or_else(|_| b"{}".to_vec()));
    }

    fn push(&mut self, item: &[u8]) {
        self.results.push(if self.results.is_empty() { b'[' } else { b',' });
        self.results.extend_from_slice(item);
    }

    fn finish(self) -> Response {
        let mut body = b"{\"results\":".to_vec();
        body.extend_from_slice(&self.results);
        body.extend_from_slice(
            format!("],\"assigned\":{},\"refused\":{}}}", self.assigned, self.refused).as_bytes(),
        );
        ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
    }
}
