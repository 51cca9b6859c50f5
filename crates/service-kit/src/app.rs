//! A service, put together but not yet running: its routes, health, keys, background loops, and where it listens.

mod background;
mod index;

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::access::{Access, KeyEntry, KeyRing};
use crate::config::{Auth, AuthMode, ConfigError, Limits, Listen, Settings};
use crate::health::Health;
use crate::layer::{self, KitState};
use crate::{docs, metrics};

pub(crate) use background::Background;

pub(crate) type OnStop = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

/// A service that [`crate::serve`] can run. Build it with the methods below, in any order.
pub struct App {
    name: &'static str,
    version: &'static str,
    settings: Settings,
    listen: Listen,
    auth: Auth,
    limits: Limits,
    router: Router,
    openapi: OpenApi,
    access: Access,
    keys: KeyRing,
    health: Health,
    background: Vec<Background>,
    on_stop: Vec<OnStop>,
}

impl App {
    /// A service without routes; `section` is the part of the configuration with its `host` and `port`.
    pub fn new(
        name: &'static str,
        version: &'static str,
        section: &str,
        settings: &Settings,
    ) -> Result<Self, ConfigError> {
        let auth: Auth = settings.section("auth")?;
        let listen = settings.listen(section)?;
        refuse_open_door(&listen, auth.mode, settings)?;
        Ok(Self {
            name,
            version,
            settings: settings.clone(),
            listen,
            limits: settings.section("limits")?,
            router: Router::new(),
            openapi: docs::blank(name, version),
            access: Access::new(),
            keys: KeyRing::new(auth.service_key.as_ref()),
            auth,
            health: Health::new(),
            background: Vec::new(),
            on_stop: Vec::new(),
        })
    }

    /// Adds routes with their documentation; may be called several times.
    #[must_use]
    pub fn routes(mut self, routes: OpenApiRouter) -> Self {
        let (router, openapi) = routes.split_for_parts();
        self.router = self.router.merge(router);
        self.openapi.merge(openapi);
        self
    }

    /// Adds routes that are not part of the documented API.
    #[must_use]
    pub fn undocumented(mut self, router: Router) -> Self {
        self.router = self.router.merge(router);
        self
    }

    /// Changes the API document: its description, tags, servers.
    #[must_use]
    pub fn describe(mut self, change: impl FnOnce(&mut OpenApi)) -> Self {
        change(&mut self.openapi);
        self
    }

    /// Which role each route needs, and which routes may take longer.
    #[must_use]
    pub fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// What `/health` looks at.
    #[must_use]
    pub fn health(mut self, health: Health) -> Self {
        self.health = health;
        self
    }

    /// Where the valid keys are; `read` is called at start and every `auth.refresh_ms`. While it fails the last keys stay valid.
    #[must_use]
    pub fn keys<F, Fut, E>(self, read: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<KeyEntry>, E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        let (ring, every) = (self.keys.clone(), Duration::from_millis(self.auth.refresh_ms));
        let read = Arc::new(read);
        self.background("keys", move |stop| background::refresh_keys(ring.clone(), read.clone(), every, stop))
    }

    /// A loop that runs as long as the service. It should end soon after `stop` is cancelled; when it ends earlier or panics it
    /// is started again after a second.
    #[must_use]
    pub fn background<F, Fut>(mut self, name: &'static str, run: F) -> Self
    where
        F: Fn(CancellationToken) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.background.push(Background::new(name, run));
        self
    }

    /// Runs after all calls and background loops have ended: closing the database.
    #[must_use]
    pub fn on_stop<F, Fut>(mut self, run: F) -> Self
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.on_stop.push(Box::new(move || Box::pin(run())));
        self
    }

    /// The name in health checks, figures and log lines.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Where the configuration says it should listen.
    pub fn listen(&self) -> &Listen {
        &self.listen
    }

    /// The keys, for tests and for services that store some themselves.
    pub fn key_ring(&self) -> &KeyRing {
        &self.keys
    }

    /// The API document as it is served, for the snapshot in `openapi/`.
    pub fn openapi_json(&self) -> String {
        docs::render(&docs::complete(self.openapi.clone(), &self.access))
    }

    /// The whole service as a router, checks included, without background loops: for tests without a socket.
    pub fn into_router(self) -> Result<Router, ConfigError> {
        Ok(self.into_parts()?.router)
    }

    pub(crate) fn into_parts(self) -> Result<AppParts, ConfigError> {
        let openapi = docs::complete(self.openapi, &self.access);
        let kit = KitState::new(self.name, &self.listen, self.access, self.keys, &self.settings)?;
        let kit = Arc::new(kit);
        let router = self
            .router
            .merge(index::routes(self.name, self.version))
            .merge(self.health.routes(self.name, self.version))
            .merge(metrics::routes())
            .merge(docs::routes(&openapi));
        Ok(AppParts {
            name: self.name,
            router: layer::layer(router, kit.clone()),
            kit,
            limits: self.limits,
            settings: self.settings,
            background: self.background,
            on_stop: self.on_stop,
        })
    }
}

/// A service, ready to be served.
pub(crate) struct AppParts {
    pub(crate) name: &'static str,
    pub(crate) router: Router,
    pub(crate) kit: Arc<KitState>,
    pub(crate) limits: Limits,
    pub(crate) settings: Settings,
    pub(crate) background: Vec<Background>,
    pub(crate) on_stop: Vec<OnStop>,
}

/// An address that others can reach needs keys, or someone who wrote out that it does not.
fn refuse_open_door(listen: &Listen, mode: AuthMode, settings: &Settings) -> Result<(), ConfigError> {
    if mode != AuthMode::Loopback || listen.is_loopback() {
        return Ok(());
    }
    let field = format!("{}.host", listen.section);
    Err(ConfigError::value(
        &field,
        settings.origin(&field),
        format!(
            "{} can be reached by others, but auth.mode = \"loopback\" asks nobody for a key",
            listen.host
        ),
        "a loopback address such as 127.0.0.1; or auth.mode = \"keys\" (LIGHTNING__AUTH__MODE=keys) and keys made with \
         `lightning key create`; or auth.mode = \"off\" when something in front checks",
    ))
}
