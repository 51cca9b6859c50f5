//! The log as one Parquet file: written by row groups as it is read, and read by rows.
//!
//! The shape of the file stands in `columns.rs`, and nowhere else.

mod columns;
mod read;
mod write;

use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt, stream};
use service_kit::Problem;
use service_kit::extract::BodyPieces;

use crate::app::experiences::{self, Import};
use crate::app::{Error, State};
use read::Rows;
use write::File;

/// Lines of a row group: enough that columns compress well, few enough to hold some of them at once.
const ROW_GROUP: usize = 5_000;

/// Appends all rows of a file. The end of such a file says where everything is, so it is there as a whole before the first row.
pub(super) async fn take(body: BodyPieces, import: &mut Import<'_>) -> Result<(), Problem> {
    let mut rows = Rows::of(body.rest().await?);
    while let Some(portion) = rows.portion().await? {
        import.take(portion).await?;
    }
    Ok(())
}

/// The log from a place on as a file. Trouble with the first rows is an answer; after that it cuts the file off before its end,
/// without which nobody takes it for whole.
pub(super) async fn export(state: State, after: i64, limit: Option<usize>) -> Result<Body, Problem> {
    let mut exporting = Exporting { state, after, left: limit.unwrap_or(usize::MAX) };
    let (file, begun) = exporting.add(File::begin().map_err(|why| Problem::internal(&why))?).await?;
    let pieces = stream::try_unfold((exporting, file), |(mut exporting, file)| async move {
        let Some(file) = file else { return Ok(None) };
        let (file, piece) = exporting.add(file).await?;
        Ok::<_, Error>(Some((piece, (exporting, file))))
    });
    Ok(Body::from_stream(stream::once(async { Ok(begun) }).chain(pieces)))
}

/// How far an export is.
struct Exporting {
    state: State,
    after: i64,
    left: usize,
}

impl Exporting {
    /// The file with one more row group and what is to be sent of it; without a file when that was its end.
    async fn add(&mut self, file: File) -> Result<(Option<File>, Bytes), Error> {
        let wanted = ROW_GROUP.min(self.left);
        let lines = match wanted {
            0 => Vec::new(),
            _ => experiences::export(&self.state, self.after, wanted).await?,
        };
        self.left -= lines.len();
        self.after = lines.last().and_then(|line| line.seq).unwrap_or(self.after);
        let more = lines.len() == wanted && self.left > 0;
        // Rows become columns: some ten milliseconds of work for a core.
        let written = tokio::task::spawn_blocking(move || file.add(&lines, more)).await?;
        written.map_err(|why| Error::Unwritten(why.to_string()))
    }
}
