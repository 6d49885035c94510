//! From the lists of the arms to the hits that are shown: fusion, the cut, snippets.

pub mod adaptive;
pub mod calibrated;
pub mod fusion;
pub mod snippet;
