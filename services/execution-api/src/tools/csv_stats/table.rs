//! Reading CSV: delimiter, header, cells, and which columns hold numbers.

use super::super::decimal::from_text;
use rust_decimal::Decimal;
use std::collections::HashMap;

/// Columns of a table that is still a table.
const MOST_COLUMNS: usize = 200;
/// Spellings of "nothing", in lower case.
const NULLS: [&str; 7] = ["", "na", "n/a", "nan", "null", "none", "-"];

pub(super) struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// `1,5` is one and a half where `;` separates.
    decimal_comma: bool,
    /// Per column, whether every cell that holds something holds a number.
    numeric: Vec<bool>,
}

impl Table {
    pub fn parse(text: &str, delimiter: Option<&str>) -> Result<Self, String> {
        let text = text.trim_start_matches('\u{feff}');
        let delimiter = match delimiter.map(str::as_bytes) {
            Some([byte]) => *byte,
            Some(_) => return Err("the delimiter must be one ASCII character".to_owned()),
            None => guess(text),
        };
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).from_reader(text.as_bytes());
        let header: Vec<String> =
            reader.headers().map_err(|e| e.to_string())?.iter().map(str::to_owned).collect();
        check_header(&header)?;
        let rows = reader.records().map(|record| record.map(|r| r.iter().map(str::to_owned).collect()));
        let rows: Vec<Vec<String>> = rows.collect::<Result<_, _>>().map_err(|e| described(&e))?;
        if rows.is_empty() {
            return Err("the table has a header and no rows".to_owned());
        }
        let mut table = Table { header, rows, decimal_comma: delimiter == b';', numeric: vec![] };
        table.numeric = (0..table.header.len()).map(|column| table.holds_numbers(column)).collect();
        Ok(table)
    }

    /// The column of a name; case and underscores do not matter when nothing fits exactly.
    pub fn column(&self, name: &str) -> Result<usize, String> {
        let loose = |text: &str| text.trim().to_lowercase().replace(['_', '-'], " ");
        let exact = self.header.iter().position(|column| column == name.trim());
        let found = exact.or_else(|| self.header.iter().position(|column| loose(column) == loose(name)));
        found.ok_or_else(|| format!("there is no column `{name}`; there are: {}", self.header.join(", ")))
    }

    pub fn is_null(&self, row: usize, column: usize) -> bool {
        NULLS.contains(&self.rows[row][column].to_lowercase().as_str())
    }

    pub fn number(&self, row: usize, column: usize) -> Option<Decimal> {
        let cell = &self.rows[row][column];
        if self.decimal_comma && !cell.contains('.') {
            from_text(&cell.replace(',', "."))
        } else {
            from_text(cell)
        }
    }

    /// Whether the column is one of numbers; empty cells do not speak against it.
    pub fn is_numeric(&self, column: usize) -> bool {
        self.numeric[column]
    }

    fn holds_numbers(&self, column: usize) -> bool {
        let mut filled = (0..self.rows.len()).filter(|row| !self.is_null(*row, column)).peekable();
        filled.peek().is_some() && filled.all(|row| self.number(row, column).is_some())
    }

    /// The rows of each value of a column, in the order of first appearance.
    pub fn groups(&self, column: usize) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = vec![];
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (row, cells) in self.rows.iter().enumerate() {
            let value = cells[column].as_str();
            let place = *places.entry(value).or_insert(groups.len());
            if place == groups.len() {
                groups.push(Group { value, rows: vec![] });
            }
            groups[place].rows.push(row);
        }
        groups
    }
}

/// The rows that share a value.
pub(super) struct Group<'t> {
    pub value: &'t str,
    pub rows: Vec<usize>,
}

fn check_header(header: &[String]) -> Result<(), String> {
    if header.len() > MOST_COLUMNS {
        return Err(format!("the table has more than {MOST_COLUMNS} columns"));
    }
    match header.iter().enumerate().find(|(at, name)| header[..*at].contains(name)) {
        Some((_, name)) => Err(format!("two columns are called `{name}`")),
        None => Ok(()),
    }
}

/// The separator that the first line has most of, outside quotes; a comma when it has none.
fn guess(text: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    for byte in text.lines().next().unwrap_or_default().bytes() {
        quoted ^= byte == b'"';
        let count = counts.iter_mut().find(|(separator, _)| *separator == byte && !quoted);
        count.into_iter().for_each(|(_, count)| *count += 1);
    }
    // The first of equals, so that a comma wins a tie.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| separator)
}

fn described(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("line {line} has {len} cells, the header has {expected_len}")
        }
        _ => format!("the table cannot be read: {error}"),
    }
}
