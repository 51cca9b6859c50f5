//! A service over real sockets: who is let in, what bad input does, how it starts and stops.

#![allow(clippy::unwrap_used)]

mod admission;
mod bad_input;
mod lifecycle;
mod sockets;
mod support;
