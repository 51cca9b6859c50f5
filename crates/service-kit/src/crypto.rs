//! TLS needs a cryptography provider chosen once for the process.

/// Makes *ring* the provider of TLS. Call before the first HTTP client is built; later calls change nothing.
pub fn install_crypto() {
    // An error means that a provider is installed already, which is what was asked for.
    drop(rustls::crypto::ring::default_provider().install_default());
}
