//! From the lists of the arms to the hits that are shown.

pub mod adaptive;
pub mod fusion;
