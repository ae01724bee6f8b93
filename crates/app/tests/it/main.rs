//! Use cases over whole estates, on both databases.

#[cfg(test)]
mod acme;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod judged;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod setting;
