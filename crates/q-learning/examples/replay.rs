//! Plays policies over gzip'd JSON Lines files and prints one JSON object for each file and policy.
//!
//! `cargo run --release -p q-learning --example replay -- DATA… [policy=default]… [variant=stationary] [seeds=10] [config={…}]`

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::time::Instant;

use flate2::read::GzDecoder;
use q_learning::LearnerConfig;
use q_learning::replay::{DataSet, Policy, Row, Summary, Variant, run};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let mut files = Vec::new();
    let mut policies = Vec::new();
    let (mut variant, mut seeds) = (("stationary".to_owned(), Variant::Stationary), 10);
    for argument in std::env::args().skip(1) {
        match argument.split_once('=') {
            Some(("policy", "all")) => {
                policies.extend(Policy::NAMED.map(|(name, policy)| (name.to_owned(), policy)))
            }
            Some(("policy", name)) => {
                policies.push((name.to_owned(), Policy::named(name).ok_or("no such policy")?))
            }
            Some(("config", text)) => {
                let config: LearnerConfig = serde_json::from_str(text)?;
                policies.push((text.to_owned(), Policy::Learner(Box::new(config))));
            }
            Some(("variant", name)) => {
                variant = (name.to_owned(), Variant::named(name).ok_or("no such variant")?)
            }
            Some(("seeds", number)) => seeds = number.parse()?,
            _ => files.push(argument),
        }
    }
    if policies.is_empty() {
        policies.push(("default".to_owned(), Policy::Default));
    }
    let sets = files.iter().map(|file| read(Path::new(file))).collect::<Result<Vec<_>, _>>()?;
    for (name, policy) in &policies {
        let mut sum = 0.0;
        for data in &sets {
            let summary = play(data, policy, variant.1, seeds)?;
            sum += summary.f_bf;
            print(data, name, &variant.0, &summary)?;
        }
        eprintln!("{name}: average f_bf {:.4}", sum / sets.len() as f64);
    }
    Ok(())
}

fn play(data: &DataSet, policy: &Policy, variant: Variant, seeds: u64) -> Result<Summary, Box<dyn Error>> {
    let begin = Instant::now();
    let clock = || begin.elapsed().as_nanos() as u64;
    let reports =
        (1..=seeds).map(|seed| run(data, policy, variant, seed, clock)).collect::<Result<Vec<_>, _>>()?;
    Summary::of(&reports).ok_or_else(|| "no seeds".into())
}

fn print(data: &DataSet, policy: &str, variant: &str, summary: &Summary) -> Result<(), Box<dyn Error>> {
    let round = |value: f64| (value * 1e4).round() / 1e4;
    let line = json!({
        "data": data.name, "policy": policy, "variant": variant, "seeds": summary.seeds,
        "mean": round(summary.mean), "random": round(summary.random), "best_fixed": round(summary.best_fixed),
        "oracle": round(summary.oracle), "f_bf": round(summary.f_bf), "f_bf_ci95": round(summary.f_bf_ci95),
        "f_or": round(summary.f_or), "decision_us_p50": summary.decision_us_p50,
        "decision_us_p99": summary.decision_us_p99,
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

fn read(path: &Path) -> Result<DataSet, Box<dyn Error>> {
    let mut agents: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for line in BufReader::new(GzDecoder::new(File::open(path)?)).lines() {
        let line: Value = serde_json::from_str(&line?)?;
        let rewards = line["rewards"].as_object().ok_or("a row without rewards")?;
        if agents.is_empty() {
            agents = rewards.keys().cloned().collect();
        }
        let rewards = agents
            .iter()
            .map(|agent| rewards.get(agent).and_then(Value::as_f64).unwrap_or(f64::NAN))
            .collect();
        rows.push(Row { text: line["text"].as_str().unwrap_or_default().to_owned(), rewards });
    }
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("data");
    let agents: Vec<&str> = agents.iter().map(String::as_str).collect();
    Ok(DataSet::new(name.trim_end_matches(".jsonl.gz"), &agents, rows))
}
