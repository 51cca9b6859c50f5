//! The portable file: compressed frames, each with its length in front. A frame of no bytes ends the rows of a table.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::unusable;
use crate::{Error, Result};

/// The first bytes of every compressed file.
const COMPRESSED: [u8; 2] = [0x1f, 0x8b];
/// Longer frames are not ours.
const LONGEST: u32 = 1 << 30;
/// Frames that may wait for the disk.
const WAITING: usize = 16;

/// Whether a file is of this kind.
pub(super) fn is_portable(path: &Path) -> Result<bool> {
    let mut first = [0; 2];
    let mut file = File::open(path).map_err(|error| unusable(path, &error))?;
    Ok(file.read_exact(&mut first).is_ok() && first == COMPRESSED)
}

/// Writes frames on a thread of its own, so that neither disk nor compression holds up anything else.
pub(super) struct FrameWriter {
    path: PathBuf,
    frames: mpsc::Sender<Vec<u8>>,
    thread: JoinHandle<std::io::Result<()>>,
}

impl FrameWriter {
    pub(super) fn create(path: &Path) -> Result<Self> {
        let file = File::create_new(path).map_err(|error| unusable(path, &error))?;
        let (frames, waiting) = mpsc::channel(WAITING);
        let thread = tokio::task::spawn_blocking(move || write_all(file, waiting));
        Ok(Self { path: path.to_owned(), frames, thread })
    }

    pub(super) async fn bytes(&mut self, bytes: Vec<u8>) -> Result<()> {
        // When the thread has given up, `finish` says why.
        self.frames.send(bytes).await.map_err(|_| Error::Unavailable("the backup cannot be written".into()))
    }

    pub(super) async fn json<T: Serialize>(&mut self, value: &T) -> Result<()> {
        let text = serde_json::to_vec(value).map_err(|error| Error::Corrupt(error.to_string()))?;
        self.bytes(text).await
    }

    /// Returns when everything is on the disk.
    pub(super) async fn finish(self) -> Result<()> {
        drop(self.frames);
        match self.thread.await {
            Ok(written) => written.map_err(|error| unusable(&self.path, &error)),
            Err(error) => Err(Error::Unavailable(error.to_string())),
        }
    }
}

fn write_all(file: File, mut frames: mpsc::Receiver<Vec<u8>>) -> std::io::Result<()> {
    let mut encoder = GzEncoder::new(BufWriter::new(file), Compression::fast());
    while let Some(frame) = frames.blocking_recv() {
        let length = u32::try_from(frame.len()).map_err(std::io::Error::other)?;
        encoder.write_all(&length.to_le_bytes())?;
        encoder.write_all(&frame)?;
    }
    encoder.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()
}

/// Reads frames.
pub(super) struct FrameReader {
    path: PathBuf,
    decoder: GzDecoder<BufReader<File>>,
}

impl FrameReader {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| unusable(path, &error))?;
        Ok(Self { path: path.to_owned(), decoder: GzDecoder::new(BufReader::new(file)) })
    }

    pub(super) fn bytes(&mut self) -> Result<Vec<u8>> {
        let mut length = [0; 4];
        self.decoder.read_exact(&mut length).map_err(|error| self.damaged(&error))?;
        let length = u32::from_le_bytes(length);
        if length > LONGEST {
            return Err(Error::Corrupt(format!("{} is not a backup of this program", self.path.display())));
        }
        let mut frame = vec![0; length as usize];
        self.decoder.read_exact(&mut frame).map_err(|error| self.damaged(&error))?;
        Ok(frame)
    }

    pub(super) fn json<T: DeserializeOwned>(&mut self) -> Result<T> {
        let frame = self.bytes()?;
        serde_json::from_slice(&frame).map_err(|error| {
            Error::Corrupt(format!("{} is not a backup of this program: {error}", self.path.display()))
        })
    }

    /// Reads to the end of the file, whose checksum is held against its content then.
    pub(super) fn end(mut self) -> Result<()> {
        match self.decoder.read(&mut [0; 1]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(Error::Corrupt(format!("{} goes on after its end", self.path.display()))),
            Err(error) => Err(self.damaged(&error)),
        }
    }

    fn damaged(&self, error: &std::io::Error) -> Error {
        Error::Corrupt(format!("the backup {} is damaged: {error}", self.path.display()))
    }
}
