//! What the kit costs: a handler that echoes JSON, bare (`echo bare 9001`) and behind everything a service has (`echo kit 9002`).
//! Compare both with a load generator in the same run; the ratio is the figure.

use std::error::Error;

use axum::Router;
use axum::routing::post;
use serde::{Deserialize, Serialize};
use service_kit::{App, Settings, bind, serve, stop_on_signals};
use tokio_util::sync::CancellationToken;

#[derive(Serialize, Deserialize)]
struct Task {
    task_id: String,
    description: String,
    priority: u8,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (kind, port) = (arguments.next().unwrap_or_default(), arguments.next().unwrap_or_default());
    match kind.as_str() {
        "bare" => bare(&port).await,
        "kit" => kit(&port).await,
        _ => Err("usage: echo bare|kit PORT".into()),
    }
}

async fn bare(port: &str) -> Result<(), Box<dyn Error>> {
    let echo = |axum::Json(task): axum::Json<Task>| async { axum::Json(task) };
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    Ok(axum::serve(listener, Router::new().route("/assign-task", post(echo))).await?)
}

async fn kit(port: &str) -> Result<(), Box<dyn Error>> {
    use service_kit::extract::Json;
    let echo = |Json(task): Json<Task>| async { Json(task) };
    let mut settings: Vec<(String, String)> =
        std::env::vars().filter(|(name, _)| name.starts_with("LIGHTNING")).collect();
    settings.push(("LIGHTNING__ORCHESTRATOR__PORT".to_owned(), port.to_owned()));
    let settings = Settings::with(settings)?;
    let _logs = service_kit::log::start("echo", &settings)?;
    let app = App::new("echo", "0", "orchestrator", &settings)?;
    let app = app.undocumented(Router::new().route("/assign-task", post(echo)));
    let listener = bind(app.listen()).await?;
    let stop = CancellationToken::new();
    stop_on_signals(stop.clone())?;
    Ok(serve(app, listener, stop).await?)
}
