//! Lines into a file, a row group at a time, the bytes handed out as they come to be.

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;
use service_api::policy::{ExperienceLine, LoggedCandidate};

use super::columns::{COLUMNS, Column, Kind, schema};

/// A file that is being written.
pub(super) struct File(SerializedFileWriter<Vec<u8>>);

impl File {
    pub(super) fn begin() -> Result<Self> {
        let schema = Arc::new(parse_message_type(&schema())?);
        // A dictionary of what is always something else only costs; what is kept until the end is a few hundred bytes a row group.
        let unlike = ["task_id", "context", "description"].map(ColumnPath::from);
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("agent-lightning".to_owned())
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true);
        let properties =
            unlike.into_iter().fold(properties, |set, path| set.set_column_dictionary_enabled(path, false));
        SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build())).map(Self)
    }

    /// Adds a row group, and ends the file unless there is more. Answers what is to be sent.
    pub(super) fn add(mut self, lines: &[ExperienceLine], more: bool) -> Result<(Option<Self>, Bytes)> {
        if !lines.is_empty() {
            let mut group = self.0.next_row_group()?;
            COLUMNS.iter().try_for_each(|column| write(column, lines, &mut group))?;
            candidates(lines, &mut group)?;
            group.close()?;
        }
        if !more {
            return Ok((None, self.0.into_inner()?.into()));
        }
        self.0.flush()?;
        let written = std::mem::take(self.0.inner_mut());
        Ok((Some(self), written.into()))
    }
}

type Group<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

fn write(column: &Column, lines: &[ExperienceLine], group: &mut Group<'_>) -> Result<()> {
    let optional = column.is_optional();
    match column.kind {
        Kind::Text(give, _) => {
            flat::<ByteArrayType>(group, lines.iter().map(|line| give(line).map(ByteArray::from)), optional)
        }
        Kind::Bytes(give, _) => {
            flat::<ByteArrayType>(group, lines.iter().map(|line| give(line).map(ByteArray::from)), optional)
        }
        Kind::Int(give, _) | Kind::Time(give) => flat::<Int64Type>(group, lines.iter().map(give), optional),
        Kind::Real(give, _) => flat::<DoubleType>(group, lines.iter().map(give), optional),
    }
}

/// Values without nulls, and a level a row that tells where they belong.
fn flat<T: DataType>(
    group: &mut Group<'_>,
    values: impl Iterator<Item = Option<T::T>>,
    optional: bool,
) -> Result<()> {
    let mut levels = Vec::new();
    let values: Vec<T::T> =
        values.inspect(|value| levels.push(i16::from(value.is_some()))).flatten().collect();
    leaf::<T>(group, &values, optional.then_some(levels.as_slice()), None)
}

/// The leaves under the list: the same levels, other values; the last may be absent, which is one level more.
fn candidates(lines: &[ExperienceLine], group: &mut Group<'_>) -> Result<()> {
    let (mut defined, mut repeated, mut all) = (Vec::new(), Vec::new(), Vec::<&LoggedCandidate>::new());
    for line in lines {
        match line.candidates.as_deref() {
            None | Some([]) => {
                defined.push(i16::from(line.candidates.is_some()));
                repeated.push(0);
            }
            Some(listed) => {
                defined.extend(listed.iter().map(|_| 2));
                repeated.extend((0..listed.len()).map(|place| i16::from(place > 0)));
                all.extend(listed);
            }
        }
    }
    let levels = (Some(defined.as_slice()), Some(repeated.as_slice()));
    let ids: Vec<_> = all.iter().map(|one| ByteArray::from(one.agent_id.as_str())).collect();
    leaf::<ByteArrayType>(group, &ids, levels.0, levels.1)?;
    let probabilities: Vec<_> = all.iter().map(|one| one.probability).collect();
    leaf::<DoubleType>(group, &probabilities, levels.0, levels.1)?;
    let relevances: Vec<_> = all.iter().map(|one| one.relevance).collect();
    leaf::<DoubleType>(group, &relevances, levels.0, levels.1)?;
    let eligible: Vec<_> = all.iter().map(|one| one.eligible).collect();
    leaf::<BoolType>(group, &eligible, levels.0, levels.1)?;
    let models: Vec<_> = all.iter().filter_map(|one| one.model.as_deref()).map(ByteArray::from).collect();
    let mut known = all.iter().map(|one| i16::from(one.model.is_some()));
    let deeper = |level: &i16| if *level == 2 { 2 + known.next().unwrap_or(0) } else { *level };
    let defined: Vec<i16> = defined.iter().map(deeper).collect();
    leaf::<ByteArrayType>(group, &models, Some(&defined), levels.1)
}

fn leaf<T: DataType>(
    group: &mut Group<'_>,
    values: &[T::T],
    defined: Option<&[i16]>,
    repeated: Option<&[i16]>,
) -> Result<()> {
    // The schema says how many leaves there are, and it is made of the same list.
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    column.typed::<T>().write_batch(values, defined, repeated)?;
    column.close()
}
