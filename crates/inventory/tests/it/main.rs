//! The inventory on both databases.

#[cfg(test)]
mod bounds;
#[cfg(test)]
mod classes;
#[cfg(test)]
mod edits;
#[cfg(test)]
mod estate;
#[cfg(test)]
mod hand;
#[cfg(test)]
mod history;
mod judgement;
#[cfg(test)]
mod judged;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod read;
#[cfg(test)]
mod reconcile;
#[cfg(test)]
mod retire;
