//! execution-api
