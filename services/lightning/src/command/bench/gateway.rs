//! `lightning bench gateway`: what the model service adds to a call of a provider, as ratios to calling that provider directly.
//!
//! The stand-in provider and the load run in this process, on a thread each; the gateway in a process of its own, so that its memory
//! and time are its own.
//! API keys, books, budgets and logs are on. Another gateway can be put in its place, under the same load from the same provider.

mod child;
mod load;
mod pace;
mod upstream;

use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;

use super::latency::Figures;
use crate::cli::BenchGatewayArgs;
use crate::exit::Failure;
use crate::output::{Output, Tone};
use child::Gateway;
use load::{Load, Target};

/// What one run came to. "Added" is the gateway's figure less the direct one.
#[derive(Debug, Serialize)]
struct Sheet {
    connections: u32,
    direct_full: Figures,
    gateway_full: Figures,
    /// Requests a second through the gateway ÷ directly.
    throughput_to_direct: f64,
    direct_single: Figures,
    gateway_single: Figures,
    added_p50_ms_single: f64,
    added_p99_ms_single: f64,
    half_rate: f64,
    direct_half: Figures,
    gateway_half: Figures,
    added_p50_ms_half: f64,
    added_p99_ms_half: f64,
    /// From the provider's sending of a piece to its arrival.
    direct_chunk: Figures,
    gateway_chunk: Figures,
    added_p50_ms_chunk: f64,
    added_p99_ms_chunk: f64,
    gateway_rss_mib: Option<f64>,
    gateway_rss_peak_mib: Option<f64>,
    gateway_cpu_s_per_1000: Option<f64>,
    gateway_cpu_s_per_1000_half: Option<f64>,
    /// After each minute of `--soak`.
    soak_rss_mib: Vec<Option<f64>>,
    soak_errors: usize,
}

/// Measures directly and through the gateway by turns.
pub async fn run(args: &BenchGatewayArgs, output: &Output) -> Result<(), Failure> {
    if cfg!(debug_assertions) {
        output.say(output.paint(Tone::Odd, "this is a debug build: the figures mean little; use --release"));
    }
    let upstream = upstream::start(args.upstream_port)?;
    let gateway = match args.gateway {
        Some(address) => Gateway::other(address, args)?,
        None => Gateway::ours(upstream).await?,
    };
    let sheet = measure(args, upstream, &gateway).await;
    gateway.stop().await;
    let sheet = sheet?;
    output.both(&sheet, || render(&sheet, output));
    Ok(())
}

async fn measure(args: &BenchGatewayArgs, upstream: SocketAddr, gateway: &Gateway) -> Result<Sheet, Failure> {
    let direct = Target { address: upstream, headers: Vec::new(), model: args.model.clone() };
    let through =
        Target { address: gateway.address, headers: gateway.headers.clone(), model: args.model.clone() };
    let duration = Duration::from_secs(args.seconds);
    let full = Load { connections: args.connections, duration, per_second: None };
    let warm = Load { connections: 4, duration: Duration::from_secs(1), per_second: None };
    for target in [&direct, &through] {
        let figures = load::whole(target, warm).await?;
        if figures.answers == 0 {
            let why = load::complaint(target).await?;
            return Err(Failure::other(format!("{} gives no good answer: {why}", target.address)));
        }
    }

    let direct_full = load::whole(&direct, full).await?;
    let (gateway_full, cpu_full) = metered(gateway, &through, full).await?;
    let single = Load { connections: 1, ..full };
    let (direct_single, gateway_single) =
        (load::whole(&direct, single).await?, load::whole(&through, single).await?);
    let half_rate = args.rate.unwrap_or(gateway_full.per_second / 2.0);
    let half = Load { per_second: Some(half_rate), ..full };
    let direct_half = load::whole(&direct, half).await?;
    let (gateway_half, cpu_half) = metered(gateway, &through, half).await?;
    let pieces = Load { connections: 4, ..full };
    let (direct_chunk, gateway_chunk) =
        (load::pieces(&direct, pieces).await?, load::pieces(&through, pieces).await?);
    let (rss_mib, rss_peak_mib) = (gateway.memory_mib("VmRSS"), gateway.memory_mib("VmHWM"));
    let (mut soak_rss_mib, mut soak_errors) = (Vec::new(), 0);
    for _ in 0..args.soak {
        let minute = Load { duration: Duration::from_secs(60), ..half };
        soak_errors += load::whole(&through, minute).await?.errors;
        soak_rss_mib.push(gateway.memory_mib("VmRSS"));
    }
    Ok(Sheet {
        connections: args.connections,
        throughput_to_direct: gateway_full.per_second / direct_full.per_second,
        added_p50_ms_single: gateway_single.p50_ms - direct_single.p50_ms,
        added_p99_ms_single: gateway_single.p99_ms - direct_single.p99_ms,
        added_p50_ms_half: gateway_half.p50_ms - direct_half.p50_ms,
        added_p99_ms_half: gateway_half.p99_ms - direct_half.p99_ms,
        added_p50_ms_chunk: gateway_chunk.p50_ms - direct_chunk.p50_ms,
        added_p99_ms_chunk: gateway_chunk.p99_ms - direct_chunk.p99_ms,
        gateway_cpu_s_per_1000: cpu_full,
        gateway_cpu_s_per_1000_half: cpu_half,
        gateway_rss_mib: rss_mib,
        gateway_rss_peak_mib: rss_peak_mib,
        soak_rss_mib,
        soak_errors,
        direct_full,
        gateway_full,
        direct_single,
        gateway_single,
        half_rate,
        direct_half,
        gateway_half,
        direct_chunk,
        gateway_chunk,
    })
}

