//! Everything that is tested from outside the library, by area.

mod layers;
mod manifest;
mod support;
mod transport;
