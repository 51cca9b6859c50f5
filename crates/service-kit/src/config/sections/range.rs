//! Address ranges as operators write them.

use std::net::IpAddr;

use serde::Deserialize;

/// An address range such as `10.1.2.0/24`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct AddressRange {
    base: IpAddr,
    bits: u8,
}

impl AddressRange {
    /// Whether `address` lies in the range.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.bits);
                shift == 32 || u32::from(base) >> shift == u32::from(address) >> shift
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.bits);
                shift == 128 || u128::from(base) >> shift == u128::from(address) >> shift
            }
            _ => false,
        }
    }
}

impl TryFrom<String> for AddressRange {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text} is not an address range, expected something like 10.1.2.0/24");
        let (base, bits) =
            text.split_once('/').map_or((text.as_str(), None), |(base, bits)| (base, Some(bits)));
        let base: IpAddr = base.parse().map_err(|_| wrong())?;
        let widest = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(widest), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits > widest { Err(wrong()) } else { Ok(Self { base, bits }) }
    }
}
