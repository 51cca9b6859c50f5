//! The little-endian byte format of everything that is kept: a magic word, a version, then the fields.
//!
//! Reading trusts nothing: a length is checked against what is left before anything is allocated.

use std::ops::RangeInclusive;

use crate::Error;

/// Appends fields.
pub(crate) struct Writer(Vec<u8>);

/// Takes fields off the front.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    version: u16,
}

impl Writer {
    pub(crate) fn with_header(magic: &[u8; 4], version: u16) -> Self {
        let mut out = Self(Vec::with_capacity(512));
        out.0.extend_from_slice(magic);
        out.u16(version);
        out
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(crate) fn u16(&mut self, value: u16) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn f32(&mut self, value: f32) {
        self.u32(value.to_bits());
    }

    pub(crate) fn f64(&mut self, value: f64) {
        self.u64(value.to_bits());
    }

    /// A length, LEB128: one byte for the short lists that nearly all are.
    pub(crate) fn count(&mut self, mut value: usize) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.raw(text.as_bytes());
    }

    pub(crate) fn f32s(&mut self, values: &[f32]) {
        self.count(values.len());
        values.iter().for_each(|value| self.f32(*value));
    }

    pub(crate) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.u8(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }
}

impl<'a> Reader<'a> {
    /// Accepts the versions from the first to the last of the range; the last is what is written.
    pub(crate) fn with_header(
        bytes: &'a [u8],
        magic: &[u8; 4],
        versions: RangeInclusive<u16>,
    ) -> Result<Self, Error> {
        let mut from = Self { rest: bytes, version: 0 };
        if from.raw(4)? != magic {
            return Err(Error::Corrupt("not of this kind"));
        }
        from.version = from.u16()?;
        let (found, expected) = (from.version, *versions.end());
        if versions.contains(&found) { Ok(from) } else { Err(Error::Version { found, expected }) }
    }

    /// The version of what is read.
    pub(crate) fn version(&self) -> u16 {
        self.version
    }

    pub(crate) fn finish(self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(Error::Corrupt("bytes left over")) }
    }

    pub(crate) fn raw(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let (head, tail) = self.rest.split_at_checked(len).ok_or(Error::Corrupt("cut short"))?;
        self.rest = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (head, tail) = self.rest.split_first_chunk::<N>().ok_or(Error::Corrupt("cut short"))?;
        self.rest = tail;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Error> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Error> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Error> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn f32(&mut self) -> Result<f32, Error> {
        finite(f32::from_bits(self.u32()?))
    }

    pub(crate) fn f64(&mut self) -> Result<f64, Error> {
        let value = f64::from_bits(self.u64()?);
        if value.is_finite() { Ok(value) } else { Err(Error::Corrupt("a number is not finite")) }
    }

    /// A length of things that take at least one byte each, so it can never exceed what is left.
    pub(crate) fn count(&mut self) -> Result<usize, Error> {
        let value = self.number()?;
        if value <= self.rest.len() { Ok(value) } else { Err(Error::Corrupt("a length is too long")) }
    }

    fn number(&mut self) -> Result<usize, Error> {
        let mut value = 0usize;
        for shift in (0..35).step_by(7) {
            let byte = self.u8()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Error::Corrupt("a number is too long"))
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Error> {
        let len = self.count()?;
        std::str::from_utf8(self.raw(len)?).map_err(|_| Error::Corrupt("text is not utf-8"))
    }

    pub(crate) fn f32s(&mut self) -> Result<Vec<f32>, Error> {
        self.list(Self::f32)
    }

    pub(crate) fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let len = self.count()?;
        (0..len).map(|_| read(self)).collect()
    }

    pub(crate) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match self.u8()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(Error::Corrupt("an option is neither absent nor present")),
        }
    }
}

fn finite(value: f32) -> Result<f32, Error> {
    if value.is_finite() { Ok(value) } else { Err(Error::Corrupt("a number is not finite")) }
}
