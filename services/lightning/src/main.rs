//! `lightning`: all four services in one process for a laptop, and the command line.
//!
//! Invariant of absence: no rule of the product lives here; commands call services over HTTP, as anybody else would.

mod cli;
mod command;
mod connection;
mod exit;
mod maintenance;
mod output;
mod retention;
mod stack;

use std::process::ExitCode;

use clap::Parser;

/// Many small allocations on many threads: measurably less memory and time than with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    without_huge_pages();
    let cli = cli::Cli::parse();
    let output = output::Output::new(cli.json, cli.color);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output.failed(&exit::Failure::other(format!("cannot start: {error}"))),
    };
    service_kit::install_crypto();
    match runtime.block_on(command::run(cli, &output)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output.failed(&failure),
    }
}

/// The allocator asks for pages of 2 MiB, and each one counts whole as soon as a byte of it is used: 15 to 20 MiB of memory for no time
/// that could be measured.
fn without_huge_pages() {
    // Where it is refused more memory is taken, and nothing else changes.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_thp_disable(true);
}
