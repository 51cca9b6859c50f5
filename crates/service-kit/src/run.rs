//! The `main` of a service.

mod arguments;
mod healthcheck;
mod signal;

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use tokio_util::sync::CancellationToken;

pub use signal::stop_on_signals;

use crate::app::App;
use crate::config::{ConfigError, Settings};
use crate::{log, serve};
use arguments::{Arguments, Command};

type Failure = Box<dyn Error + Send + Sync>;

/// For a configuration that cannot be used, or wrong arguments; any other failure is 1.
const EXIT_USAGE: u8 = 2;

/// Runs one service: reads arguments and settings, starts logs, builds it, listens, and serves until SIGTERM or SIGINT.
///
/// Arguments: `healthcheck` (ask the running service whether it is ready; exit 0 or 1), `--config FILE`, `--openapi` (print the
/// API document and exit), `--version`, `--help`.
pub fn run_main<B, Fut, E>(name: &'static str, version: &'static str, build: B) -> ExitCode
where
    B: FnOnce(Settings) -> Fut,
    Fut: Future<Output = Result<App, E>>,
    E: Into<Failure>,
{
    let arguments = match Arguments::parse(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(problem) => return complain(name, &problem, EXIT_USAGE),
    };
    let result = match arguments.command {
        Command::Help => say(&arguments::help(name)),
        Command::Version => say(&format!("{name} {version}\n")),
        Command::Healthcheck => healthcheck::ask(name, arguments.config),
        Command::Openapi | Command::Serve => start(name, arguments, build),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => complain(name, &*failure, if failure.is::<ConfigError>() { EXIT_USAGE } else { 1 }),
    }
}

fn start<B, Fut, E>(name: &str, arguments: Arguments, build: B) -> Result<(), Failure>
where
    B: FnOnce(Settings) -> Fut,
    Fut: Future<Output = Result<App, E>>,
    E: Into<Failure>,
{
    let settings = Settings::from_process(arguments.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if arguments.command == Command::Openapi {
        return say(&runtime.block_on(build(settings)).map_err(Into::into)?.openapi_json());
    }
    let _logs = log::start(name, &settings)?;
    crate::install_crypto();
    runtime.block_on(async {
        let app = build(settings).await.map_err(Into::into)?;
        let listener = serve::bind(app.listen()).await?;
        tracing::info!(service = app.name(), address = %listener.local_addr()?, "the service listens");
        let stop = CancellationToken::new();
        stop_on_signals(stop.clone())?;
        serve::serve(app, listener, stop).await?;
        Ok(())
    })
}

fn say(text: &str) -> Result<(), Failure> {
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(())
}

/// One line with all causes, on standard error: at this point logs may not have started.
fn complain(name: &str, failure: &(dyn Error + 'static), code: u8) -> ExitCode {
    let causes: Vec<_> =
        std::iter::successors(Some(failure), |&error| error.source()).map(ToString::to_string).collect();
    // When even standard error is closed there is nobody left to tell.
    drop(writeln!(std::io::stderr().lock(), "{name}: {}", causes.join(": ")));
    ExitCode::from(code)
}
