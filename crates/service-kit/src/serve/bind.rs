//! Listening, with an error that says who has the port and which setting changes it.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket, lookup_host};

use crate::config::Listen;
use crate::port_holder;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 4096;

/// Why a service cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program listens there.
    #[error("port {port} is taken{}; stop that program, or set {section}.port (LIGHTNING__{}__PORT) to another port", by(holder), section.to_uppercase())]
    Taken {
        /// The port.
        port: u16,
        /// The section with the setting.
        section: String,
        /// The process, when it can be found.
        holder: Option<String>,
    },
    /// The address is not one of this machine, or not an address.
    #[error("cannot listen on {listen}; check {}.host (LIGHTNING__{}__HOST)", listen.section, listen.section.to_uppercase())]
    Impossible {
        /// Where it should have been.
        listen: Listen,
        /// What the operating system says.
        source: io::Error,
    },
}

fn by(holder: &Option<String>) -> String {
    holder.as_ref().map(|holder| format!(" by {holder}")).unwrap_or_default()
}

/// Listens at `listen`; port 0 takes any free one (`local_addr` tells which).
pub async fn bind(listen: &Listen) -> Result<TcpListener, BindError> {
    match open(listen).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(BindError::Taken {
            port: listen.port,
            section: listen.section.clone(),
            holder: port_holder::find(listen.port).map(|holder| holder.to_string()),
        }),
        Err(source) => Err(BindError::Impossible { listen: listen.clone(), source }),
    }
}

async fn open(listen: &Listen) -> io::Result<TcpListener> {
    let host = listen.host.trim_matches(['[', ']']);
    let mut failed = io::Error::new(ErrorKind::NotFound, "the name has no address");
    for address in lookup_host((host, listen.port)).await? {
        match listen_at(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

fn listen_at(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A port whose last connections are still winding down may be taken again at once.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
