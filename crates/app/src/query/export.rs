//! `export`: everything, as JSON lines.

use inventory::read::{self, EXPORT_KINDS};
use model::TimeUs;
use serde_json::Value;

use crate::{Error, Installation};

/// The types of exported objects.
pub const KINDS: &[&str] = EXPORT_KINDS;

/// Shows every object to `each`, in an order that does not depend on the order of imports.
///
/// # Errors
/// `each` fails, or the database cannot be read.
pub async fn export<E: From<Error>>(
    installation: &Installation,
    as_of: Option<TimeUs>,
    mut each: impl FnMut(&Value) -> Result<(), E>,
) -> Result<u64, E> {
    let reader = super::reader(installation, as_of).await?;
    let mut count = 0;
    let mut failure = None;
    let outcome = read::export(&reader, |value| {
        count += 1;
        each(&value).map_err(|error| {
            failure = Some(error);
            inventory::InventoryError::Refused("stopped".to_owned())
        })
    })
    .await;
    match (failure, outcome) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(Error::from(error).into()),
        (None, Ok(())) => Ok(count),
    }
}