/// A load, and the gateway's CPU seconds per 1,000 of its answers.
async fn metered(gateway: &Gateway, target: &Target, load: Load) -> Result<(Figures, Option<f64>), Failure> {
    let before = gateway.cpu_seconds();
    let figures = load::whole(target, load).await?;
    let spent = gateway.cpu_seconds().zip(before).map(|(after, before)| after - before);
    let per_1000 = spent.map(|spent| spent / figures.answers as f64 * 1e3);
    Ok((figures, per_1000))
}

fn render(sheet: &Sheet, output: &Output) -> String {
    let mut table = output.table(&["what", "direct", "gateway", "", "errors"]);
    let ms = |figures: &Figures| format!("{:.3} / {:.3} ms", figures.p50_ms, figures.p99_ms);
    table.add_row([
        format!("requests/s, {} connections", sheet.connections),
        format!("{:.0}", sheet.direct_full.per_second),
        format!("{:.0}", sheet.gateway_full.per_second),
        format!("× {:.3}", sheet.throughput_to_direct),
        sheet.gateway_full.errors.to_string(),
    ]);
    let half = format!("p50 / p99, {:.0}/s", sheet.half_rate);
    for (name, direct, gateway, p50, p99) in [
        (
            "p50 / p99, 1 connection",
            &sheet.direct_single,
            &sheet.gateway_single,
            sheet.added_p50_ms_single,
            sheet.added_p99_ms_single,
        ),
        (
            half.as_str(),
            &sheet.direct_half,
            &sheet.gateway_half,
            sheet.added_p50_ms_half,
            sheet.added_p99_ms_half,
        ),
        (
            "p50 / p99 of a streamed piece",
            &sheet.direct_chunk,
            &sheet.gateway_chunk,
            sheet.added_p50_ms_chunk,
            sheet.added_p99_ms_chunk,
        ),
    ] {
        let added = format!("+ {p50:.3} / {p99:.3} ms");
        table.add_row([name.to_owned(), ms(direct), ms(gateway), added, gateway.errors.to_string()]);
    }
    let told =
        |value: Option<f64>, digits: usize| value.map_or("?".to_owned(), |value| format!("{value:.digits$}"));
    let summary = format!(
        "{table}\nmemory {} MiB, at most {} MiB · {} CPU s per 1,000 requests, {} at half of the rate",
        told(sheet.gateway_rss_mib, 1),
        told(sheet.gateway_rss_peak_mib, 1),
        told(sheet.gateway_cpu_s_per_1000, 3),
        told(sheet.gateway_cpu_s_per_1000_half, 3)
    );
    if sheet.soak_rss_mib.is_empty() {
        return summary;
    }
    let minutes: Vec<String> = sheet.soak_rss_mib.iter().map(|rss| told(*rss, 1)).collect();
    format!("{summary}\nmemory after each minute: {} MiB · {} errors", minutes.join(" "), sheet.soak_errors)
}
