//! The words of `lightning bench gateway`.

use std::net::SocketAddr;

use clap::Args;

/// `lightning bench gateway`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning bench gateway --seconds 10
  lightning bench gateway --rate 1000 --soak 60
  lightning bench gateway --gateway 127.0.0.1:8787 --upstream-port 9300 --pid 4711 \\
      --header 'x-portkey-provider: openai' --header 'x-portkey-custom-host: http://127.0.0.1:9300/v1'")]
pub struct BenchGatewayArgs {
    /// Seconds for each measurement
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub seconds: u64,
    /// Connections at full load
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub connections: u32,
    /// Requests a second at half load; by default half of what the gateway did at full load
    #[arg(long, value_name = "N")]
    pub rate: Option<f64>,
    /// Then go on for so many minutes at half load and look at the memory after each
    #[arg(long, value_name = "MINUTES", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1440))]
    pub soak: u32,
    /// Measure this gateway instead of starting our own
    #[arg(long, value_name = "ADDRESS")]
    pub gateway: Option<SocketAddr>,
    /// The port of the stand-in provider; any free one when absent
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub upstream_port: u16,
    /// A header to send along to the other gateway; may be repeated
    #[arg(long, value_name = "NAME: VALUE")]
    pub header: Vec<String>,
    /// The model to ask for
    #[arg(long, value_name = "NAME", default_value = "upstream/bench")]
    pub model: String,
    /// The other gateway's process, for its memory and time; its children count too
    #[arg(long, value_name = "PID")]
    pub pid: Option<u32>,
}
