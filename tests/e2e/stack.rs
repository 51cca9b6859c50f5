//! The four services, each built as its own process would build it, on ports that were free.

use std::net::SocketAddr;

use service_kit::{App, Settings, bind, serve};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::database::Database;

/// Running services.
pub struct Stack {
    pub orchestrator: Client,
    pub execution: Client,
    pub models: Client,
    pub rl: Client,
    stop: CancellationToken,
    settings: Vec<(String, String)>,
    _database: Database,
}

const SECTIONS: [&str; 4] = ["ORCHESTRATOR", "EXECUTION", "MODELS", "RL"];
const PEERS: [&str; 4] = ["RL_ORCHESTRATOR_URL", "ENHANCED_API_URL", "MODEL_SERVICE_URL", "RL_SERVER_URL"];

impl Stack {
    /// Starts everything and waits until tasks can be assigned.
    pub async fn start(database: Database) -> Self {
        Self::start_with(database, &[]).await
    }

    /// The same with further variables.
    pub async fn start_with(database: Database, variables: &[(&str, &str)]) -> Self {
        service_kit::install_crypto();
        let (ports, pairs) = prepare(&database, variables).await;
        let settings = Settings::with(pairs.clone()).unwrap();
        let stop = CancellationToken::new();
        run(model_service::build(&settings).await.unwrap(), &stop).await;
        run(execution_api::build(&settings).await.unwrap(), &stop).await;
        run(rl_server::build(&settings).await.unwrap(), &stop).await;
        run(rl_orchestrator::build(&settings).await.unwrap(), &stop).await;
        let [orchestrator, execution, models, rl] = ports.map(Client::new);
        let stack = Self { orchestrator, execution, models, rl, stop, settings: pairs, _database: database };
        stack.until_ready().await;
        stack
    }

    /// One more orchestrator beside the first, as a process of its own would be.
    pub async fn another_orchestrator(&self) -> Client {
        let mut pairs = self.settings.clone();
        pairs.push(("LIGHTNING__ORCHESTRATOR__PORT".to_owned(), "0".to_owned()));
        let app = rl_orchestrator::build(&Settings::with(pairs).unwrap()).await.unwrap();
        let listener = bind(app.listen()).await.unwrap();
        let client = Client::new(listener.local_addr().unwrap());
        tokio::spawn(serve(app, listener, self.stop.clone()));
        client
    }

    /// The roster is seeded and followed a moment after the ports are open.
    async fn until_ready(&self) {
        loop {
            let answer = self.orchestrator.get("/health/ready").await;
            if [200, 401].contains(&answer.status) {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Free ports, and settings in which the services find one another there.
async fn prepare(
    database: &Database,
    variables: &[(&str, &str)],
) -> ([SocketAddr; 4], Vec<(String, String)>) {
    let mut listeners = Vec::new();
    for _ in SECTIONS {
        listeners.push(TcpListener::bind("127.0.0.1:0").await.unwrap());
    }
    let ports: Vec<_> = listeners.iter().map(|listener| listener.local_addr().unwrap()).collect();
    let mut pairs = vec![
        ("DATABASE_URL".to_owned(), database.url.clone()),
        ("LIGHTNING__LOG__DIRECTORY".to_owned(), database.folder().join("logs").display().to_string()),
        // What runs on the developer's machine is none of the tests' business.
        ("LIGHTNING__MODELS__OLLAMA_URL".to_owned(), String::new()),
    ];
    for ((section, peer), port) in SECTIONS.iter().zip(PEERS).zip(&ports) {
        pairs.push((format!("LIGHTNING__{section}__PORT"), port.port().to_string()));
        pairs.push((peer.to_owned(), format!("http://{port}")));
    }
    pairs.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    (ports.try_into().unwrap(), pairs)
}

async fn run(app: App, stop: &CancellationToken) {
    let listener = bind(app.listen()).await.unwrap();
    tokio::spawn(serve(app, listener, stop.clone()));
}
