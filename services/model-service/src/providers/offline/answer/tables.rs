//! Sentences about tables.

use serde_json::Value;

use super::plain;

/// Rows, then every column, then every group.
pub fn statistics(observed: &Value) -> Option<String> {
    let columns = observed["columns"].as_array()?.iter().map(|c| format!("\n- {}", column(c)));
    let mut text = format!("The table has {} rows.", plain(&observed["rows"]));
    text.extend(columns);
    let groups = observed["groups"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !groups.is_empty() {
        text += &format!("\nGrouped by {}:", plain(&observed["group_by"]));
        text.extend(groups.iter().map(group));
    }
    Some(text)
}

fn column(column: &Value) -> String {
    let name = plain(&column["name"]);
    if column["type"] == "number" {
        return format!("{name}: {}", numbers(column));
    }
    let top = column["top"].as_array().map(Vec::as_slice).unwrap_or_default().iter();
    let top: Vec<String> =
        top.map(|entry| format!("{} ({})", plain(&entry["value"]), plain(&entry["count"]))).collect();
    let (values, missing, unique) = (&column["count"], &column["nulls"], &column["unique"]);
    format!("{name}: {values} values, {missing} missing, {unique} different: {}", top.join(", "))
}

fn group(group: &Value) -> String {
    let columns = group["columns"].as_array().map(Vec::as_slice).unwrap_or_default().iter();
    let columns: Vec<String> =
        columns.map(|column| format!("{}: {}", plain(&column["name"]), numbers(column))).collect();
    format!("\n- {} ({} rows): {}", plain(&group["value"]), plain(&group["rows"]), columns.join("; "))
}

fn numbers(column: &Value) -> String {
    let figures = [
        ("mean", "mean"),
        ("median", "median"),
        ("std", "standard deviation"),
        ("min", "min"),
        ("max", "max"),
        ("sum", "sum"),
        ("count", "values"),
        ("nulls", "missing"),
    ];
    let known = figures.iter().filter(|(key, _)| !column[*key].is_null());
    known.map(|(key, title)| format!("{title} {}", plain(&column[*key]))).collect::<Vec<_>>().join(", ")
}
