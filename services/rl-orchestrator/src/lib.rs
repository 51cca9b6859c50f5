//! rl-orchestrator
