//! What a text is, in numbers: its shape, its hashed words, and a projection of its embedding when there is one.
//!
//! Everything is quantised when it is made, so that what is logged is exactly what was decided upon.

pub(crate) mod excerpt;
pub(crate) mod hash;
pub(crate) mod projection;
pub(crate) mod shape;
pub(crate) mod words;

use crate::Error;
use crate::bytes::{Reader, Writer};

/// Dimensions of the hashed words.
pub(crate) const HASHED: usize = 256;
/// Dimensions of the shape.
pub(crate) const SHAPE: usize = shape::COUNT;
/// Dimensions of the projected embedding.
pub(crate) const PROJECTED: usize = projection::DIMENSIONS;

/// Quantised features of one text with its tags.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Features {
    /// Shape, each in 1/128.
    pub(crate) shape: [u8; SHAPE],
    /// The sign of each hashed dimension: -1, 0 or 1.
    pub(crate) hashed: [i8; HASHED],
    /// Projected embedding in 1/127, empty when there was none.
    pub(crate) projected: Vec<i8>,
}

impl Features {
    /// The features of a text, its tags and its embedding.
    pub(crate) fn of(text: &str, tags: &[&str], embedding: Option<&[f32]>) -> Self {
        let text = excerpt::of(text);
        Self {
            shape: shape::of(&text),
            hashed: words::signs(&text, tags),
            projected: embedding.map(projection::of).unwrap_or_default(),
        }
    }

    /// Shape by bytes, hashed signs by two bits, embedding by bytes.
    pub(crate) fn write(&self, out: &mut Writer) {
        out.raw(&self.shape);
        for signs in self.hashed.as_chunks::<4>().0 {
            out.u8(signs.iter().fold(0, |bits, sign| (bits << 2) | (sign + 1) as u8));
        }
        out.count(self.projected.len());
        self.projected.iter().for_each(|value| out.u8(value.cast_unsigned()));
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let mut shape = [0; SHAPE];
        shape.copy_from_slice(from.raw(SHAPE)?);
        let mut hashed = [0; HASHED];
        for signs in hashed.as_chunks_mut::<4>().0 {
            *signs = four_signs(from.u8()?)?;
        }
        let projected = from.list(|from| from.u8().map(u8::cast_signed))?;
        if projected.is_empty() || projected.len() == PROJECTED {
            Ok(Self { shape, hashed, projected })
        } else {
            Err(Error::Corrupt("an embedding of another size"))
        }
    }
}

fn four_signs(bits: u8) -> Result<[i8; 4], Error> {
    let sign = |shift: u8| (bits >> shift & 3) as i8 - 1;
    let signs = [sign(6), sign(4), sign(2), sign(0)];
    if signs.contains(&2) { Err(Error::Corrupt("a sign that cannot be")) } else { Ok(signs) }
}
