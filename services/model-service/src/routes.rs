//! The HTTP surface: each handler parses, makes one call into `app`, and renders.

mod behalf;
mod budgets;
mod chat_completions;
mod costs;
mod document;
mod embeddings;
mod facts;
mod figures;
mod inference;
mod messages;
mod model_list;
mod problem;
mod registry;
mod responses;
mod telling;

use utoipa::openapi::OpenApi;
use utoipa::openapi::tag::TagBuilder;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::State;

/// The routes on which a model is asked: they may take as long as a model call.
pub const SLOW: [&str; 5] =
    ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/embeddings", "/api/v1/inference"];

/// Every documented route.
pub fn routes(state: State) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(chat_completions::chat_completions))
        .routes(routes!(responses::responses))
        .routes(routes!(messages::messages))
        .routes(routes!(messages::count::count_tokens))
        .routes(routes!(embeddings::embeddings))
        .routes(routes!(model_list::list))
        .routes(routes!(model_list::one))
        .routes(routes!(inference::inference))
        .routes(routes!(inference::batch))
        .routes(routes!(registry::list, registry::create))
        .routes(routes!(registry::one, registry::put, registry::delete))
        .routes(routes!(registry::price_put, registry::price_delete))
        .routes(routes!(budgets::list))
        .routes(routes!(budgets::one, budgets::put, budgets::delete))
        .routes(routes!(costs::costs))
        .routes(routes!(figures::figures))
        .with_state(state)
}

/// What the document says of the service as a whole.
pub fn describe(document: &mut OpenApi) {
    let text = "One gateway to OpenAI, Anthropic, every server that speaks OpenAI's protocol, and the offline rules.";
    document.info.description = Some(text.to_owned());
    let tag = |name: &str, text: &str| TagBuilder::new().name(name).description(Some(text)).build();
    document.tags = Some(vec![
        tag("openai", "As OpenAI's clients speak"),
        tag("anthropic", "As Anthropic's clients speak"),
        tag("inference", "In our own words"),
        tag("registry", "Which models there are, their names and prices"),
        tag("books", "What was asked and what it cost"),
    ]);
}
