//! service-api
