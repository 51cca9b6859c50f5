//! The log of experiences, in and out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use q_learning::{AgentKey, Context, Experience, ModelKey};
use service_api::policy::{ExperienceLine, ImportReport, LoggedCandidate, PolicyVersion};
use service_api::problem::FieldError;
use service_kit::now_micros;
use storage::NewExperience;
use task_model::{AgentId, Attempt, Description, Invalid, MicroUsd, Micros, TaskId};

use super::{Error, State};

/// The most lines of one page.
pub(crate) const LINES_MAX: usize = 10_000;
/// How many lines of an import share a commit.
pub(crate) const PORTION: usize = 1_000;
/// The longest name of a model.
const MODEL_MAX_CHARS: usize = 256;

/// An import under way: whatever was taken before something is refused stays.
pub(crate) struct Import<'a> {
    state: &'a State,
    /// Lines of the portions before.
    lines: usize,
    /// What became of them.
    pub(crate) report: ImportReport,
}

impl<'a> Import<'a> {
    pub(crate) fn new(state: &'a State) -> Self {
        Self { state, lines: 0, report: ImportReport::default() }
    }

    /// Appends a portion; all of it or nothing.
    pub(crate) async fn take(&mut self, portion: Vec<ExperienceLine>) -> Result<(), Error> {
        let (mut experiences, mut errors) = (Vec::with_capacity(portion.len()), Vec::new());
        for (index, line) in (self.lines..).zip(portion) {
            match parse(line) {
                Ok(experience) => experiences.push(experience),
                Err((field, Invalid(message))) => {
                    errors.push(FieldError { field: format!("[{index}].{field}"), message })
                }
            }
        }
        if !errors.is_empty() {
            errors.truncate(100);
            return Err(Error::Invalid(errors));
        }
        let sent = experiences.len();
        let imported = self.state.storage.experience_import(experiences).await?;
        self.lines += sent;
        self.report.imported += imported;
        self.report.known += sent - imported;
        Ok(())
    }

    /// What became of it, at the end.
    pub(crate) fn end(self) -> Result<ImportReport, Error> {
        match self.lines {
            0 => Err(Error::field("body", "must hold at least one line")),
            _ => Ok(self.report),
        }
    }
}

/// Lines after `seq`, in the order in which the learner sees them.
pub(crate) async fn export(state: &State, after: i64, limit: usize) -> Result<Vec<ExperienceLine>, Error> {
    let lines = state.storage.decisions_logged_after(after, limit.clamp(1, LINES_MAX)).await?;
    Ok(lines.into_iter().map(render).collect())
}

fn parse(line: ExperienceLine) -> Result<NewExperience, (&'static str, Invalid)> {
    let at = |field| move |why| (field, why);
    if !(0.0..=1.0).contains(&line.reward) {
        return Err(("reward", Invalid("must be from 0 to 1".into())));
    }
    if line.attempt < 1 || line.revision < 0 {
        return Err(("attempt", Invalid("must be at least 1, and revision at least 0".into())));
    }
    if !line.weight.is_none_or(|weight| (0.0..=10.0).contains(&weight)) {
        return Err(("weight", Invalid("must be from 0 to 10".into())));
    }
    let propensity = line.propensity.unwrap_or(1.0);
    if !(propensity > 0.0 && propensity <= 1.0) {
        return Err(("propensity", Invalid("must be above 0 and at most 1".into())));
    }
    let agent_id = AgentId::parse(line.agent_id.clone()).map_err(at("agent_id"))?;
    let experience = experience(&line, &agent_id)?;
    let policy = line.policy_version.as_deref().map_or(Some(PolicyVersion::default()), PolicyVersion::parse);
    let policy = policy.ok_or_else(|| ("policy_version", Invalid("must read like p3.e1042".into())))?;
    let candidates_json = line.candidates.map(|listed| candidates(&listed)).transpose()?;
    Ok(NewExperience {
        task_id: TaskId::parse(line.task_id).map_err(at("task_id"))?,
        attempt: Attempt(line.attempt),
        revision: line.revision,
        agent_id,
        context: experience.to_bytes(),
        next_context: None,
        reward: line.reward,
        prev_reward: line.prev_reward,
        weight: experience.weight,
        propensity,
        policy_version: policy.to_stored(),
        cost: MicroUsd::from_usd(line.cost_usd).map_err(at("cost_usd"))?,
        latency_ms: line.latency_ms.clamp(0.0, 1e12) as i64,
        at: Micros(now_micros()),
        source: line.source.unwrap_or_else(|| "import".into()),
        candidates_json,
    })
}

