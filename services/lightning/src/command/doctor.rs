//! `lightning doctor`: what is wrong, and what to do about it.

use std::path::Path;

use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;
use service_kit::config::{Auth, AuthMode, Log};
use service_kit::{Settings, port_holder};
use storage::{Storage, StorageOptions};

use super::Environment;
use crate::connection::{Connection, call};
use crate::exit::Failure;
use crate::output::{Output, Tone, counted};
use crate::stack::ALL;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    what: String,
    state: State,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Good,
    Note,
    Bad,
}

/// Looks at everything, prints what was found, and fails when something is broken.
pub async fn run(
    environment: &Environment,
    key: Option<SecretString>,
    output: &Output,
) -> Result<(), Failure> {
    let settings = match environment.settings() {
        Ok(settings) => settings,
        Err(failure) => {
            print(
                &bad("configuration", failure.message.clone(), "correct the value, or leave it out"),
                output,
            );
            return Err(failure);
        }
    };
    let mut findings = vec![configuration(&settings), access(&settings)?, database(&settings).await];
    findings.push(logs(&settings)?);
    let connection = Connection::open(&settings, key)?;
    findings.extend(services(&settings, &connection).await?);
    findings.push(providers(&settings)?);
    for finding in &findings {
        print(finding, output);
    }
    match findings.iter().filter(|finding| finding.state == State::Bad).count() {
        0 => Ok(()),
        broken => {
            Err(Failure::other(format!("{broken} of {} checks found something broken", findings.len())))
        }
    }
}

fn configuration(settings: &Settings) -> Finding {
    let sections = ALL.map(|service| settings.listen(service.section()).map(|_| ()));
    match sections.into_iter().collect::<Result<(), _>>() {
        Ok(()) => good("configuration", "every value is known and fits"),
        Err(error) => bad("configuration", error.to_string(), "correct the value, or leave it out"),
    }
}

fn access(settings: &Settings) -> Result<Finding, Failure> {
    let auth: Auth = settings.section("auth")?;
    Ok(match auth.mode {
        AuthMode::Keys if auth.service_key.is_none() => note(
            "access",
            "every call needs a key, and the services have none to show one another",
            "set LIGHTNING__AUTH__SERVICE_KEY to the same secret for all services (not needed for `lightning up`)",
        ),
        AuthMode::Keys => good("access", "every call needs a key"),
        AuthMode::Loopback => good("access", "no key needed; only this machine can connect"),
        AuthMode::Off => note(
            "access",
            "auth.mode = \"off\": whoever can connect may do everything",
            "use auth.mode = \"keys\" unless something in front checks who calls",
        ),
    })
}

async fn database(settings: &Settings) -> Finding {
    let options = match settings.section::<StorageOptions>("database") {
        Ok(options) => options,
        Err(error) => return bad("database", error.to_string(), "correct [database] or DATABASE_URL"),
    };
    if absent_file(&options.url) {
        return note(
            "database",
            "the SQLite file does not exist yet",
            "`lightning up` or `lightning migrate` creates it",
        );
    }
    let looked = async {
        let storage = Storage::open(&options).await?;
        storage.ping().await?;
        let counted = storage.task_counts().await;
        let kind = storage.kind();
        storage.close().await;
        Ok::<_, storage::Error>((kind, counted))
    };
    match looked.await {
        Ok((kind, Ok(counts))) => {
            good("database", format!("{kind:?} answers; {}", counted(counts.values().sum::<i64>(), "task")))
        }
        Ok((kind, Err(_))) => note(
            "database",
            format!("{kind:?} answers, but has not the schema of this release"),
            "run `lightning migrate`",
        ),
        Err(error) => bad(
            "database",
            Failure::from(error).message,
            "check that the server runs and that user, password and name in DATABASE_URL are right",
        ),
    }
}

fn absent_file(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("sqlite://") else { return false };
    let path = rest.strip_prefix('/').unwrap_or(rest).split('?').next().unwrap_or_default();
    !Path::new(path).exists()
}

