//! Rows of a file into lines, a portion at a time. The file may come from anywhere: whatever is wrong with it is said with row and column.

use bytes::Bytes;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use parquet::schema::types::Type;
use service_api::policy::{ExperienceLine, LoggedCandidate};
use service_kit::Problem;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::columns::{CANDIDATES, COLUMNS, Column, Kind, MEMBERS, Presence};
use crate::app::experiences::PORTION;

/// A file may say that it holds so many times its own size; ours hold three times.
const EXPANSION_MAX: i64 = 32;

type Portion = Result<Vec<ExperienceLine>, Problem>;

/// The rows of a file, read by a thread that waits for whoever takes them.
pub(super) struct Rows {
    portions: mpsc::Receiver<Portion>,
    reading: Option<JoinHandle<()>>,
}

impl Rows {
    pub(super) fn of(file: Bytes) -> Self {
        let (sender, portions) = mpsc::channel(1);
        let reading = tokio::task::spawn_blocking(move || {
            if let Err(problem) = read(file, &sender) {
                // Who does not listen any more does not want to know.
                drop(sender.blocking_send(Err(problem)));
            }
        });
        Self { portions, reading: Some(reading) }
    }

    /// The next rows; `None` at the end.
    pub(super) async fn portion(&mut self) -> Result<Option<Vec<ExperienceLine>>, Problem> {
        if let Some(portion) = self.portions.recv().await {
            return portion.map(Some);
        }
        // The library gives up by a panic on some files; the thread is there to keep that away from us.
        match self.reading.take() {
            Some(reading) => reading.await.map(|()| None).map_err(|_| unreadable("it is damaged")),
            None => Ok(None),
        }
    }
}

fn read(file: Bytes, to: &mpsc::Sender<Portion>) -> Result<(), Problem> {
    let size = i64::try_from(file.len()).unwrap_or(i64::MAX);
    let file = SerializedFileReader::new(file).map_err(|why| unreadable(&why.to_string()))?;
    check(&file, size)?;
    let ours = ours(&file).map_err(|why| unreadable(&why.to_string()))?;
    let rows = RowIter::from_file_into(Box::new(file)).project(Some(ours));
    let mut portion = Vec::new();
    for (index, row) in rows.map_err(|why| unreadable(&why.to_string()))?.enumerate() {
        let row = row.map_err(|why| unreadable(&why.to_string()).within(&format!("[{index}]")))?;
        portion.push(line(row).map_err(|wrong| wrong.problem(index))?);
        if portion.len() == PORTION && to.blocking_send(Ok(std::mem::take(&mut portion))).is_err() {
            return Ok(());
        }
    }
    if !portion.is_empty() {
        drop(to.blocking_send(Ok(portion)));
    }
    Ok(())
}

/// What can be told before the first row.
fn check(file: &SerializedFileReader<Bytes>, size: i64) -> Result<(), Problem> {
    let metadata = file.metadata();
    let fields = metadata.file_metadata().schema().get_fields();
    let is_there = |column: &&Column| fields.iter().any(|field| field.name() == column.name);
    let mut demanded = COLUMNS.iter().filter(|column| column.presence == Presence::Demanded);
    if let Some(missing) = demanded.find(|column| !is_there(column)) {
        return Err(Problem::invalid(missing.name, "is not a column of this file"));
    }
    let unpacked =
        metadata.row_groups().iter().fold(0_i64, |sum, group| sum.saturating_add(group.total_byte_size()));
    if unpacked > size.saturating_mul(EXPANSION_MAX) {
        return Err(unreadable(&format!(
            "it would unpack to {unpacked} bytes, over {EXPANSION_MAX} times its size"
        )));
    }
    Ok(())
}

/// Only the columns that are known are read.
fn ours(file: &SerializedFileReader<Bytes>) -> parquet::errors::Result<Type> {
    let root = file.metadata().file_metadata().schema();
    let known = |name: &str| name == CANDIDATES || COLUMNS.iter().any(|column| column.name == name);
    let fields = root.get_fields().iter().filter(|field| known(field.name())).cloned().collect();
    Type::group_type_builder(root.name()).with_fields(fields).build()
}

fn unreadable(why: &str) -> Problem {
    Problem::unreadable(format!("the body cannot be read as a Parquet file: {why}"))
}

/// A value that a line cannot take.
struct Wrong {
    column: String,
    message: String,
}

impl Wrong {
    fn problem(self, row: usize) -> Problem {
        Problem::invalid(format!("[{row}].{}", self.column), self.message)
    }
}

fn wrong(column: impl Into<String>, message: impl Into<String>) -> Wrong {
    Wrong { column: column.into(), message: message.into() }
}

