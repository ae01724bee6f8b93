//! paste
