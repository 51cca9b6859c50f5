//! Runs the model service.

fn main() -> std::process::ExitCode {
    service_kit::run_main("model-service", env!("CARGO_PKG_VERSION"), |settings| async move {
        model_service::build(&settings).await
    })
}
