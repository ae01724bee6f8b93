//! The store on both databases.

#[cfg(test)]
mod backup;
#[cfg(test)]
mod filters;
#[cfg(test)]
mod seam;
#[cfg(test)]
mod writers;
