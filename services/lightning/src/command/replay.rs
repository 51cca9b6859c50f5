//! `lightning replay`: any policy over files of tasks with known outcomes, with seeds, in parallel.
//!
//! Needs nothing but the files: no configuration, no database, no services.

mod passes;
mod plot;
mod read;
mod render;

use q_learning::LearnerConfig;
use q_learning::replay::{DataSet, Policy, Summary, Variant};

use crate::cli::ReplayArgs;
use crate::exit::{Code, Failure};
use crate::output::{Output, Tone};

/// One line of the report: a policy in a variant of one file.
struct Line<'a> {
    data: &'a DataSet,
    cost_ceiling: Option<f64>,
    policy: &'a (String, Policy),
    variant: (&'static str, Variant),
}

/// A line with what it came to.
struct Outcome<'a> {
    line: &'a Line<'a>,
    summary: Summary,
}

/// Reads, plays, and reports each line as soon as it and all before it are done.
pub fn run(args: &ReplayArgs, output: &Output) -> Result<(), Failure> {
    let policies = policies(&args.policy)?;
    let variants = variants(&args.variant)?;
    let mut sets = Vec::new();
    for file in &args.data {
        sets.extend(under_ceilings(read::data(file)?, &args.cost_ceiling)?);
    }
    if cfg!(debug_assertions) && !output.is_json() {
        output.say(output.paint(Tone::Odd, "this is a debug build: rewards are right, times mean little"));
    }
    let mut lines = Vec::new();
    for (data, cost_ceiling) in &sets {
        for variant in &variants {
            let line = |policy| Line { data, cost_ceiling: *cost_ceiling, policy, variant: *variant };
            lines.extend(policies.iter().map(line));
        }
    }
    let outcomes = passes::play(&lines, args, |outcome| output.data(&render::json(outcome)))?;
    output.say(render::table(&outcomes, output));
    if let Some(file) = &args.svg {
        std::fs::write(file, plot::svg(&outcomes))
            .map_err(|error| Failure::other(format!("cannot write {}: {error}", file.display())))?;
        output.say(format!("curves: {}", file.display()));
    }
    Ok(())
}

/// The set under each ceiling; as it is without any, or where it knows no costs.
fn under_ceilings(data: DataSet, ceilings: &[f64]) -> Result<Vec<(DataSet, Option<f64>)>, Failure> {
    if ceilings.is_empty() || !data.has_costs() {
        return Ok(vec![(data, None)]);
    }
    let under = |ceiling: &f64| match data.clone().with_cost_ceiling(*ceiling) {
        Ok(data) => Ok((data, Some(*ceiling))),
        Err(_) => {
            Err(Failure::usage(format!("--cost-ceiling must be from 0.000001 to 1000000000, not {ceiling}")))
        }
    };
    ceilings.iter().map(under).collect()
}

fn policies(names: &[String]) -> Result<Vec<(String, Policy)>, Failure> {
    let mut policies = Vec::new();
    for name in names {
        match name.as_str() {
            "all" => policies.extend(Policy::NAMED.map(|(name, policy)| (name.to_owned(), policy))),
            json if json.trim_start().starts_with('{') => policies.push((json.to_owned(), configured(json)?)),
            name => policies.push((name.to_owned(), named(name)?)),
        }
    }
    Ok(policies)
}

fn named(name: &str) -> Result<Policy, Failure> {
    Policy::named(name).ok_or_else(|| {
        let known: Vec<_> = Policy::NAMED.iter().map(|(name, _)| *name).collect();
        Failure::usage(format!("there is no policy {name:?}; there are {} and all", known.join(", ")))
    })
}

fn configured(json: &str) -> Result<Policy, Failure> {
    let config: LearnerConfig = serde_json::from_str(json)
        .map_err(|error| Failure::usage(format!("the learner's configuration is wrong: {error}")))?;
    q_learning::Learner::new(config.clone()).map_err(|error| Failure::from_error(Code::Usage, &error))?;
    Ok(Policy::Learner(Box::new(config)))
}

fn variants(names: &[String]) -> Result<Vec<(&'static str, Variant)>, Failure> {
    let mut variants = Vec::new();
    for name in names {
        // Written either way, as other values of this command are.
        let name = name.replace([' ', '_'], "-");
        match Variant::ALL.into_iter().find(|(known, _)| *known == name) {
            Some(variant) => variants.push(variant),
            None if name == "all" => variants.extend(Variant::ALL),
            None => {
                let known: Vec<_> = Variant::ALL.iter().map(|(name, _)| *name).collect();
                return Err(Failure::usage(format!(
                    "there is no variant {name:?}; there are {} and all",
                    known.join(", ")
                )));
            }
        }
    }
    Ok(variants)
}
