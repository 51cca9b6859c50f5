//! A serde deserializer for `a=1&b=2&b=3`: texts become numbers, words or lists as the field asks.

use std::borrow::Cow;
use std::str::FromStr;

use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::nul;
use crate::problem::Problem;

type Pair<'q> = (Cow<'q, str>, Cow<'q, str>);

/// Decodes `%41` and `+`; refuses what is not UTF-8 and NULs.
pub(super) fn pairs(query: &str) -> Result<Vec<Pair<'_>>, Problem> {
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

fn pair(part: &str) -> Result<Pair<'_>, Problem> {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    let (name, value) = (decode(name)?, decode(value)?);
    if name.contains('\0') || value.contains('\0') {
        return Err(Problem::invalid(name.replace('\0', "\u{fffd}"), nul::MESSAGE));
    }
    Ok((name, value))
}

fn decode(text: &str) -> Result<Cow<'_, str>, Problem> {
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| byte == b'%').and_then(hex);
        bytes.push(match (byte, escaped) {
            (_, Some(escaped)) => escaped,
            (b'+', _) => b' ',
            _ => byte,
        });
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| Problem::unreadable("the query is not UTF-8"))
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(digits[0])? << 4 | digit(digits[1])?)
}

/// The whole query: names with all their values.
pub(super) struct Form<'q> {
    fields: Vec<(Cow<'q, str>, Values<'q>)>,
}

impl<'q> Form<'q> {
    pub(super) fn new(pairs: Vec<Pair<'q>>) -> Self {
        let mut fields: Vec<(Cow<'q, str>, Values<'q>)> = Vec::with_capacity(pairs.len());
        for (name, value) in pairs {
            match fields.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.0.push(value),
                None => fields.push((name, Values(vec![value]))),
            }
        }
        Self { fields }
    }
}

impl<'de> Deserializer<'de> for Form<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(MapDeserializer::new(self.fields.into_iter()))
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit_struct newtype_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// All values of one name.
struct Values<'q>(Vec<Cow<'q, str>>);

impl<'q> Values<'q> {
    fn one(mut self) -> Result<Cow<'q, str>, Error> {
        match self.0.pop() {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Error::custom("the parameter is given more than once, expected one value")),
        }
    }

    fn parse<T: FromStr>(self, expected: &'static str) -> Result<T, Error> {
        let text = self.one()?;
        text.trim().parse().map_err(|_| Error::invalid_value(Unexpected::Str(&text), &expected))
    }
}

impl<'de> IntoDeserializer<'de, Error> for Values<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! parsed {
    ($($method:ident $visit:ident $type:ty, $expected:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(self.parse::<$type>($expected)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Values<'de> {
    type Error = Error;

    parsed! {
        deserialize_bool visit_bool bool, "a boolean";
        deserialize_u8 visit_u8 u8, "u8";
        deserialize_u16 visit_u16 u16, "u16";
        deserialize_u32 visit_u32 u32, "u32";
        deserialize_u64 visit_u64 u64, "u64";
        deserialize_i8 visit_i8 i8, "i8";
        deserialize_i16 visit_i16 i16, "i16";
        deserialize_i32 visit_i32 i32, "i32";
        deserialize_i64 visit_i64 i64, "i64";
        deserialize_f32 visit_f32 f32, "f32";
        deserialize_f64 visit_f64 f64, "f64";
        deserialize_char visit_char char, "char";
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.one()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    /// `?limit=` is the same as leaving it out, as forms in browsers send it.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.iter().all(|value| value.is_empty()) {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let items = self.0.into_iter().filter(|value| !value.is_empty()).map(|value| Values(vec![value]));
        visitor.visit_seq(SeqDeserializer::new(items))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self.one()?.into_deserializer())
    }

    forward_to_deserialize_any! {
        i128 u128 str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }
}
