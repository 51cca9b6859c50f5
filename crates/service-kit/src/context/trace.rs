//! W3C Trace Context, level 1: the `traceparent` header. `tracestate` is vendors' business and is not read.

use http::HeaderValue;
use rand::Rng;

/// `version "-" trace-id "-" parent-id "-" flags`
const LENGTH: usize = 55;

/// Our place in a distributed trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    trace_id: [u8; 16],
    span_id: [u8; 8],
    flags: u8,
}

impl Trace {
    /// Continues the trace of `header` with a span of our own; begins a new one when the header is absent or not valid, as the
    /// specification asks.
    pub fn continue_from(header: Option<&HeaderValue>, rng: &mut impl Rng) -> Self {
        let parent = header.and_then(|value| parse(value.as_bytes()));
        let mut trace = parent.unwrap_or_else(|| Self { trace_id: non_zero(rng), span_id: [0; 8], flags: 1 });
        trace.span_id = non_zero(rng);
        trace
    }

    /// The header that names our span as the parent of what we ask of others.
    pub fn header(&self) -> HeaderValue {
        let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
        write_hex(&self.trace_id, &mut text[3..35]);
        write_hex(&self.span_id, &mut text[36..52]);
        write_hex(&[self.flags], &mut text[53..55]);
        HeaderValue::from_bytes(&text).expect("hexadecimal digits and dashes are valid in a header")
    }

    /// The trace id in hexadecimal.
    pub fn trace_id(&self) -> String {
        let mut text = [0; 32];
        write_hex(&self.trace_id, &mut text);
        text.iter().copied().map(char::from).collect()
    }
}

/// Versions above 00 may be longer; their first four fields mean the same. Version ff is not allowed.
fn parse(header: &[u8]) -> Option<Trace> {
    let fields = header.get(..LENGTH)?;
    let version = byte(&fields[..2])?;
    let longer_is_fine = version > 0 && header.get(LENGTH) == Some(&b'-');
    let dashes = [2, 35, 52].iter().all(|&at| fields[at] == b'-');
    if version == 0xff || !dashes || (header.len() > LENGTH && !longer_is_fine) {
        return None;
    }
    let trace = Trace {
        trace_id: read(&fields[3..35])?,
        span_id: read(&fields[36..52])?,
        flags: byte(&fields[53..55])? & 1,
    };
    (trace.trace_id != [0; 16] && trace.span_id != [0; 8]).then_some(trace)
}

fn non_zero<const N: usize>(rng: &mut impl Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    // All zeros means "invalid" in the specification.
    bytes[N - 1] |= u8::from(bytes == [0; N]);
    bytes
}

fn read<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    for (to, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *to = byte(pair)?;
    }
    Some(bytes)
}

fn byte(pair: &[u8]) -> Option<u8> {
    Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)
}

/// Lower case only: the specification does not allow capitals.
fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

fn write_hex(bytes: &[u8], to: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in to.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

#[cfg(test)]
mod tests;
