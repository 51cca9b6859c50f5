//! Many thoughts at once.

use futures::{StreamExt, stream};
use service_api::chat::ChatRequest;

use super::ask::{Answered, ask};
use super::{OnBehalf, State};
use crate::Error;

/// Model calls of one batch that run at the same time.
const AT_ONCE: usize = 8;

/// Asks all; the results are in the order of the requests.
pub async fn batch(state: &State, requests: Vec<(ChatRequest, OnBehalf)>) -> Vec<Result<Answered, Error>> {
    let asked =
        requests.into_iter().map(|(request, behalf)| async move { ask(state, request, &behalf).await });
    stream::iter(asked).buffered(AT_ONCE).collect().await
}
