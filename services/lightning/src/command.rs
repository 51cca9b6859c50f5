//! From words to deeds: one file a command.

mod agents;
mod assign;
mod bench;
mod chaos;
mod database;
mod dead_letters;
mod demo;
mod doctor;
mod experiences;
mod explain;
mod feedback;
mod inbox;
mod key;
mod migrate;
mod policy;
mod q_table;
mod replay;
mod schedule;
mod steer;
mod task;
mod train;
mod up;

use std::collections::BTreeMap;
use std::path::PathBuf;

use service_kit::Settings;
use service_kit::config::Sources;

use crate::cli::{Cli, Command, TaskCommand};
use crate::connection::Connection;
use crate::exit::Failure;
use crate::output::Output;

pub use database::file_for;

/// Runs one command to its end.
pub async fn run(cli: Cli, output: &Output) -> Result<(), Failure> {
    let environment = Environment { file: cli.config, variables: process_environment() };
    match &cli.command {
        Command::Up(args) => return up::run(args, environment, output).await,
        Command::Demo(args) => return demo::run(args, environment, output).await,
        Command::Bench(args) => return bench::run(args, environment, output).await,
        Command::Replay(args) => return replay::run(args, output),
        Command::Chaos(args) => return chaos::run(args, output).await,
        Command::Doctor => return doctor::run(&environment, cli.key, output).await,
        _ => {}
    }
    let settings = environment.settings()?;
    match cli.command {
        Command::Key(command) => return key::run(command, &settings, output).await,
        Command::Migrate => return migrate::run(&settings, output).await,
        Command::Backup(args) => return database::backup(&args, &settings, output).await,
        Command::Restore(args) => return database::restore(&args, &settings, output).await,
        Command::Db(command) => return database::upkeep(&command, &settings, output).await,
        _ => {}
    }
    let connection = Connection::open(&settings, cli.key)?;
    match cli.command {
        Command::Assign(args) => assign::run(args, &connection, output).await,
        Command::Task(TaskCommand::List(args)) => task::list(args, &connection, output).await,
        Command::Task(TaskCommand::Show(arg)) => task::show(&arg.id, &connection, output).await,
        Command::Task(TaskCommand::Tail(arg)) => task::tail(&arg.id, &connection, output).await,
        Command::Task(TaskCommand::Cancel(arg)) => task::cancel(&arg.id, &connection, output).await,
        Command::Task(TaskCommand::Retry(arg)) => task::retry(&arg.id, &connection, output).await,
        Command::Task(TaskCommand::Pause(arg)) => steer::pause(&arg.id, &connection, output).await,
        Command::Task(TaskCommand::Resume(arg)) => steer::resume(&arg.id, &connection, output).await,
        Command::Task(TaskCommand::Fork(args)) => steer::fork(args, &connection, output).await,
        Command::Task(TaskCommand::Approve(args)) => steer::approve(args, &connection, output).await,
        Command::Task(TaskCommand::Deny(args)) => steer::deny(args, &connection, output).await,
        Command::Schedule(command) => schedule::run(command, &connection, output).await,
        Command::DeadLetters(command) => dead_letters::run(command, &connection, output).await,
        Command::Inbox(args) => inbox::run(args, &connection, output).await,
        Command::Feedback(args) => feedback::run(args, &connection, output).await,
        Command::Agents(args) => agents::run(args, &connection, output).await,
        Command::QTable => q_table::run(&connection, output).await,
        Command::Explain(arg) => explain::run(&arg.id, &connection, output).await,
        Command::Experiences(command) => experiences::run(command, &connection, output).await,
        Command::Train(args) => train::run(args, &connection, output).await,
        Command::Policy(command) => policy::run(command, &connection, output).await,
        Command::Up(_)
        | Command::Demo(_)
        | Command::Bench(_)
        | Command::Replay(_)
        | Command::Chaos(_)
        | Command::Doctor
        | Command::Key(_)
        | Command::Migrate
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::Db(_) => Ok(()),
    }
}

/// The process's variables and the file named on the command line, before they become settings: some commands
/// change them first.
#[derive(Debug, Clone)]
pub struct Environment {
    file: Option<PathBuf>,
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// Sets one variable, over whatever it was.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.variables.insert(name.to_owned(), value.into());
    }

    /// Whether a variable was given and is not empty.
    pub fn has(&self, name: &str) -> bool {
        self.variables.get(name).is_some_and(|value| !value.is_empty())
    }

    /// The settings that follow.
    pub fn settings(&self) -> Result<Settings, Failure> {
        let directory = PathBuf::from(".");
        Ok(Settings::load(&Sources {
            directory,
            file: self.file.clone(),
            environment: self.variables.clone(),
        })?)
    }
}

fn process_environment() -> BTreeMap<String, String> {
    std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect()
}
