//! JSON Lines in files: written page by page, read and sent portion by portion.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use service_api::policy::{ExperienceFormat, ExperienceLine, ImportReport};

use super::{PAGE, patient, refused, unread, unwritten};
use crate::connection::Connection;
use crate::exit::Failure;

/// The most that is sent at once; one line may be more.
const PORTION_BYTES: usize = 512 * 1024;

/// Writes the log from a place on; answers how many lines there were.
pub(super) async fn write(
    to: &mut impl Write,
    mut after: i64,
    limit: Option<usize>,
    connection: &Connection,
    name: &Path,
) -> Result<usize, Failure> {
    let mut written = 0;
    loop {
        let wanted = PAGE.min(limit.unwrap_or(usize::MAX) - written);
        let page = match wanted {
            0 => return Ok(written),
            _ => connection.rl.experiences(after, wanted, &patient()).await?,
        };
        to.write_all(&page).map_err(unwritten(name))?;
        let lines = page.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let (count, last) = lines.fold((0, None), |(count, _), line| (count + 1, Some(line)));
        written += count;
        let Some(last) = last.filter(|_| count == wanted) else { return Ok(written) };
        after = place(last)?;
    }
}

fn place(line: &[u8]) -> Result<i64, Failure> {
    let line: Option<ExperienceLine> = serde_json::from_slice(line).ok();
    line.and_then(|line| line.seq).ok_or_else(|| Failure::other("the server sent a line without its place"))
}

/// Sends a file to the log.
pub(super) async fn read(
    from: impl Read,
    connection: &Connection,
    name: &Path,
) -> Result<ImportReport, Failure> {
    let mut from = BufReader::new(from);
    let (mut report, mut first) = (ImportReport::default(), 1);
    loop {
        let (portion, lines) = portion(&mut from).map_err(unread(name))?;
        if lines == 0 {
            return match first {
                1 => Err(Failure::usage(format!("{} holds nothing", name.display()))),
                _ => Ok(report),
            };
        }
        if portion.trim_ascii().is_empty() {
            first += lines;
            continue;
        }
        let sent =
            connection.rl.import_experiences(ExperienceFormat::Jsonl, portion.into(), &patient()).await;
        let taken = sent.map_err(|error| {
            let mut failure = refused(error, report.clone());
            // Places are counted from 0 within what was sent.
            failure.message = format!("[0] is line {first} of {}: {}", name.display(), failure.message);
            failure
        })?;
        report.imported += taken.imported;
        report.known += taken.known;
        first += lines;
    }
}

/// Some lines, with their ends, and how many; empty ones count where they stand and are sent as well.
fn portion(from: &mut impl BufRead) -> std::io::Result<(Vec<u8>, usize)> {
    let (mut portion, mut lines) = (Vec::new(), 0);
    while portion.len() < PORTION_BYTES && from.read_until(b'\n', &mut portion)? > 0 {
        lines += 1;
    }
    Ok((portion, lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_end_between_lines() {
        let text = format!("{}\n", "x".repeat(99)).repeat(12_000) + "last";
        let mut from = BufReader::new(text.as_bytes());
        let (mut whole, mut lines, mut portions) = (Vec::new(), 0, 0);
        loop {
            let (portion, count) = portion(&mut from).unwrap();
            if count == 0 {
                break;
            }
            assert!(
                portion.len() < PORTION_BYTES + 100
                    && (portion.ends_with(b"\n") || portion.ends_with(b"last"))
            );
            (lines, portions) = (lines + count, portions + 1);
            whole.extend(portion);
        }
        assert_eq!((whole == text.as_bytes(), lines, portions), (true, 12_001, 3));
    }
}
