//! A writer that masks each line before it is handed on.

use std::io::{self, Write};

use tracing_appender::non_blocking::NonBlocking;
use tracing_subscriber::fmt::MakeWriter;

use crate::mask::mask;

/// Masks when `on`; otherwise hands lines on as they are.
#[derive(Clone)]
pub(super) struct Masking {
    inner: NonBlocking,
    on: bool,
}

impl Masking {
    pub(super) fn new(inner: NonBlocking, on: bool) -> Self {
        Self { inner, on }
    }
}

impl<'w> MakeWriter<'w> for Masking {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

/// `tracing-subscriber` writes each line with one call, so nothing to be masked is cut in two.
impl Write for Masking {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(line) {
            Ok(text) if self.on => self.inner.write_all(mask(text).as_bytes())?,
            _ => self.inner.write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
