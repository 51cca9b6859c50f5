//! rl-server
