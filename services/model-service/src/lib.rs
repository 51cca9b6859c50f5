//! model-service
