//! Log lines: pretty or JSON on standard output, JSON in rotating files. Personal data is masked, and each line carries the ids of
//! the call it belongs to.

mod fields;
mod json;
mod masking;
mod pretty;

use std::io::IsTerminal;

use tracing::Subscriber;
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_appender::rolling::{self, RollingFileAppender};
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::config::{ConfigError, Log, LogFormat, Rotation, Settings};
use json::JsonLines;
use masking::Masking;
use pretty::PrettyLines;

/// Keep this until the process ends: dropping it writes what is still waiting to be written.
#[must_use]
pub struct LogGuard {
    _writers: Vec<WorkerGuard>,
}

/// Why logs did not start.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A setting is wrong.
    #[error(transparent)]
    Settings(#[from] ConfigError),
    /// This process logs already.
    #[error("logs were started before")]
    Started,
}

/// Starts the logs of this process; files are named after `name`.
///
/// When the folder cannot be written (a read-only container) a warning says so and standard output must do.
pub fn start(name: &str, settings: &Settings) -> Result<LogGuard, LogError> {
    let log: Log = settings.section("log")?;
    let filter = filter(&log, settings)?;
    let (stdout, guard) = NonBlocking::new(std::io::stdout());
    let (mut layers, mut writers) = (vec![to_stdout(&log, stdout)], vec![guard]);
    let file = log.directory.as_deref().map(|directory| open(directory, name, &log)).transpose();
    let unwritable = file.as_ref().err().map(ToString::to_string);
    if let Ok(Some(file)) = file {
        let (writer, guard) = NonBlocking::new(file);
        layers.push(lines(JsonLines, Masking::new(writer, log.mask), false));
        writers.push(guard);
    }
    let subscriber = Registry::default().with(layers).with(filter);
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogError::Started)?;
    if let Some(error) = unwritable {
        tracing::warn!(
            error,
            directory = log.directory,
            "log files cannot be written; standard output must do"
        );
    }
    log_panics();
    Ok(LogGuard { _writers: writers })
}

fn filter(log: &Log, settings: &Settings) -> Result<EnvFilter, ConfigError> {
    EnvFilter::builder().parse(&log.level).map_err(|error| {
        let allowed = "error, warn, info, debug, trace, or directives such as info,storage=debug";
        ConfigError::value("log.level", settings.origin("log.level"), error.to_string(), allowed)
    })
}

fn to_stdout<S>(log: &Log, stdout: NonBlocking) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    let terminal = std::io::stdout().is_terminal();
    let writer = Masking::new(stdout, log.mask);
    match log.format {
        LogFormat::Json => lines(JsonLines, writer, false),
        LogFormat::Auto if !terminal => lines(JsonLines, writer, false),
        LogFormat::Auto | LogFormat::Pretty => lines(PrettyLines, writer, terminal),
    }
}

fn lines<S, F>(format: F, writer: Masking, colours: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    F: fmt::FormatEvent<S, JsonFields> + Send + Sync + 'static,
{
    let layer = fmt::Layer::default().fmt_fields(JsonFields::new()).event_format(format);
    layer.with_writer(writer).with_ansi(colours).boxed()
}

fn open(directory: &str, name: &str, log: &Log) -> Result<RollingFileAppender, rolling::InitError> {
    let rotation = match log.rotation {
        Rotation::Daily => rolling::Rotation::DAILY,
        Rotation::Hourly => rolling::Rotation::HOURLY,
        Rotation::Never => rolling::Rotation::NEVER,
    };
    // The appender looks for old files before it makes the folder, and complains on standard error when there is none;
    // whether the folder can be written is its own next question.
    drop(std::fs::create_dir_all(directory));
    let builder = rolling::Builder::new().rotation(rotation).max_log_files(log.files_max);
    builder.filename_prefix(name).filename_suffix("log").build(directory)
}

/// A panic becomes a log line, with its place, instead of text on standard error.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(
            place,
            panic = panic.payload_as_str().unwrap_or("not a text"),
            "a panic; this is a bug"
        );
    }));
}

#[cfg(test)]
mod tests;
