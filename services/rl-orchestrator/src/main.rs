//! Runs the RL orchestrator.

fn main() -> std::process::ExitCode {
    let version = env!("CARGO_PKG_VERSION");
    service_kit::run_main("rl-orchestrator", version, |settings| async move {
        rl_orchestrator::build(&settings).await
    })
}
