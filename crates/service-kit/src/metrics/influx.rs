//! Pushes all figures to InfluxDB 2 (`/api/v2/write`), which VictoriaMetrics and Telegraf also speak.

use std::time::Duration;

use http::header;
use secrecy::ExposeSecret;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{install, line};
use crate::clock;
use crate::config::Metrics;

/// Pushes every `interval_ms` until `stop`, and once more then. Returns at once when no address is configured.
///
/// A push that fails is logged when failures begin and when they end; figures are totals, so nothing is lost by a missed one.
pub(super) async fn push(settings: Metrics, stop: CancellationToken) {
    let Some(target) = Target::new(&settings) else { return stop.cancelled().await };
    let mut ticks = tokio::time::interval(Duration::from_millis(settings.interval_ms));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        let stopping = stop.run_until_cancelled(ticks.tick()).await.is_none();
        let result = target.write().await;
        match &result {
            Err(error) if !failing => tracing::warn!(%error, "figures cannot be pushed to InfluxDB"),
            Ok(()) if failing => tracing::info!("figures are pushed to InfluxDB again"),
            _ => {}
        }
        failing = result.is_err();
        if stopping {
            return;
        }
    }
}

struct Target {
    client: reqwest::Client,
    url: Url,
    token: Option<String>,
}

impl Target {
    fn new(settings: &Metrics) -> Option<Self> {
        let base = settings.influx_url.as_ref()?;
        crate::install_crypto();
        let timeout = Duration::from_millis(settings.timeout_ms);
        let client = reqwest::Client::builder().timeout(timeout).build();
        let url = base.join("api/v2/write");
        let (Ok(client), Ok(mut url)) = (client, url) else {
            tracing::error!("metrics.influx_url cannot be used; nothing is pushed");
            return None;
        };
        url.query_pairs_mut()
            .append_pair("org", &settings.influx_org)
            .append_pair("bucket", &settings.influx_bucket)
            .append_pair("precision", "ms");
        let token = settings.influx_token.as_ref().map(|token| format!("Token {}", token.expose_secret()));
        Some(Self { client, url, token })
    }

    async fn write(&self) -> Result<(), reqwest::Error> {
        let lines = line::lines(&install().render(), clock::now_micros() / 1000);
        let mut request = self.client.post(self.url.clone()).body(lines);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, token);
        }
        // The address may hold a password.
        request
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .map(drop)
            .map_err(reqwest::Error::without_url)
    }
}
