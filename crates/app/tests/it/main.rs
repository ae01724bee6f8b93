//! Use cases over whole estates, on both databases.

#[cfg(test)]
mod acme;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod judged;
#[cfg(test)]
mod kubernetes;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod setting;
#[cfg(test)]
mod terraform;
#[cfg(test)]
mod whole;
