//! A client of HTTP/1.1 that does as little as it can, because it runs on the machine that it measures.

use std::net::SocketAddr;

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Result;

/// One connection that is kept.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub struct Reply<'a> {
    pub status: u16,
    /// Seconds after which to ask again, where the server says so.
    pub retry_after: Option<u32>,
    pub body: &'a [u8],
}

/// Positions of the parts of an answer in the buffer.
struct Head {
    status: u16,
    retry_after: Option<u32>,
    body: usize,
    end: usize,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream,
            buffer: Vec::with_capacity(256 << 10),
        })
    }

    /// Sends a whole request and returns the status and the body of the answer.
    pub async fn ask(&mut self, request: &[u8]) -> Result<(u16, &[u8])> {
        let reply = self.exchange(request).await?;
        Ok((reply.status, reply.body))
    }

    /// Sends a whole request and returns the answer.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Reply<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed the connection".into());
            }
            if let Some(head) = head(&self.buffer)? {
                break head;
            }
        };
        while self.buffer.len() < head.end {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed the connection".into());
            }
        }
        Ok(Reply {
            status: head.status,
            retry_after: head.retry_after,
            body: &self.buffer[head.body..head.end],
        })
    }
}

/// A GET request.
pub fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n").into_bytes()
}

/// A POST request with JSON; without a token it is anonymous.
pub fn post(path: &str, token: Option<&str>, body: &str) -> Vec<u8> {
    let authorization = token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// None: the head is not complete yet.
fn head(buffer: &[u8]) -> Result<Option<Head>> {
    let Some(end) = memmem::find(buffer, b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = str::from_utf8(&buffer[..end])?;
    let status = text.get(9..12).ok_or("an answer without a status")?.parse()?;
    let length: usize = number(text, "content-length").ok_or("an answer without a length")?;
    let body = end + 4;
    Ok(Some(Head {
        status,
        retry_after: number(text, "retry-after"),
        body,
        end: body + length,
    }))
}

/// The number in a header.
fn number<T: std::str::FromStr>(head: &str, name: &str) -> Option<T> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim().parse().ok())?
    })
}
