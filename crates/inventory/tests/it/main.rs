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
#[cfg(test)]
mod judged;
#[cfg(test)]
mod judgement;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod owners;
#[cfg(test)]
mod read;
#[cfg(test)]
mod reconcile;
#[cfg(test)]
mod retire;
