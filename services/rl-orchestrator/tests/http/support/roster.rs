//! Agents for tests, described as a fresh install describes them.

use serde_json::json;
use storage::AgentSpec;
use task_model::{AgentId, AgentStatus};

pub fn agents() -> Vec<AgentSpec> {
    vec![
        agent(
            "web_developer",
            "Web development",
            "Builds web sites and front ends: pages, forms, styles, components.",
            &["html", "css", "javascript", "website", "web page", "frontend", "responsive design"],
        ),
        agent(
            "security_expert",
            "Security",
            "Finds vulnerabilities, audits code and infrastructure, hardens systems.",
            &["security audit", "vulnerability", "penetration test", "authentication", "encryption"],
        ),
        agent(
            "tester",
            "Testing",
            "Writes and runs tests: unit tests, integration tests, regression tests, test plans.",
            &["unit tests", "integration tests", "test plan", "quality assurance", "coverage"],
        ),
        agent(
            "devops_engineer",
            "Operations",
            "Deploys and operates applications: containers, pipelines, clusters.",
            &["deployment", "deploy", "kubernetes", "docker", "ci/cd", "cluster", "monitoring"],
        ),
        agent(
            "data_analyst",
            "Data analysis",
            "Analyzes data: statistics, trends, engagement, reports, dashboards.",
            &["data analysis", "statistics", "user engagement", "report", "metrics", "sql"],
        ),
        agent(
            "full_stack_developer",
            "Software development",
            "Writes programs in Python, Rust and JavaScript: functions, APIs, algorithms.",
            &["python", "function", "api", "algorithm", "programming", "backend"],
        ),
        agent(
            "general_assistant",
            "General",
            "Answers questions and does general work that needs no specialist.",
            &["questions", "summaries", "writing"],
        ),
    ]
}

fn agent(id: &str, specialization: &str, description: &str, capabilities: &[&str]) -> AgentSpec {
    AgentSpec {
        id: AgentId::parse(id).unwrap(),
        name: id.replace('_', " "),
        model: "default".into(),
        specialization: specialization.into(),
        description: description.into(),
        capabilities: capabilities.iter().map(|word| (*word).to_owned()).collect(),
        tools: vec!["calculator".into()],
        aliases: if id == "tester" { vec!["qa_tester".into()] } else { Vec::new() },
        system_prompt: "You are careful.".into(),
        config: json!({}),
        status: AgentStatus::Active,
    }
}
