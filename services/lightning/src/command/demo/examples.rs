//! The tasks of the demonstration, and what its agents know beforehand.

use std::path::Path;

use serde::de::DeserializeOwned;
use service_api::assign::AssignTaskRequest;
use service_api::knowledge::KnowledgeInput;

use crate::connection::{Connection, call};
use crate::exit::Failure;

/// One line of the file.
pub type Example = AssignTaskRequest;

const TASKS: &str = include_str!("../../../../../config/examples/tasks.jsonl");
const KNOWLEDGE: &str = include_str!("../../../../../config/examples/knowledge.jsonl");

/// The tasks of `file`, or those that come with the program.
pub fn tasks(file: Option<&Path>) -> Result<Vec<Example>, Failure> {
    let Some(path) = file else { return lines("config/examples/tasks.jsonl", TASKS) };
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("{} cannot be read: {error}", path.display())))?;
    let mut tasks: Vec<Example> = lines(&path.display().to_string(), &text)?;
    for (index, task) in tasks.iter_mut().enumerate() {
        task.task_id.get_or_insert_with(|| format!("task_{}", index + 1));
    }
    if tasks.is_empty() {
        return Err(Failure::usage(format!("{} holds no tasks", path.display())));
    }
    Ok(tasks)
}

/// Puts the example documents into the knowledge base.
pub async fn teach(connection: &Connection) -> Result<(), Failure> {
    for item in lines::<KnowledgeInput>("config/examples/knowledge.jsonl", KNOWLEDGE)? {
        connection.execution.add_knowledge(&item, &call()).await?;
    }
    Ok(())
}

fn lines<T: DeserializeOwned>(name: &str, text: &str) -> Result<Vec<T>, Failure> {
    let numbered = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    numbered
        .map(|(index, line)| {
            serde_json::from_str(line)
                .map_err(|error| Failure::usage(format!("{name}:{}: {error}", index + 1)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_that_come_with_the_program_are_readable_and_ids_are_unique() {
        let tasks = tasks(None).unwrap();
        let ids: std::collections::BTreeSet<_> = tasks.iter().map(|t| t.task_id.clone().unwrap()).collect();
        assert!(tasks.len() >= 40 && ids.len() == tasks.len(), "{} tasks, {} ids", tasks.len(), ids.len());
        assert!(!lines::<KnowledgeInput>("knowledge", KNOWLEDGE).unwrap().is_empty());
    }
}
