//! The tools of an installation: what there is, and one way to call any of it.
//!
//! Arguments are checked against the schema before a tool sees them, outputs are cut, and a tool that breaks
//! breaks alone. Deadlines are the caller's, who alone knows what time is left.

use super::http_tool::{DeclaredTool, Found, HttpTool, WrongTool};
use super::tool::{ToolError, ToolResult};
use super::{
    calculator, csv_stats, datetime, extract, http_fetch, http_tool, json_query, json_validate,
    knowledge_search, log_stats, text_stats, unit_convert,
};
use chrono::{DateTime, Utc};
use jsonschema::Validator;
use react_agent::{Outcome, ToolCall, ToolErrorCode, ToolSpec};
use serde_json::Value;
use service_kit::config::Fetch;
use service_kit::ssrf::{FetchError, GuardedClient};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use storage::Storage;
use task_model::AgentId;

/// Bytes of output kept unless it is said otherwise. The model sees less (`Limits::max_observation_bytes`); the journal keeps this.
const OUTPUT_MAX: usize = 64 * 1024;
/// Arguments with more text than this are computed on a thread of their own, away from the workers.
const LIGHT_MAX: usize = 16 * 1024;

/// All tools of an installation.
#[derive(Debug)]
pub struct Toolbox {
    tools: Vec<Arc<Tool>>,
    output_max: usize,
}

#[derive(Debug)]
struct Tool {
    spec: ToolSpec,
    arguments: Validator,
    run: Run,
}

/// How a tool is run.
#[derive(Debug)]
enum Run {
    /// From its arguments.
    Compute(fn(&Value) -> ToolResult),
    /// From its arguments and the time.
    ComputeAt(fn(&Value, DateTime<Utc>) -> ToolResult),
    /// In the database.
    Knowledge(Storage),
    /// On the network.
    Fetch(GuardedClient),
    /// By whoever an operator named.
    Http(Box<HttpTool>),
}

impl Toolbox {
    /// Everything there is; `http_fetch` only when `[fetch]` switches it on.
    pub fn new(storage: Storage, fetch: &Fetch) -> Result<Self, FetchError> {
        let mut toolbox = Self::computing();
        toolbox.add(knowledge_search::describe(), Run::Knowledge(storage));
        if fetch.enabled {
            toolbox.add(http_fetch::describe(), Run::Fetch(GuardedClient::new(fetch)?));
        }
        Ok(toolbox)
    }

    /// Cuts longer outputs.
    pub fn keep_at_most(self, output_max: usize) -> Self {
        Self { output_max, ..self }
    }

    /// Only the tools that need nothing but their arguments.
    pub fn computing() -> Self {
        let mut toolbox = Toolbox { tools: vec![], output_max: OUTPUT_MAX };
        toolbox.add(calculator::describe(), Run::Compute(calculator::run));
        toolbox.add(csv_stats::describe(), Run::Compute(csv_stats::run));
        toolbox.add(datetime::describe(), Run::ComputeAt(datetime::run));
        toolbox.add(extract::describe(), Run::Compute(extract::run));
        toolbox.add(json_query::describe(), Run::Compute(json_query::run));
        toolbox.add(json_validate::describe(), Run::Compute(json_validate::run));
        toolbox.add(log_stats::describe(), Run::Compute(log_stats::run));
        toolbox.add(text_stats::describe(), Run::Compute(text_stats::run));
        toolbox.add(unit_convert::describe(), Run::Compute(unit_convert::run));
        toolbox
    }

    /// Adds a tool of an operator's; `key` is the name and the value of the variable that holds its key.
    pub fn declare(
        &mut self,
        declared: &DeclaredTool,
        fetch: &Fetch,
        key: Option<(&str, Option<&str>)>,
    ) -> Result<(), WrongTool> {
        if self.knows(&declared.name) {
            return Err(WrongTool::new(
                "name",
                format!("there is a tool {} already", declared.name),
                "a name of its own",
            ));
        }
        let (spec, tool) = http_tool::open(declared, fetch, key)?;
        self.add(spec, Run::Http(Box::new(tool)));
        Ok(())
    }

    /// Asks a tool whether a call whose outcome is unknown took effect.
    pub async fn probe(&self, call: &ToolCall) -> Found {
        match self.find(&call.tool).map(|tool| &tool.run) {
            Some(Run::Http(tool)) => match tool.probe(&call.key).await {
                Found::Done(Outcome::Output { content }) => {
                    Found::Done(Outcome::output(cut(content, self.output_max)))
                }
                found => found,
            },
            _ => Found::Unknown,
        }
    }

