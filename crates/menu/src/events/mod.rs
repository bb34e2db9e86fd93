//! What the menu tells. It hears nothing.

pub mod tell; // new revisions
