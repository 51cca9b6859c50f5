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
    ready(&Settings::from_process(config)?.listen_of(name)?)
}

fn ready(listen: &Listen) -> Result<(), Failure> {
    let answer = get(listen)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks a listener on any address of this machine that gives one answer.
    fn asked(answer: &'static str) -> Result<(), Failure> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = [0; 1024];
            let length = stream.read(&mut head).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&head[..length]).into_owned()
        });
        let result = ready(&Listen { host: "0.0.0.0".to_owned(), port, section: String::new() });
        assert!(server.join().unwrap().starts_with("GET /health/ready "));
        result
    }

    #[test]
    fn only_a_200_is_ready() {
        assert!(asked("HTTP/1.0 200 OK\r\n\r\n{}").is_ok());
        let refused = asked("HTTP/1.0 503 Service Unavailable\r\n\r\n").unwrap_err().to_string();
        assert_eq!(refused, "not ready: HTTP/1.0 503 Service Unavailable");
    }

    #[test]
    fn nobody_there_is_not_ready() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        assert!(ready(&Listen { host: "127.0.0.1".to_owned(), port, section: String::new() }).is_err());
    }
}
