//! Figures: one recorder for the process, read at `/metrics` by Prometheus and, when configured, pushed to InfluxDB.
//!
//! Several services in one process share the recorder; their series differ by the label `service`.

mod influx;
mod line;
mod process;

use std::sync::OnceLock;

use axum::Router;
use axum::routing::get;
use http::{HeaderValue, header};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

pub(crate) use process::keep;

/// Seconds; from a call that only looked something up to one that asked a language model.
const DURATION_BUCKETS: [f64; 14] =
    [0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 120.0];

/// The recorder of this process; installed when first asked for. Handles taken from the `metrics` macros earlier record nothing.
pub fn install() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets_for_metric(
            metrics_exporter_prometheus::Matcher::Suffix("_seconds".to_owned()),
            &DURATION_BUCKETS,
        );
        let recorder = builder.expect("the list of buckets is not empty").build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another metrics recorder was installed before; /metrics stays empty");
        }
        handle
    })
}

pub(crate) fn routes() -> Router {
    Router::new().route("/metrics", get(render))
}

async fn render() -> ([(header::HeaderName, HeaderValue); 1], String) {
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, text)], install().render())
}