/// The most that could have been chosen.
const CANDIDATES_MAX: usize = 10_000;

/// Refuses what no decision can have been; that the chosen one is among them is left to whoever evaluates.
fn candidates(listed: &[LoggedCandidate]) -> Result<String, (&'static str, Invalid)> {
    let share = |value: f64| (0.0..=1.0).contains(&value);
    let fits = |one: &LoggedCandidate| {
        share(one.probability) && share(one.relevance) && AgentId::parse(one.agent_id.as_str()).is_ok()
    };
    if listed.len() > CANDIDATES_MAX || !listed.iter().all(fits) {
        let rule = "must be at most 10000 agents with probability and relevance from 0 to 1";
        return Err(("candidates", Invalid(rule.into())));
    }
    serde_json::to_string(listed).map_err(|error| ("candidates", Invalid(error.to_string())))
}

/// Who could have been chosen, as it was logged; nothing when that cannot be read.
fn logged(json: Option<&str>) -> Option<Vec<LoggedCandidate>> {
    serde_json::from_str(json?).ok()
}

/// The learner's own row: as logged, or made from the description.
fn experience(line: &ExperienceLine, agent_id: &AgentId) -> Result<Experience, (&'static str, Invalid)> {
    if let Some(encoded) = &line.context {
        let unreadable = || ("context", Invalid("is not an experience as GET /experiences gives it".into()));
        let bytes = STANDARD.decode(encoded).map_err(|_| unreadable())?;
        return Experience::from_bytes(&bytes).map_err(|_| unreadable());
    }
    let Some(description) = line.description.clone() else {
        return Err(("description", Invalid("is required unless context is given".into())));
    };
    let description = Description::parse(description).map_err(|why| ("description", why))?;
    let context = Context::from_text(description.as_str());
    let mut experience = Experience::new(context, AgentKey::new(agent_id.as_str()), line.reward);
    experience.replaces = line.prev_reward;
    experience.weight = line.weight.unwrap_or(experience.weight);
    experience.replaced_weight = experience.weight;
    experience.model = line.model.as_deref().map(model).transpose()?;
    Ok(experience)
}

fn model(name: &str) -> Result<ModelKey, (&'static str, Invalid)> {
    if (1..=MODEL_MAX_CHARS).contains(&name.chars().count()) {
        Ok(ModelKey::new(name))
    } else {
        Err(("model", Invalid(format!("must have 1 to {MODEL_MAX_CHARS} characters"))))
    }
}

fn render(line: storage::Experience) -> ExperienceLine {
    let e = line.experience;
    let taught = Experience::from_bytes(&e.context).ok();
    ExperienceLine {
        task_id: e.task_id.to_string(),
        attempt: e.attempt.0,
        revision: e.revision,
        agent_id: e.agent_id.to_string(),
        reward: e.reward,
        description: None,
        context: Some(STANDARD.encode(&e.context)),
        prev_reward: e.prev_reward,
        weight: Some(e.weight),
        propensity: Some(e.propensity),
        policy_version: Some(PolicyVersion::from_stored(e.policy_version).to_string()),
        candidates: logged(e.candidates_json.as_deref()),
        cost_usd: e.cost.as_usd(),
        latency_ms: e.latency_ms as f64,
        model: taught.and_then(|taught| Some(taught.model?.to_string())),
        source: Some(e.source),
        seq: Some(line.seq),
        at: Some(service_api::rfc3339(e.at)),
    }
}
