//! The services in one process: one storage, one listener each, stopped in the order in which work flows.

use std::net::SocketAddr;

use secrecy::ExposeSecret;
use service_kit::config::{Auth, AuthMode, Listen};
use service_kit::{App, Settings, bind, serve};
use storage::{Storage, StorageOptions};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::cli::Service;
use crate::command::Environment;
use crate::exit::{Code, Failure};
use crate::maintenance::{self, Maintenance};
use crate::retention::Retention;

/// All four, in the order in which they are started.
pub const ALL: [Service; 4] = [Service::Models, Service::Execution, Service::Rl, Service::Orchestrator];

impl Service {
    /// The section of the configuration with its host and port.
    pub fn section(self) -> &'static str {
        match self {
            Self::Orchestrator => "orchestrator",
            Self::Execution => "execution",
            Self::Models => "models",
            Self::Rl => "rl",
        }
    }

    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Orchestrator => "RL orchestrator",
            Self::Execution => "execution API",
            Self::Models => "model service",
            Self::Rl => "RL server",
        }
    }

    /// The variable that tells the others where it is.
    pub fn peer_variable(self) -> &'static str {
        match self {
            Self::Orchestrator => "RL_ORCHESTRATOR_URL",
            Self::Execution => "ENHANCED_API_URL",
            Self::Models => "MODEL_SERVICE_URL",
            Self::Rl => "RL_SERVER_URL",
        }
    }

    /// Work flows from these; they stop first, so that what they are at can still reach the others.
    fn stops_first(self) -> bool {
        matches!(self, Self::Orchestrator | Self::Execution)
    }

    async fn build(self, settings: Settings, storage: Storage) -> Result<App, Failure> {
        let failed = |error: &(dyn std::error::Error + 'static)| Failure::from_error(Code::Other, error);
        match self {
            Self::Orchestrator => rl_orchestrator::build_on(&settings, storage).await.map_err(|e| failed(&e)),
            Self::Execution => execution_api::build_on(&settings, storage).await.map_err(|e| failed(&e)),
            Self::Models => model_service::build_on(&settings, storage).await.map_err(|e| failed(&e)),
            Self::Rl => rl_server::build_on(&settings, storage).await.map_err(|e| failed(&e)),
        }
    }
}

/// The services, running.
pub struct Stack {
    /// The settings they run with: addresses as bound.
    pub settings: Settings,
    /// Where each listens.
    pub addresses: Vec<(Service, SocketAddr)>,
    storage: Storage,
    maintenance: JoinSet<()>,
    no_maintenance: CancellationToken,
    first: Group,
    last: Group,
}

/// Services that stop together.
#[derive(Default)]
struct Group {
    stop: CancellationToken,
    running: JoinSet<(Service, Result<(), service_kit::config::ConfigError>)>,
}

impl Stack {
    /// Opens the database, takes all ports, and only then starts the services.
    pub async fn start(mut environment: Environment, services: &[Service]) -> Result<Self, Failure> {
        let listeners = listeners(&environment.settings()?, services).await?;
        let mut addresses = Vec::new();
        for (service, listener) in &listeners {
            let address = listener.local_addr().map_err(|e| Failure::from_error(Code::Other, &e))?;
            // What runs here is found here, whatever the configuration says about elsewhere.
            environment.set(service.peer_variable(), format!("http://{}", reachable(address)));
            addresses.push((*service, address));
        }
        share_a_key(&mut environment)?;
        let settings = environment.settings()?;
        let options: StorageOptions = settings.section("database")?;
        let storage = Storage::open(&options).await?;
        storage.migrate().await?;
        let mut stack = Self {
            settings,
            addresses,
            storage,
            maintenance: JoinSet::new(),
            no_maintenance: CancellationToken::new(),
            first: Group::default(),
            last: Group::default(),
        };
        if services.contains(&Service::Orchestrator) {
            let maintenance: Maintenance = stack.settings.section("maintenance")?;
            let retention: Retention = stack.settings.section("retention")?;
            let work =
                maintenance::run(maintenance, retention, stack.storage.clone(), stack.no_maintenance.clone());
            stack.maintenance.spawn(work);
        }
        for (service, listener) in listeners {
            stack.launch(service, listener).await?;
        }
        Ok(stack)
    }

    /// The URL of a service that runs here.
    pub fn url(&self, service: Service) -> Option<String> {
        let (_, address) = self.addresses.iter().find(|(s, _)| *s == service)?;
        Some(format!("http://{}", reachable(*address)))
    }

    /// Waits until a service ended by itself, which it should not.
    pub async fn ended(&mut self) -> Failure {
        let ended = tokio::select! {
            Some(ended) = self.first.running.join_next() => ended,
            Some(ended) = self.last.running.join_next() => ended,
            else => return Failure::other("no service is running"),
        };
        match ended {
            Ok((service, Ok(()))) => Failure::other(format!("the {} ended", service.title())),
            Ok((_, Err(error))) => error.into(),
            Err(error) => Failure::other(format!("a service broke: {error}")),
        }
    }

    /// Stops in good order: who takes work first, who serves it last, then the database.
    pub async fn stop(mut self) {
        // A backup under way is given up: it has no name yet.
        self.no_maintenance.cancel();
        self.maintenance.shutdown().await;
        for group in [self.first, self.last] {
            group.stop.cancel();
            let _: Vec<_> = group.running.join_all().await;
        }
        self.storage.close().await;
    }

    async fn launch(&mut self, service: Service, listener: TcpListener) -> Result<(), Failure> {
        let app = service.build(self.settings.clone(), self.storage.clone()).await?;
        let group = if service.stops_first() { &mut self.first } else { &mut self.last };
        let stop = group.stop.clone();
        group.running.spawn(async move { (service, serve(app, listener, stop).await) });
        Ok(())
    }
}

async fn listeners(
    settings: &Settings,
    services: &[Service],
) -> Result<Vec<(Service, TcpListener)>, Failure> {
    let mut listeners = Vec::new();
    for service in ALL.into_iter().filter(|service| services.contains(service)) {
        let listen: Listen = settings.listen(service.section())?;
        let listener = bind(&listen).await.map_err(|error| Failure::from_error(Code::Unavailable, &error))?;
        listeners.push((service, listener));
    }
    Ok(listeners)
}

/// With `auth.mode = "keys"` the services of one process need no key from the operator to talk to one another.
fn share_a_key(environment: &mut Environment) -> Result<(), Failure> {
    let auth: Auth = environment.settings()?.section("auth")?;
    if auth.mode == AuthMode::Keys && auth.service_key.is_none() {
        let key = service_kit::access::mint_key(&mut rand::rng());
        environment.set("LIGHTNING__AUTH__SERVICE_KEY", key.expose_secret());
    }
    Ok(())
}

/// An address that listens everywhere is reached on loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], v4.port())),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], v6.port())),
        other => other,
    }
}
