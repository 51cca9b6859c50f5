//! `POST /task-feedback` and `POST /agents/{id}/feedback`.

use agent_selection::Score;
use axum::extract::State as Extract;
use service_api::feedback::{TaskFeedbackRequest, TaskFeedbackResponse};
use service_kit::extract::{Json, Path};
use service_kit::problem::Problem;
use task_model::{Invalid, Micros, TaskId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::fields::{Fields, short_text};
use super::order::KEY_MAX;
use crate::app::feedback::{Word, hear};
use crate::app::{Error, State};

/// Longest name of a source.
const SOURCE_MAX: usize = 128;
/// Longest comment, in characters.
const COMMENT_MAX: usize = 4_000;

pub(super) fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(task_feedback)).routes(routes!(agent_feedback))
}

/// Say what you thought of a result
///
/// Early or late, from several sources: the latest word of each counts, and none counts twice.
#[utoipa::path(
    post, path = "/task-feedback", tag = "feedback", request_body = TaskFeedbackRequest,
    responses((status = 200, description = "Taken into account", body = TaskFeedbackResponse), Problem),
)]
async fn task_feedback(
    Extract(state): Extract<State>,
    Json(request): Json<TaskFeedbackRequest>,
) -> Result<Json<TaskFeedbackResponse>, Problem> {
    answer(&state, request).await
}

/// Say what you thought of an agent's result
///
/// As `POST /task-feedback`; it is refused when another agent did the task.
#[utoipa::path(
    post, path = "/agents/{agent_id}/feedback", tag = "feedback", params(("agent_id" = String, Path)), request_body = TaskFeedbackRequest,
    responses((status = 200, description = "Taken into account", body = TaskFeedbackResponse), Problem),
)]
async fn agent_feedback(
    Extract(state): Extract<State>,
    Path(agent_id): Path<String>,
    Json(request): Json<TaskFeedbackRequest>,
) -> Result<Json<TaskFeedbackResponse>, Problem> {
    if request.agent_id.as_ref().is_some_and(|named| *named != agent_id) {
        return Err(Error::field("agent_id", "must be absent or the agent of the path").into());
    }
    super::agents::known(&state, &agent_id)?;
    answer(&state, TaskFeedbackRequest { agent_id: Some(agent_id), ..request }).await
}

async fn answer(state: &State, request: TaskFeedbackRequest) -> Result<Json<TaskFeedbackResponse>, Problem> {
    let word = parse(request)?;
    let task_id = word.task_id.to_string();
    let heard = hear(state, word, Micros(service_kit::now_micros())).await?;
    Ok(Json(TaskFeedbackResponse {
        status: "processed".to_owned(),
        task_id,
        agent_id: heard.agent_id,
        reward: heard.reward,
        q_value_updated: heard.learned,
    }))
}

fn parse(request: TaskFeedbackRequest) -> Result<Word, Error> {
    let mut fields = Fields::default();
    let task_id = fields.check("task_id", TaskId::parse(request.task_id));
    let scores = [
        ("success", request.success.map(Score::success)),
        ("quality_score", fields.check_some("quality_score", request.quality_score, Score::quality)),
        (
            "performance_score",
            fields.check_some("performance_score", request.performance_score, Score::performance),
        ),
        ("reward", fields.check_some("reward", request.reward, Score::reward)),
    ];
    let given: Vec<_> = scores.into_iter().filter_map(|(name, score)| Some((name, score?))).collect();
    let reward = Score::mean(&given.iter().map(|(_, score)| *score).collect::<Vec<_>>());
    let spoke =
        [request.quality_score, request.performance_score, request.reward].iter().any(Option::is_some);
    if reward.is_none() && !spoke {
        fields.wrong("success", "or quality_score, performance_score or reward must be given");
    }
    let source = fields.check_some("source", request.source, |raw| short_text(raw, SOURCE_MAX));
    let agent = fields.check_some("agent_id", request.agent_id, |raw| short_text(raw, SOURCE_MAX));
    let comment = fields.check_some("comment", request.comment, comment);
    let idempotency_key =
        fields.check_some("idempotency_key", request.idempotency_key, |raw| short_text(raw, KEY_MAX));
    let word = task_id.zip(reward).map(|(task_id, reward)| Word {
        task_id,
        agent,
        reward: reward.get(),
        kind: given.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("+"),
        source: source.unwrap_or_else(|| "user".to_owned()),
        comment,
        idempotency_key,
    });
    fields.finish(word)
}

fn comment(raw: String) -> Result<String, Invalid> {
    let fits = raw.chars().count() <= COMMENT_MAX;
    if fits { Ok(raw) } else { Err(Invalid(format!("must be at most {COMMENT_MAX} characters"))) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parsed(body: Value) -> Result<Word, Vec<String>> {
        parse(serde_json::from_value(body).unwrap()).map_err(|error| match error {
            Error::Invalid(errors) => errors.into_iter().map(|error| error.field).collect(),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn several_scores_are_averaged() {
        let word = parsed(json!({"task_id": "t", "success": true, "quality_score": 8})).unwrap();
        assert_eq!(
            (word.reward, word.kind.as_str(), word.source.as_str()),
            (0.9, "success+quality_score", "user")
        );
    }

    #[test]
    fn something_must_be_said_and_in_range() {
        let check =
            |body: Value, field: &str| assert_eq!(parsed(body.clone()).unwrap_err(), [field], "{body}");
        check(json!({"task_id": "t"}), "success");
        check(json!({"task_id": "t", "quality_score": 10.5}), "quality_score");
        check(json!({"task_id": "t", "performance_score": -1}), "performance_score");
        check(json!({"task_id": "t", "reward": 2}), "reward");
        check(json!({"task_id": "", "reward": 1}), "task_id");
        check(json!({"task_id": "t", "reward": 1, "source": ""}), "source");
        check(json!({"task_id": "t", "reward": 1, "comment": "x".repeat(4_001)}), "comment");
    }
}
