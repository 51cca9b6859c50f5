//! The sections that service-kit itself, or several services, read. Field for field as in `config/default.toml`, which says
//! what each one means; services add types for sections of their own.

mod access;
mod observe;
mod places;
mod range;

pub use access::{Auth, AuthMode, Fetch, Limits, Rate};
pub use observe::{AccessLog, Log, LogFormat, Metrics, Rotation};
pub use places::{Listen, Peers};
pub use range::AddressRange;

use secrecy::SecretString;
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer};
use url::Url;

/// `""` means not set.
pub fn optional_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Some(String::deserialize(from)?).filter(|text| !text.is_empty()))
}

/// A secret; `""` means not set.
pub fn optional_secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SecretString>, D::Error> {
    Ok(optional_text(from)?.map(SecretString::from))
}

/// A whole number that is at least 1.
pub fn positive<'de, D: Deserializer<'de>, T: TryFrom<u64>>(from: D) -> Result<T, D::Error> {
    std::num::NonZeroU64::deserialize(from).and_then(|number| {
        let too_large =
            |_| D::Error::invalid_value(Unexpected::Unsigned(number.get()), &"a smaller whole number");
        T::try_from(number.get()).map_err(too_large)
    })
}

/// An `http://` or `https://` address.
pub fn http_url<'de, D: Deserializer<'de>>(from: D) -> Result<Url, D::Error> {
    parse_http_url(&String::deserialize(from)?)
}

/// An `http://` or `https://` address; `""` means not set.
pub fn optional_http_url<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Url>, D::Error> {
    optional_text(from)?.map(|text| parse_http_url(&text)).transpose()
}

/// The text itself is not repeated: it may hold a password.
fn parse_http_url<E: Error>(text: &str) -> Result<Url, E> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| E::invalid_value(Unexpected::Other("address"), &"something like http://127.0.0.1:8002"))
}
