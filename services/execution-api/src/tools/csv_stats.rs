//! A table in CSV to figures: count, nulls, mean, median, extremes and deviation of each column, whole or by group.

mod column;
mod table;

use super::tool::{LONGEST_TEXT, ToolError, ToolResult, read, spec};
use column::summary;
use react_agent::{EffectClass, ToolSpec};
use serde::Deserialize;
use serde_json::{Value, json};
use table::{Group, Table};

/// Groups shown, in the order of their first row; the count counts all.
const MOST_GROUPS: usize = 100;

#[derive(Deserialize)]
struct Arguments {
    csv: String,
    delimiter: Option<String>,
    group_by: Option<String>,
    columns: Option<Vec<String>>,
}

pub(super) fn describe() -> ToolSpec {
    spec(
        "csv_stats",
        EffectClass::Pure,
        "Statistics of a CSV table with a header row. Columns of numbers: count, nulls, sum, mean, median, min, max, std \
         (sample). Other columns: count, nulls, unique values and the most frequent. Optionally grouped by a column.",
        json!({
            "type": "object",
            "properties": {
                "csv": { "type": "string", "minLength": 1, "maxLength": LONGEST_TEXT },
                "delimiter": { "type": "string", "minLength": 1, "maxLength": 1,
                    "description": "guessed among , ; tab and | when absent" },
                "group_by": { "type": "string", "description": "a column name" },
                "columns": { "type": "array", "items": { "type": "string" }, "minItems": 1, "maxItems": 100,
                    "description": "only these columns" }
            },
            "required": ["csv"],
            "additionalProperties": false
        }),
    )
}

pub(super) fn run(arguments: &Value) -> ToolResult {
    let given: Arguments = read(arguments)?;
    let table = Table::parse(&given.csv, given.delimiter.as_deref()).map_err(ToolError::failed)?;
    let columns = match &given.columns {
        Some(names) => names.iter().map(|name| table.column(name)).collect::<Result<_, _>>(),
        None => Ok((0..table.header.len()).collect::<Vec<_>>()),
    };
    let columns = columns.map_err(ToolError::failed)?;
    let all: Vec<usize> = (0..table.rows.len()).collect();
    let summaries: Vec<Value> = columns.iter().map(|column| summary(&table, *column, &all)).collect();
    let mut result = json!({ "rows": table.rows.len(), "columns": summaries });
    if let Some(name) = &given.group_by {
        let by = table.column(name).map_err(ToolError::failed)?;
        let groups = table.groups(by);
        let numeric: Vec<usize> = columns.into_iter().filter(|c| *c != by && table.is_numeric(*c)).collect();
        let shown: Vec<Value> =
            groups.iter().take(MOST_GROUPS).map(|group| described(&table, &numeric, group)).collect();
        result["group_by"] = table.header[by].as_str().into();
        result["group_count"] = groups.len().into();
        result["groups"] = shown.into();
    }
    Ok(result)
}

fn described(table: &Table, numeric: &[usize], group: &Group) -> Value {
    let columns: Vec<Value> = numeric.iter().map(|column| summary(table, *column, &group.rows)).collect();
    json!({ "value": group.value, "rows": group.rows.len(), "columns": columns })
}

#[cfg(test)]
mod tests;
