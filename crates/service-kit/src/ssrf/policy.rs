//! What may be fetched, decided from the address as written and from the address it resolves to.

use std::net::IpAddr;

use url::{Host, Url};

use super::{FetchError, is_public};
use crate::config::{AddressRange, Fetch};

/// The operator's lists.
#[derive(Debug)]
pub(super) struct Policy {
    hosts: Vec<String>,
    private: Vec<AddressRange>,
}

impl Policy {
    pub(super) fn new(settings: &Fetch) -> Self {
        let hosts =
            settings.allow_hosts.iter().map(|host| host.trim_matches('.').to_ascii_lowercase()).collect();
        Self { hosts, private: settings.allow_private.clone() }
    }

    pub(super) fn allows_address(&self, address: IpAddr) -> bool {
        let plain = address.to_canonical();
        is_public(address) || self.private.iter().any(|range| range.contains(plain))
    }

    /// `example.org` on the list also means `www.example.org`.
    fn allows_host(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let is_or_is_below = |allowed: &String| {
            host.strip_suffix(allowed.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        self.hosts.is_empty() || self.hosts.iter().any(is_or_is_below)
    }
}

/// An address whose form, scheme and host were checked. What its name resolves to is checked when it is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeUrl(Url);

impl SafeUrl {
    pub(super) fn parse(text: &str, policy: &Policy) -> Result<Self, FetchError> {
        let url =
            Url::parse(text).map_err(|_| FetchError::NotAllowed("this is not an absolute web address"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::NotAllowed("only http and https addresses may be fetched"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::NotAllowed("addresses with a user name or password may not be fetched"));
        }
        let host = url.host().ok_or(FetchError::NotAllowed("the address names no host"))?.to_owned();
        // `0x7f.1`, `2130706433` and the like have become numbers in `Url::parse`.
        let number = match &host {
            Host::Ipv4(address) => Some(IpAddr::V4(*address)),
            Host::Ipv6(address) => Some(IpAddr::V6(*address)),
            Host::Domain(_) => None,
        };
        if !policy.allows_host(&host.to_string()) {
            return Err(FetchError::HostNotAllowed { host: host.to_string() });
        }
        if number.is_some_and(|address| !policy.allows_address(address)) {
            return Err(FetchError::NotPublic { host: host.to_string() });
        }
        Ok(Self(url))
    }

    /// The address.
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// The address.
    pub fn into_url(self) -> Url {
        self.0
    }
}