fn logs(settings: &Settings) -> Result<Finding, Failure> {
    let log: Log = settings.section("log")?;
    let Some(directory) = log.directory.map(std::path::PathBuf::from) else {
        return Ok(good("logs", "standard output only"));
    };
    // The folder itself may not exist yet; then its parent decides.
    let existing = directory.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    let existing = if existing.as_os_str().is_empty() { Path::new(".") } else { existing };
    Ok(match tempfile::tempfile_in(existing) {
        Ok(_) => good("logs", format!("{} can be written", directory.display())),
        Err(error) => bad(
            "logs",
            format!("{} cannot be written: {error}", directory.display()),
            "set LIGHTNING__LOG__DIRECTORY to a folder that can, or to \"\" for standard output only",
        ),
    })
}

async fn services(settings: &Settings, connection: &Connection) -> Result<Vec<Finding>, Failure> {
    let health = [
        connection.models.health(&call()).await,
        connection.execution.health(&call()).await,
        connection.rl.health(&call()).await,
        connection.orchestrator.health(&call()).await,
    ];
    let mut findings = Vec::new();
    for (service, health) in ALL.into_iter().zip(health) {
        let listen = settings.listen(service.section())?;
        findings.push(match health {
            Ok(answer) => healthy(service.title(), &answer),
            Err(error) => match (error.problem(), port_holder::find(listen.port)) {
                (Some(problem), _) => {
                    bad(service.title(), problem.detail.clone(), "look at its /health and its log")
                }
                (None, Some(holder)) => bad(
                    service.title(),
                    format!("port {} is held by {holder}, which is not this service", listen.port),
                    format!("end that program, or set LIGHTNING__{}__PORT", service.section().to_uppercase()),
                ),
                (None, None) => note(
                    service.title(),
                    format!("not running; {listen} is free"),
                    "`lightning up` starts it",
                ),
            },
        });
    }
    Ok(findings)
}

fn healthy(title: &str, answer: &Value) -> Finding {
    let version = answer["version"].as_str().unwrap_or("?");
    let dependencies = answer["dependencies"].as_object();
    let unwell: Vec<_> = dependencies
        .into_iter()
        .flatten()
        .filter(|(_, d)| d["status"] != "healthy")
        .map(|(name, d)| format!("{name}: {}", d["detail"].as_str().unwrap_or("unwell")))
        .collect();
    if unwell.is_empty() {
        return good(title, format!("{version}, {}", answer["status"].as_str().unwrap_or("healthy")));
    }
    note(title, format!("{version}, but {}", unwell.join("; ")), "see its /health")
}

fn providers(settings: &Settings) -> Result<Finding, Failure> {
    #[derive(serde::Deserialize)]
    struct Keys {
        openai_api_key: SecretString,
        anthropic_api_key: SecretString,
    }
    use secrecy::ExposeSecret;
    let keys: Keys = settings.section("models")?;
    let given: Vec<_> = [("OpenAI", &keys.openai_api_key), ("Anthropic", &keys.anthropic_api_key)]
        .into_iter()
        .filter(|(_, key)| !key.expose_secret().is_empty())
        .map(|(name, _)| name)
        .collect();
    Ok(if given.is_empty() {
        note(
            "providers",
            "no language model is configured: the offline provider answers what rules and tools can, and says so",
            "set OPENAI_API_KEY or ANTHROPIC_API_KEY, or name a server under [models] in a configuration file",
        )
    } else {
        good("providers", format!("keys for {}", given.join(" and ")))
    })
}

fn print(finding: &Finding, output: &Output) {
    output.data(finding);
    let mark = match finding.state {
        State::Good => output.paint(Tone::Good, "✓"),
        State::Note => output.paint(Tone::Odd, "!"),
        State::Bad => output.paint(Tone::Bad, "✗"),
    };
    output.say(format!("{mark} {:<16} {}", finding.what, finding.detail));
    if let Some(advice) = &finding.advice {
        output.say(format!("  {:<16} {}", "", output.paint(Tone::Faint, format!("→ {advice}"))));
    }
}

fn good(what: &str, detail: impl Into<String>) -> Finding {
    Finding { what: what.into(), state: State::Good, detail: detail.into(), advice: None }
}

fn note(what: &str, detail: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding { what: what.into(), state: State::Note, detail: detail.into(), advice: Some(advice.into()) }
}

fn bad(what: &str, detail: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding { what: what.into(), state: State::Bad, detail: detail.into(), advice: Some(advice.into()) }
}
