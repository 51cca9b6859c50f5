//! Runs the execution API.

fn main() -> std::process::ExitCode {
    service_kit::run_main("execution-api", env!("CARGO_PKG_VERSION"), |settings| async move {
        execution_api::build(&settings).await
    })
}
