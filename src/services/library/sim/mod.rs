//! Sim.
pub mod books;
