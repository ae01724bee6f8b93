//! The rules: one file each, one line here. A test fails when a file is not in the list.

use crate::Rule;

mod key_without_passphrase;
#[cfg(test)]
pub(crate) mod testing;

/// Every rule, by id.
pub const RULES: &[&dyn Rule] = &[&key_without_passphrase::KeyWithoutPassphrase];
