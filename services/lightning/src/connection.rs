//! How commands reach the services: addresses and key from the settings.

use std::time::Duration;

use secrecy::SecretString;
use service_client::{Call, Connector, ExecutionClient, ModelClient, OrchestratorClient, RlClient};
use service_kit::Settings;
use service_kit::config::{Auth, Peers};

use crate::exit::{Code, Failure};

/// How long a command waits for an answer that needs no waiting.
const WITHIN: Duration = Duration::from_secs(20);

/// Clients for all four services.
#[derive(Debug, Clone)]
pub struct Connection {
    /// RL orchestrator.
    pub orchestrator: OrchestratorClient,
    /// Execution API.
    pub execution: ExecutionClient,
    /// Model service.
    pub models: ModelClient,
    /// RL server.
    pub rl: RlClient,
}

impl Connection {
    /// `key` wins over the service key of the settings.
    pub fn open(settings: &Settings, key: Option<SecretString>) -> Result<Self, Failure> {
        let peers: Peers = settings.section("peers")?;
        let key = match key {
            Some(key) => Some(key),
            None => settings.section::<Auth>("auth")?.service_key,
        };
        let connector = Connector::usual(key).map_err(|error| Failure::from_error(Code::Other, &error))?;
        Ok(Self {
            orchestrator: OrchestratorClient::new(&connector, &peers.orchestrator_url),
            execution: ExecutionClient::new(&connector, &peers.execution_url, None),
            models: ModelClient::new(&connector, &peers.models_url),
            rl: RlClient::new(&connector, &peers.rl_url),
        })
    }
}

/// A call of a command: one try, so that a service that is down is reported at once.
pub fn call() -> Call {
    Call::within(WITHIN).once()
}

/// A call that may take `seconds` longer, for long polls.
pub fn long_call(seconds: u64) -> Call {
    Call::within(WITHIN + Duration::from_secs(seconds)).once()
}
