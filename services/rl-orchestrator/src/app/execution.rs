//! The execution API as the orchestrator uses it, each call with its deadline.

use std::time::Duration;

use service_api::execute::ExecuteRequest;
use service_client::{Call, Error, ExecutionClient, PeerState};
use task_model::TaskId;

/// How long a call that a person waits for may take.
const ACTION: Duration = Duration::from_secs(10);
/// How long a look at its health may take.
const LOOK: Duration = Duration::from_millis(1_500);

/// A client with this service's deadlines.
#[derive(Debug, Clone)]
pub(crate) struct Execution {
    client: ExecutionClient,
    within: Duration,
}

impl Execution {
    /// `within` is how long handing a task over may take.
    pub(crate) fn new(client: ExecutionClient, within: Duration) -> Self {
        Self { client, within }
    }

    /// Hands a task over; the outbox row is what retries.
    pub(crate) async fn execute(&self, request: &ExecuteRequest) -> Result<(), Error> {
        self.client.execute(request, &Call::within(self.within).once()).await.map(drop)
    }

    /// Stops a run.
    pub(crate) async fn cancel(&self, task_id: &TaskId) -> Result<(), Error> {
        self.client.cancel(task_id.as_str(), &action()).await.map(drop)
    }

    /// Holds a run.
    pub(crate) async fn pause(&self, task_id: &TaskId) -> Result<(), Error> {
        self.client.pause(task_id.as_str(), &action()).await.map(drop)
    }

    /// Lets a held run go on.
    pub(crate) async fn resume(&self, task_id: &TaskId) -> Result<(), Error> {
        self.client.resume(task_id.as_str(), &action()).await.map(drop)
    }

    /// Whether it answers and calls itself well.
    pub(crate) async fn health(&self) -> Result<(), Error> {
        self.client.live(&Call::within(LOOK).once()).await.map(drop)
    }

    /// What the breakers of its ways in say.
    pub(crate) fn states(&self) -> Vec<PeerState> {
        self.client.states()
    }
}

/// A call that a person waits for.
fn action() -> Call {
    Call::within(ACTION).with_headers(service_kit::context::outgoing_headers())
}
