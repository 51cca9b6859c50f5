//! service-client
