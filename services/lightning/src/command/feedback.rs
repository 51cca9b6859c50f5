//! `lightning feedback`.

use service_api::feedback::TaskFeedbackRequest;

use crate::cli::FeedbackArgs;
use crate::connection::{Connection, call};
use crate::exit::Failure;
use crate::output::Output;

/// Sends one judgement.
pub async fn run(args: FeedbackArgs, connection: &Connection, output: &Output) -> Result<(), Failure> {
    if !args.success && !args.failure && args.quality.is_none() && args.reward.is_none() {
        return Err(Failure::usage(
            "say how good it was: --success, --failure, --quality 0-10 or --reward 0-1",
        ));
    }
    let request = TaskFeedbackRequest {
        task_id: args.id,
        success: (args.success || args.failure).then_some(args.success),
        quality_score: args.quality,
        reward: args.reward,
        source: args.source,
        comment: args.comment,
        ..TaskFeedbackRequest::default()
    };
    let answer = connection.orchestrator.feedback(&request, &call()).await?;
    output.both(&answer, || {
        let learned =
            if answer.q_value_updated { "the learner was told" } else { "the learner was not told" };
        format!("{}: reward of {} is now {:.3}; {learned}", answer.task_id, answer.agent_id, answer.reward)
    });
    Ok(())
}
