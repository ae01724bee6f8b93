//! The host part of a target: a name, an address or a network of addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr as _;

use super::target::MAX_ENDPOINTS;

/// The longest host name of DNS (RFC 1035 2.3.4).
const MAX_HOST_BYTES: usize = 253;

/// The hosts of one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hosts {
    Name(String),
    Address(IpAddr),
    /// Network address and prefix length.
    Network(IpAddr, u8),
}

impl Hosts {
    /// Reads a name, an address or a network.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        if let Some((address, bits)) = text.split_once('/') {
            let address = IpAddr::from_str(address)
                .map_err(|_| "before the slash of a network stands an address".to_owned())?;
            let width = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits
                .parse::<u8>()
                .ok()
                .filter(|bits| *bits <= width)
                .ok_or_else(|| format!("after the slash stands a number from 0 to {width}"))?;
            return Ok(Self::Network(address, bits));
        }
        if let Ok(address) = IpAddr::from_str(text) {
            return Ok(Self::Address(address));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_lowercase();
        let fits = |ch: char| ch.is_alphanumeric() || matches!(ch, '-' | '.' | '_');
        if name.is_empty() || name.len() > MAX_HOST_BYTES || !name.chars().all(fits) {
            return Err("it holds characters no host name has, or none at all".to_owned());
        }
        if name
            .split('.')
            .any(|part| part.is_empty() || part.len() > 63)
        {
            return Err("a part of the host name is empty or longer than 63 bytes".to_owned());
        }
        if !name.is_ascii() {
            return Err("write the name in its ASCII form (xn--…)".to_owned());
        }
        if name.chars().all(|ch| ch.is_ascii_digit() || ch == '.') {
            return Err("it is neither an address nor a host name".to_owned());
        }
        Ok(Self::Name(name))
    }

    /// How many hosts there are.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Name(_) | Self::Address(_) => 1,
            Self::Network(address, bits) => {
                let width: u32 = if address.is_ipv4() { 32 } else { 128 };
                1_usize
                    .checked_shl(width.saturating_sub(u32::from(*bits)))
                    .filter(|count| *count > 0)
                    .unwrap_or(usize::MAX)
            }
        }
    }

    /// Every host; the caller has checked [`Hosts::count`].
    pub(super) fn each(&self) -> Vec<String> {
        match self {
            Self::Name(name) => vec![name.clone()],
            Self::Address(address) => vec![address.to_string()],
            Self::Network(IpAddr::V4(address), bits) => {
                let count = self.count().min(MAX_ENDPOINTS);
                let mask = u32::MAX.checked_shl(32 - u32::from(*bits)).unwrap_or(0);
                let base = u32::from(*address) & mask;
                (0..count)
                    .filter_map(|at| {
                        Some(Ipv4Addr::from(base.checked_add(u32::try_from(at).ok()?)?).to_string())
                    })
                    .collect()
            }
            Self::Network(IpAddr::V6(address), bits) => {
                let count = self.count().min(MAX_ENDPOINTS);
                let mask = u128::MAX.checked_shl(128 - u32::from(*bits)).unwrap_or(0);
                let base = u128::from(*address) & mask;
                (0..count)
                    .filter_map(|at| {
                        Some(
                            Ipv6Addr::from(base.checked_add(u128::try_from(at).ok()?)?).to_string(),
                        )
                    })
                    .collect()
            }
        }
    }
}
