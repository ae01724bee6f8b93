//! Active Directory and other LDAP directories: LDIF exports and BloodHound files.

mod binary;
mod bloodhound;
pub(in crate::imports) mod certificate;
mod classify;
mod flags;
mod ldif;
pub(in crate::imports) mod names;
#[cfg(test)]
pub(in crate::imports) mod testing;

pub use bloodhound::{BloodHound, OpenGraph};
pub use ldif::Ldif;
