//! `healthcheck`: asks the service on this machine whether it is ready, for container engines, whose images hold no curl.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use super::Failure;
use crate::config::{Listen, Settings};

/// Longer than the checks behind `/health/ready` may take.
const TIMEOUT: Duration = Duration::from_secs(4);

/// Fails when the service named `name` is not there or not ready.
pub(super) fn ask(name: &str, config: Option<PathBuf>) -> Result<(), Failure> {
    let settings = Settings::from_process(config)?;
    let answer = get(&settings.listen_of(name)?)?;
    let line = answer.lines().next().unwrap_or_default();
    if line.split(' ').nth(1) == Some("200") { Ok(()) } else { Err(format!("not ready: {line}").into()) }
}

fn get(listen: &Listen) -> std::io::Result<String> {
    let host = listen.host.trim_matches(['[', ']']);
    let host = match host.parse::<IpAddr>() {
        Ok(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
        _ => host.to_owned(),
    };
    let address =
        (host.as_str(), listen.port).to_socket_addrs()?.next().ok_or(std::io::ErrorKind::NotFound)?;
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(b"GET /health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(64 * 1024).read_to_string(&mut answer)?;
    Ok(answer)
}
