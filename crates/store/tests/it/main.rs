//! The store on both databases.

mod seam;
mod writers;
