//! Active Directory and other LDAP directories: LDIF exports and BloodHound files.

mod binary;
mod bloodhound;
pub(in crate::imports) mod certificate;
mod classify;
mod flags;
mod ldif;
mod names;

pub use bloodhound::BloodHound;
pub use ldif::Ldif;