fn line(row: Row) -> Result<ExperienceLine, Wrong> {
    let mut line = ExperienceLine { attempt: 1, ..ExperienceLine::default() };
    for (name, field) in row.into_columns() {
        if name == CANDIDATES {
            line.candidates = candidates(&field)?;
        } else if let Some(column) = COLUMNS.iter().find(|column| column.name == name) {
            fill(&mut line, column, field)?;
        }
    }
    Ok(line)
}

fn fill(line: &mut ExperienceLine, column: &Column, field: Field) -> Result<(), Wrong> {
    if field == Field::Null {
        return match column.presence {
            Presence::Demanded => Err(wrong(column.name, "must not be null")),
            Presence::Written | Presence::Optional => Ok(()),
        };
    }
    match &column.kind {
        Kind::Text(_, take) => take(line, text(field).map_err(|why| wrong(column.name, why))?),
        Kind::Bytes(_, take) => take(line, bytes(field).map_err(|why| wrong(column.name, why))?),
        Kind::Int(_, take) => take(line, int(&field).map_err(|why| wrong(column.name, why))?),
        Kind::Real(_, take) => take(line, real(&field).map_err(|why| wrong(column.name, why))?),
        Kind::Time(_) => {}
    }
    Ok(())
}

fn candidates(field: &Field) -> Result<Option<Vec<LoggedCandidate>>, Wrong> {
    let list = match field {
        Field::Null => return Ok(None),
        Field::ListInternal(list) => list,
        _ => return Err(wrong(CANDIDATES, "must be a list")),
    };
    let element = |(place, element): (usize, &Field)| match element {
        Field::Group(group) => candidate(group)
            .map_err(|Wrong { column, message }| wrong(format!("{CANDIDATES}[{place}].{column}"), message)),
        _ => Err(wrong(format!("{CANDIDATES}[{place}]"), "must be a group")),
    };
    list.elements().iter().enumerate().map(element).collect::<Result<_, _>>().map(Some)
}

/// With the defaults that a line of JSON has.
fn candidate(group: &Row) -> Result<LoggedCandidate, Wrong> {
    let [agent_id, probability, relevance, eligible, model] =
        MEMBERS.map(|name| group.get_column_iter().find(|(found, _)| *found == name).map(|(_, field)| field));
    let needed = |field: Option<&Field>, name| field.cloned().ok_or_else(|| wrong(name, "is missing"));
    Ok(LoggedCandidate {
        agent_id: text(needed(agent_id, MEMBERS[0])?).map_err(|why| wrong(MEMBERS[0], why))?,
        probability: real(&needed(probability, MEMBERS[1])?).map_err(|why| wrong(MEMBERS[1], why))?,
        relevance: relevance.map_or(Ok(0.0), real).map_err(|why| wrong(MEMBERS[2], why))?,
        eligible: match eligible {
            None => true,
            Some(Field::Bool(eligible)) => *eligible,
            Some(_) => return Err(wrong(MEMBERS[3], "must be true or false")),
        },
        model: match model {
            None | Some(Field::Null) => None,
            Some(field) => Some(text(field.clone()).map_err(|why| wrong(MEMBERS[4], why))?),
        },
    })
}

fn text(field: Field) -> Result<String, &'static str> {
    match field {
        Field::Str(text) => Ok(text),
        Field::Bytes(bytes) => String::from_utf8(bytes.data().to_vec()).map_err(|_| "must be UTF-8"),
        _ => Err("must be a text"),
    }
}

fn bytes(field: Field) -> Result<Vec<u8>, &'static str> {
    match field {
        Field::Bytes(bytes) => Ok(bytes.data().to_vec()),
        _ => Err("must be binary"),
    }
}

fn int(field: &Field) -> Result<i64, &'static str> {
    match field {
        Field::Byte(value) => Ok(i64::from(*value)),
        Field::Short(value) => Ok(i64::from(*value)),
        Field::Int(value) => Ok(i64::from(*value)),
        Field::Long(value) => Ok(*value),
        Field::UByte(value) => Ok(i64::from(*value)),
        Field::UShort(value) => Ok(i64::from(*value)),
        Field::UInt(value) => Ok(i64::from(*value)),
        Field::ULong(value) => i64::try_from(*value).map_err(|_| "is too large"),
        _ => Err("must be an integer"),
    }
}

fn real(field: &Field) -> Result<f64, &'static str> {
    match field {
        Field::Double(value) => Ok(*value),
        Field::Float(value) => Ok(f64::from(*value)),
        other => int(other).map(|value| value as f64).map_err(|_| "must be a number"),
    }
}
