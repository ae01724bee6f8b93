//! The store on both databases.

#[cfg(test)]
mod backup;
#[cfg(test)]
mod filters;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod seam;
#[cfg(test)]
#[cfg(unix)]
mod tls;
#[cfg(test)]
mod writers;
