//! A client of HTTP/1.1 that does as little as it can, because it runs on the machine that it measures.

use std::net::SocketAddr;

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Result;

/// The status of an answer that has no body and need not say so.
const NO_CONTENT: u16 = 204;

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
    /// Where the next part of an upload begins, where the server says so.
    pub upload_offset: Option<usize>,
    pub body: &'a [u8],
}

/// Positions of the parts of an answer in the buffer.
struct Head {
    status: u16,
    retry_after: Option<u32>,
    upload_offset: Option<usize>,
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
        self.exchange_pieces(&[request]).await
    }

    /// Sends a request, or the rest of one, that lies in several places, and returns the answer.
    pub async fn exchange_pieces(&mut self, request: &[&[u8]]) -> Result<Reply<'_>> {
        for piece in request {
            self.stream.write_all(piece).await?;
        }
        let is_bodyless = request.first().is_some_and(|piece| piece.starts_with(b"HEAD "));
        self.reply(is_bodyless).await
    }

    /// Sends a part of a request.
    pub async fn send(&mut self, piece: &[u8]) -> Result<()> {
        Ok(self.stream.write_all(piece).await?)
    }

    /// Sends a whole request and reads the answer without keeping its body; returns the status and the length of the body.
    pub async fn discard(&mut self, request: &[u8]) -> Result<(u16, usize)> {
        let (status, length, left) = self.begin(request).await?;
        self.skip(left).await?;
        Ok((status, length))
    }

    /// Sends a whole request and reads the beginning of the answer; returns the status, the length of the body, and how much of it is left.
    pub async fn begin(&mut self, request: &[u8]) -> Result<(u16, usize, usize)> {
        self.stream.write_all(request).await?;
        let head = self.head(false).await?;
        Ok((head.status, head.end - head.body, head.end.saturating_sub(self.buffer.len())))
    }

    /// Reads at least so many bytes, of which nothing is kept; returns how many.
    pub async fn skip(&mut self, bytes: usize) -> Result<usize> {
        let mut skipped = 0;
        while skipped < bytes {
            self.buffer.clear();
            match self.stream.read_buf(&mut self.buffer).await? {
                0 => return Err("the server closed the connection".into()),
                read => skipped += read,
            }
        }
        Ok(skipped)
    }

    async fn reply(&mut self, is_bodyless: bool) -> Result<Reply<'_>> {
        let head = self.head(is_bodyless).await?;
        while self.buffer.len() < head.end {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed the connection".into());
            }
        }
        Ok(Reply {
            status: head.status,
            retry_after: head.retry_after,
            upload_offset: head.upload_offset,
            body: &self.buffer[head.body..head.end],
        })
    }

    /// Reads the head of an answer, perhaps with the beginning of its body.
    async fn head(&mut self, is_bodyless: bool) -> Result<Head> {
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed the connection".into());
            }
            if let Some(head) = head(&self.buffer, is_bodyless)? {
                return Ok(head);
            }
        }
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

/// None: the head is not complete yet. The answer to some requests has no body, whatever its length says.
fn head(buffer: &[u8], is_bodyless: bool) -> Result<Option<Head>> {
    let Some(end) = memmem::find(buffer, b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = str::from_utf8(&buffer[..end])?;
    let status = text.get(9..12).ok_or("an answer without a status")?.parse()?;
    let length: usize = match is_bodyless || status == NO_CONTENT {
        true => 0,
        false => number(text, "content-length").ok_or("an answer without a length")?,
    };
    let body = end + 4;
    Ok(Some(Head {
        status,
        retry_after: number(text, "retry-after"),
        upload_offset: number(text, "upload-offset"),
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
