//! The binary as a user runs it.

#[cfg(test)]
mod commands;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod run;