    fn add(&mut self, spec: ToolSpec, run: Run) {
        let arguments = json_validate::compile(&spec.parameters)
            .expect("a test compiles our own schemas, and declared ones were compiled before");
        self.tools.push(Arc::new(Tool { spec, arguments, run }));
    }

    /// The names of all tools.
    pub fn names(&self) -> Vec<&str> {
        self.tools.iter().map(|tool| tool.spec.name.as_str()).collect()
    }

    /// Whether there is such a tool.
    pub fn knows(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The tools of these names, in their order; names without a tool are left out.
    pub fn specs(&self, names: &[String]) -> Arc<[ToolSpec]> {
        names.iter().filter_map(|name| self.find(name)).map(|tool| tool.spec.clone()).collect()
    }

    fn find(&self, name: &str) -> Option<&Arc<Tool>> {
        self.tools.iter().find(|tool| tool.spec.name == name)
    }

    /// Runs a call now.
    pub async fn call(&self, agent: &AgentId, call: &ToolCall) -> Outcome {
        let tool = match self.admit(call) {
            Ok(tool) => tool,
            Err(error) => return error.into(),
        };
        let result = match &tool.run {
            Run::Knowledge(storage) => knowledge_search::run(&call.arguments, storage, agent).await,
            Run::Fetch(client) => http_fetch::run(&call.arguments, client).await,
            Run::Http(tool) => tool.run(call).await,
            Run::Compute(_) | Run::ComputeAt(_) if text_in(&call.arguments) > LIGHT_MAX => {
                apart(tool, call).await
            }
            Run::Compute(_) | Run::ComputeAt(_) => tool.compute(&call.arguments, Utc::now()),
        };
        self.outcome(result)
    }

    /// Runs a computing tool at a given time, without a runtime.
    pub fn compute(&self, call: &ToolCall, now: DateTime<Utc>) -> Outcome {
        self.outcome(self.admit(call).and_then(|tool| tool.compute(&call.arguments, now)))
    }

    fn outcome(&self, result: ToolResult) -> Outcome {
        match result {
            Ok(value) => Outcome::output(cut(value.to_string(), self.output_max)),
            Err(error) => error.into(),
        }
    }

    /// The tool, when the call may be made.
    fn admit(&self, call: &ToolCall) -> Result<&Arc<Tool>, ToolError> {
        let unknown = || ToolError {
            code: ToolErrorCode::UnknownTool,
            message: format!("there is no tool `{}`", call.tool),
        };
        let tool = self.find(&call.tool).ok_or_else(unknown)?;
        match tool.arguments.iter_errors(&call.arguments).next() {
            None => Ok(tool),
            Some(error) => Err(ToolError::invalid(explained(&error))),
        }
    }
}

impl Tool {
    /// A panic is our bug, and no reason to take a worker down with all its runs.
    fn compute(&self, arguments: &Value, now: DateTime<Utc>) -> ToolResult {
        let computed = catch_unwind(AssertUnwindSafe(|| match &self.run {
            Run::Compute(run) => run(arguments),
            Run::ComputeAt(run) => run(arguments, now),
            Run::Knowledge(_) | Run::Fetch(_) | Run::Http(_) => {
                Err(ToolError::unavailable("this tool needs more than its arguments"))
            }
        }));
        computed.unwrap_or_else(|_| {
            tracing::error!(tool = self.spec.name, "a tool broke on its arguments");
            Err(ToolError::failed("the tool broke on these arguments; that is a fault of the tool"))
        })
    }
}

async fn apart(tool: &Arc<Tool>, call: &ToolCall) -> ToolResult {
    let (tool, arguments) = (tool.clone(), call.arguments.clone());
    let computed = tokio::task::spawn_blocking(move || tool.compute(&arguments, Utc::now())).await;
    computed.unwrap_or_else(|_| Err(ToolError::unavailable("the process is stopping")))
}

/// Bytes of text in the arguments, which is what computing takes time by.
fn text_in(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(text_in).sum(),
        Value::Object(members) => members.values().map(text_in).sum(),
        _ => 8,
    }
}

fn explained(error: &jsonschema::ValidationError<'_>) -> String {
    let place = error.instance_path().to_string();
    let message = json_validate::worded(error);
    if place.is_empty() { message } else { format!("`{}`: {message}", place.trim_start_matches('/')) }
}

fn cut(mut text: String, most: usize) -> String {
    let whole = text.len();
    if whole > most {
        text.truncate(text.floor_char_boundary(most));
        text.push_str(&format!("… [cut: {most} of {whole} bytes kept]"));
    }
    text
}

#[cfg(test)]
mod tests;
