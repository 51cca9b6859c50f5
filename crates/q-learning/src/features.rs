//! What a text is, in numbers: its shape, its hashed words, and a projection of its embedding when there is one.
//!
//! Everything is quantised to bytes when it is made, so that what is logged is exactly what was decided upon.

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
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Features {
    /// Shape, each in 1/128.
    pub(crate) shape: [u8; SHAPE],
    /// Signed counts of hashed words by dimension, ascending, none of them zero.
    pub(crate) hashed: Vec<(u16, i8)>,
    /// Projected embedding in 1/127, empty when there was none.
    pub(crate) projected: Vec<i8>,
}

impl Features {
    /// The features of a text, its tags and its embedding.
    pub(crate) fn of(text: &str, tags: &[&str], embedding: Option<&[f32]>) -> Self {
        let text = excerpt::of(text);
        Self {
            shape: shape::of(&text),
            hashed: words::signed_counts(&text, tags),
            projected: embedding.map(projection::of).unwrap_or_default(),
        }
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.raw(&self.shape);
        out.count(self.hashed.len());
        let mut last = 0;
        for (index, count) in &self.hashed {
            out.count(usize::from(index - last));
            out.u8(count.cast_unsigned());
            last = *index;
        }
        out.count(self.projected.len());
        self.projected.iter().for_each(|value| out.u8(value.cast_unsigned()));
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let mut shape = [0; SHAPE];
        shape.copy_from_slice(from.raw(SHAPE)?);
        let mut next = 0;
        let hashed = from.list(|from| {
            next += from.count_below(HASHED)?;
            let count = from.u8()?.cast_signed();
            if next < HASHED {
                Ok((next as u16, count))
            } else {
                Err(Error::Corrupt("a feature is out of range"))
            }
        })?;
        let projected = from.list(|from| from.u8().map(u8::cast_signed))?;
        if projected.is_empty() || projected.len() == PROJECTED {
            Ok(Self { shape, hashed, projected })
        } else {
            Err(Error::Corrupt("an embedding of another size"))
        }
    }
}
