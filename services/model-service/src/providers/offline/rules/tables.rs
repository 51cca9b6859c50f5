//! Tables in CSV: statistics of the columns, by groups when a column is named.

use serde_json::json;

use super::{PlannedCall, TaskText, call};

/// `csv_stats` for every table that came with the task.
pub fn calls(task: &TaskText) -> Vec<PlannedCall> {
    let tables = task.blocks.iter().filter(|block| matches!(block.tag.as_str(), "csv" | "tsv" | "table"));
    tables
        .map(|table| {
            let mut arguments = json!({ "csv": table.body });
            if let Some(column) = group_column(&task.words, &table.body) {
                arguments["group_by"] = json!(column);
            }
            call("csv_stats", arguments)
        })
        .collect()
}

/// The column after `grouped by`, `per`, `by each`, `for each` or `by`, if the table has it.
fn group_column(words: &str, table: &str) -> Option<String> {
    let words = format!(" {} ", normal(words));
    let header = table.lines().next()?;
    let found = header.split([',', ';', '\t', '|']).filter_map(|column| {
        let column = column.trim().trim_matches('"');
        let name = normal(column);
        let lead = ["grouped by", "group by", "by each", "for each", "per", "by"];
        let at = lead.iter().filter_map(|lead| words.find(&format!(" {lead} {name} "))).min()?;
        (!name.is_empty()).then(|| (at, column.to_owned()))
    });
    found.min().map(|(_, column)| column)
}

fn normal(text: &str) -> String {
    let spaced = text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), " ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_named_after_by_groups() {
        for words in ["mean grouped by `Sales Region`", "revenue per sales_region, please", "by sales region"]
        {
            assert_eq!(group_column(words, "sales_region,x\na,1"), Some("sales_region".into()), "{words}");
        }
    }

    #[test]
    fn other_words_do_not_group() {
        assert_eq!(group_column("missing values per column", "region,x\na,1"), None);
        assert_eq!(group_column("the region of each", "region,x\na,1"), None);
    }
}
