//! What a text is, in numbers: its shape, its hashed words and marks, and a projection of its embedding when there is one.
//!
//! Everything is quantised when it is made, so that what is logged is exactly what was decided upon.

pub(crate) mod excerpt;
pub(crate) mod hash;
pub(crate) mod marks;
pub(crate) mod projection;
pub(crate) mod shape;
pub(crate) mod words;

use crate::Error;
use crate::bytes::{Reader, Writer};

/// Dimensions of the hashed words.
pub(crate) const HASHED: usize = 256;
/// Dimensions of the hashed marks.
pub(crate) const MARKED: usize = 128;
/// Dimensions of the shape.
pub(crate) const SHAPE: usize = shape::COUNT;
/// Dimensions of the projected embedding.
pub(crate) const PROJECTED: usize = projection::DIMENSIONS;

/// Contexts and experiences of this format have no marks.
const WITHOUT_MARKS: u16 = 1;

/// Quantised features of one text with its tags.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Features {
    /// Shape, each in 1/128.
    pub(crate) shape: [u8; SHAPE],
    /// The sign of each hashed dimension: -1, 0 or 1.
    pub(crate) hashed: [i8; HASHED],
    /// The same of the skeleton of marks; all 0 in what was logged before there was one.
    pub(crate) marked: [i8; MARKED],
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
            marked: marks::signs(&text),
            projected: embedding.map(projection::of).unwrap_or_default(),
        }
    }

    /// Shape by bytes, hashed signs by two bits, embedding by bytes.
    pub(crate) fn write(&self, out: &mut Writer) {
        out.raw(&self.shape);
        write_signs(&self.hashed, out);
        write_signs(&self.marked, out);
        out.count(self.projected.len());
        self.projected.iter().for_each(|value| out.u8(value.cast_unsigned()));
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let mut shape = [0; SHAPE];
        shape.copy_from_slice(from.raw(SHAPE)?);
        let hashed = read_signs(from)?;
        let marked = if from.version() > WITHOUT_MARKS { read_signs(from)? } else { [0; MARKED] };
        let projected = from.list(|from| from.u8().map(u8::cast_signed))?;
        if projected.is_empty() || projected.len() == PROJECTED {
            Ok(Self { shape, hashed, marked, projected })
        } else {
            Err(Error::Corrupt("an embedding of another size"))
        }
    }
}

/// Two bits for each sign.
fn write_signs(signs: &[i8], out: &mut Writer) {
    for four in signs.as_chunks::<4>().0 {
        out.u8(four.iter().fold(0, |bits, sign| (bits << 2) | (sign + 1) as u8));
    }
}

fn read_signs<const COUNT: usize>(from: &mut Reader<'_>) -> Result<[i8; COUNT], Error> {
    let mut signs = [0; COUNT];
    for four in signs.as_chunks_mut::<4>().0 {
        *four = four_signs(from.u8()?)?;
    }
    Ok(signs)
}

fn four_signs(bits: u8) -> Result<[i8; 4], Error> {
    let sign = |shift: u8| (bits >> shift & 3) as i8 - 1;
    let signs = [sign(6), sign(4), sign(2), sign(0)];
    if signs.contains(&2) { Err(Error::Corrupt("a sign that cannot be")) } else { Ok(signs) }
}
