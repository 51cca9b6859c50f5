//! Runs the RL server.

fn main() -> std::process::ExitCode {
    service_kit::run_main("rl-server", env!("CARGO_PKG_VERSION"), |settings| async move {
        rl_server::build(&settings).await
    })
}
