//! The binary as a user runs it.

#[cfg(test)]
mod bounds;
#[cfg(test)]
mod canary;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod estate;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod offline;
#[cfg(test)]
mod run;
