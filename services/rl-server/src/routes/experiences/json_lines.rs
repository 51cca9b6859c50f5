//! The log as JSON, an object a line: read as it arrives, a portion at a time.

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use service_api::policy::ExperienceLine;
use service_kit::Problem;
use service_kit::extract::{BodyPieces, parse_json};

use crate::app::experiences::{Import, PORTION};

/// The deepest a line may nest; a line is flat but for its candidates.
const DEPTH_MAX: usize = 8;
/// The longest line: ten thousand candidates, each with the longest name, are less.
const LINE_MAX_BYTES: usize = 8 * 1024 * 1024;
/// A portion ends after so many bytes, however few lines they are.
const PORTION_BYTES: usize = 8 * 1024 * 1024;

/// One object, an array of objects, or an object a line.
pub(super) async fn take(body: BodyPieces, import: &mut Import<'_>) -> Result<(), Problem> {
    let mut lines = Lines { body, waiting: BytesMut::new(), searched: 0, ended: false };
    if lines.begin_with(b'[').await? {
        return array(lines.rest().await?, import).await;
    }
    let (mut index, mut portion, mut bytes) = (0_usize, Vec::new(), 0);
    while let Some(line) = lines.next().await.map_err(|why| why.within(&format!("[{index}]")))? {
        portion.push(parse_json(&line, DEPTH_MAX).map_err(|why| why.within(&format!("[{index}]")))?);
        index += 1;
        bytes += line.len();
        if portion.len() == PORTION || bytes >= PORTION_BYTES {
            import.take(std::mem::take(&mut portion)).await?;
            bytes = 0;
        }
    }
    if !portion.is_empty() {
        import.take(portion).await?;
    }
    Ok(())
}

/// An array is one document: it is read as a whole.
async fn array(text: Bytes, import: &mut Import<'_>) -> Result<(), Problem> {
    let mut lines = parse_json::<Vec<ExperienceLine>>(&text, DEPTH_MAX)?.into_iter();
    loop {
        let portion: Vec<_> = lines.by_ref().take(PORTION).collect();
        if portion.is_empty() {
            return Ok(());
        }
        import.take(portion).await?;
    }
}

/// An object a line.
pub(super) fn text(lines: &[ExperienceLine]) -> Result<String, Problem> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&serde_json::to_string(line).map_err(|error| Problem::internal(&error))?);
        text.push('\n');
    }
    Ok(text)
}

/// The lines of a body.
struct Lines {
    body: BodyPieces,
    waiting: BytesMut,
    /// So much of `waiting` holds no end of a line.
    searched: usize,
    ended: bool,
}

impl Lines {
    /// Whether the first byte that is no space is this one.
    async fn begin_with(&mut self, byte: u8) -> Result<bool, Problem> {
        loop {
            if let Some(first) = self.waiting.iter().find(|byte| !byte.is_ascii_whitespace()) {
                return Ok(*first == byte);
            }
            if !self.more().await? {
                return Ok(false);
            }
        }
    }

    /// The next line with something in it.
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            let end = self.waiting[self.searched..].iter().position(|byte| *byte == b'\n');
            let line = match end {
                Some(end) => self.waiting.split_to(self.searched + end + 1),
                None if self.ended => self.waiting.split(),
                None if self.waiting.len() > LINE_MAX_BYTES => return Err(too_long()),
                None => {
                    self.searched = self.waiting.len();
                    self.more().await?;
                    continue;
                }
            };
            self.searched = 0;
            if !line.trim_ascii().is_empty() {
                return Ok(Some(line.freeze()));
            }
            if self.ended && self.waiting.is_empty() {
                return Ok(None);
            }
        }
    }

    /// Everything, for what is no lines.
    async fn rest(mut self) -> Result<Bytes, Problem> {
        while self.more().await? {}
        Ok(self.waiting.freeze())
    }

    async fn more(&mut self) -> Result<bool, Problem> {
        match self.body.next().await? {
            Some(piece) => self.waiting.extend_from_slice(&piece),
            None => self.ended = true,
        }
        Ok(!self.ended)
    }
}

fn too_long() -> Problem {
    let detail = format!("a line is longer than {LINE_MAX_BYTES} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "TOO_LARGE", detail).with("limit_bytes", LINE_MAX_BYTES)
}
