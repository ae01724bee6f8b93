//! The filter language: placeholder until its parser lands.
