// SPDX-License-Identifier: MIT OR Apache-2.0
//! As much of HTTP/1.1 as carries IPP: one POST and its answer a connection. No I/O, bounded.
//!
//! An own reader instead of an HTTP client, because what becomes of a job depends on how many bytes of it left, and a
//! call must end when it is called back; the head lines are parsed by `httparse`.

use std::fmt;

use thiserror::Error;

/// Longest head of a message.
pub const MAX_HEAD_BYTES: usize = 16 * 1024;

/// Longest line that says how long a chunk is.
const MAX_CHUNK_LINE_BYTES: usize = 256;

/// Most head lines.
const MAX_HEADERS: usize = 64;

/// Something that is no answer, or no request, that carries IPP.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum HttpError {
    /// The head is not of HTTP/1.
    #[error("the head is not of HTTP/1")]
    Head,
    /// The head is longer than [`MAX_HEAD_BYTES`].
    #[error("the head is longer than {MAX_HEAD_BYTES} bytes")]
    LongHead,
    /// The length is missing, said twice in different ways, or wrong.
    #[error("the length of the body is not said, or said wrongly")]
    Length,
    /// The body is longer than the reader takes.
    #[error("the body is longer than {0} bytes")]
    TooLong(usize),
    /// The server answered with a status other than 200.
    #[error("HTTP status {0}")]
    Status(u16),
    /// The connection ended within the message.
    #[error("the connection ended within the message")]
    Short,
}

/// The head of the POST that carries `length` bytes to `path` at `host`.
#[must_use]
pub fn request_head(host: &str, path: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/ipp\r\nContent-Length: {length}\r\n\
         Accept: application/ipp\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
    )
}

/// The head of an answer with `length` bytes.
#[must_use]
pub fn answer_head(length: usize) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: {length}\r\n\r\n")
}

/// Which side of a message is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What a server answers. Interim answers (100) are passed over.
    Answer,
    /// What a client asks.
    Request,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Head,
    /// So many bytes are to come.
    Length(usize),
    /// The line that says how long the next chunk is.
    ChunkLine,
    /// So many bytes of a chunk are to come, and its line end.
    Chunk(usize),
    /// Lines after the last chunk, up to an empty one.
    Trailer,
    /// Until the connection ends.
    UntilEnd,
    Done,
}

/// Reads one message after the other in whatever pieces they come.
pub struct HttpReader {
    side: Side,
    most_bytes: usize,
    stage: Stage,
    pending: Vec<u8>,
    body: Vec<u8>,
    expects_continue: bool,
}

impl fmt::Debug for HttpReader {
    /// Shows nothing of the body, which may be a document.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HttpReader({:?}, {:?}, {} bytes of body)", self.side, self.stage, self.body.len())
    }
}

impl HttpReader {
    /// A reader that takes bodies of up to `most_bytes`.
    #[must_use]
    pub fn new(side: Side, most_bytes: usize) -> Self {
        let (pending, body) = (Vec::new(), Vec::new());
        Self { side, most_bytes, stage: Stage::Head, pending, body, expects_continue: false }
    }

    /// Takes bytes. The body of a message when it is whole; what came after it is kept for the next call.
    ///
    /// # Errors
    /// What is wrong; the reader cannot be used any more then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Option<Vec<u8>>, HttpError> {
        self.pending.extend_from_slice(bytes);
        loop {
            let moved = match self.stage {
                Stage::Head => self.head()?,
                Stage::Length(left) => {
                    let left = self.body_bytes(left)?;
                    self.stage = if left == 0 { Stage::Done } else { Stage::Length(left) };
                    left == 0
                }
                Stage::UntilEnd => {
                    self.body_bytes(usize::MAX)?;
                    false
                }
                Stage::ChunkLine => self.chunk_line()?,
                Stage::Chunk(left) => {
                    let left = self.body_bytes(left)?;
                    self.stage = Stage::Chunk(left);
                    left == 0 && self.line_end()?
                }
                Stage::Trailer => self.trailer()?,
                Stage::Done => {
                    self.stage = Stage::Head;
                    return Ok(Some(std::mem::take(&mut self.body)));
                }
            };
            if !moved {
                return Ok(None);
            }
        }
    }

    /// The connection has ended. The body, where only its end says how long it is.
    ///
    /// # Errors
    /// [`HttpError::Short`].
    pub fn end(&mut self) -> Result<Vec<u8>, HttpError> {
        match self.stage {
            Stage::UntilEnd => {
                self.stage = Stage::Head;
                Ok(std::mem::take(&mut self.body))
            }
            _ => Err(HttpError::Short),
        }
    }

    /// Whether the client waits for `100 Continue` before it sends the body; true once.
    pub fn take_expectation(&mut self) -> bool {
        std::mem::take(&mut self.expects_continue)
    }

    /// Moves what is there of `left` bytes to the body; what is still to come.
    fn body_bytes(&mut self, left: usize) -> Result<usize, HttpError> {
        let count = left.min(self.pending.len());
        if self.body.len() + count > self.most_bytes {
            return Err(HttpError::TooLong(self.most_bytes));
        }
        self.body.extend(self.pending.drain(..count));
        Ok(left - count)
    }

    fn head(&mut self) -> Result<bool, HttpError> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let head = self.pending.get(..self.pending.len().min(MAX_HEAD_BYTES)).unwrap_or_default();
        let (length, status, headers) = match self.side {
            Side::Answer => {
                let mut answer = httparse::Response::new(&mut headers);
                let length = answer.parse(head).map_err(|_| HttpError::Head)?;
                (length, answer.code, answer.headers)
            }
            Side::Request => {
                let mut request = httparse::Request::new(&mut headers);
                let length = request.parse(head).map_err(|_| HttpError::Head)?;
                (length, None, request.headers)
            }
        };
        let httparse::Status::Complete(length) = length else {
            return if self.pending.len() >= MAX_HEAD_BYTES { Err(HttpError::LongHead) } else { Ok(false) };
        };
        match status {
            Some(100..=199) => {
                self.pending.drain(..length);
                return Ok(true);
            }
            None | Some(200) => {}
            Some(status) => return Err(HttpError::Status(status)),
        }
        let stage = stage(headers, self.side)?;
        self.expects_continue =
            headers.iter().any(|header| header.name.eq_ignore_ascii_case("expect") && header.value == b"100-continue");
        if let Stage::Length(bytes) = stage
            && bytes > self.most_bytes
        {
            return Err(HttpError::TooLong(self.most_bytes));
        }
        self.stage = stage;
        self.pending.drain(..length);
        Ok(true)
    }

    /// One line, without its end; `None` when it is not there in full.
    fn line(&mut self) -> Result<Option<Vec<u8>>, HttpError> {
        let Some(at) = self.pending.iter().take(MAX_CHUNK_LINE_BYTES).position(|byte| *byte == b'\n') else {
            return if self.pending.len() < MAX_CHUNK_LINE_BYTES { Ok(None) } else { Err(HttpError::Length) };
        };
        let mut line: Vec<u8> = self.pending.drain(..=at).collect();
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some(line))
    }

    fn chunk_line(&mut self) -> Result<bool, HttpError> {
        let Some(line) = self.line()? else { return Ok(false) };
        let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
        let digits = std::str::from_utf8(digits).map_err(|_| HttpError::Length)?.trim();
        // `from_str_radix` takes a sign.
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(HttpError::Length);
        }
        let bytes = usize::from_str_radix(digits, 16).map_err(|_| HttpError::Length)?;
        if bytes > self.most_bytes {
            return Err(HttpError::TooLong(self.most_bytes));
        }
        self.stage = if bytes == 0 { Stage::Trailer } else { Stage::Chunk(bytes) };
        Ok(true)
    }

    fn line_end(&mut self) -> Result<bool, HttpError> {
        match self.line()? {
            Some(line) if line.is_empty() => {
                self.stage = Stage::ChunkLine;
                Ok(true)
            }
            Some(_) => Err(HttpError::Length),
            None => Ok(false),
        }
    }

    fn trailer(&mut self) -> Result<bool, HttpError> {
        match self.line()? {
            Some(line) => {
                if line.is_empty() {
                    self.stage = Stage::Done;
                }
                Ok(true)
            }
            None => Ok(false),
        }
    }
}

/// How the length of the body is said.
fn stage(headers: &[httparse::Header<'_>], side: Side) -> Result<Stage, HttpError> {
    let values = |name: &'static str| {
        headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
    };
    let mut length = None;
    for value in values("content-length") {
        let text = std::str::from_utf8(value).map_err(|_| HttpError::Length)?.trim();
        let bytes = text.parse::<usize>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        let bytes = bytes.ok_or(HttpError::Length)?;
        if length.is_some_and(|length| length != bytes) {
            return Err(HttpError::Length);
        }
        length = Some(bytes);
    }
    let chunked = values("transfer-encoding").next_back().map(|value| value.eq_ignore_ascii_case(b"chunked"));
    match (chunked, length, side) {
        (Some(true), None, _) => Ok(Stage::ChunkLine),
        (None, Some(bytes), _) => Ok(Stage::Length(bytes)),
        (None, None, Side::Answer) => Ok(Stage::UntilEnd),
        (None, None, Side::Request) => Ok(Stage::Length(0)),
        _ => Err(HttpError::Length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 1000;

    /// Reads in pieces of every length; all must come to the same.
    fn read(side: Side, bytes: &[u8]) -> Result<Option<Vec<u8>>, HttpError> {
        let in_pieces = |length: usize| {
            let mut reader = HttpReader::new(side, MOST);
            for piece in bytes.chunks(length) {
                if let Some(body) = reader.push(piece)? {
                    return Ok(Some(body));
                }
            }
            Ok(None)
        };
        let whole = in_pieces(bytes.len().max(1));
        for length in 1..20 {
            assert_eq!(in_pieces(length), whole, "in pieces of {length}");
        }
        whole
    }

    #[test]
    fn bodies_of_both_kinds_are_read() {
        let own = [answer_head(5).as_bytes(), b"hello"].concat();
        assert_eq!(read(Side::Answer, &own), Ok(Some(b"hello".to_vec())));
        let chunked = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                        3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nX: y\r\n\r\n";
        assert_eq!(read(Side::Answer, chunked), Ok(Some(b"hello".to_vec())));
        let request = [request_head("printer", "/ipp/print", 2).as_bytes(), b"ab"].concat();
        assert_eq!(read(Side::Request, &request), Ok(Some(b"ab".to_vec())));
    }

    #[test]
    fn a_body_may_end_with_the_connection() {
        let mut reader = HttpReader::new(Side::Answer, MOST);
        assert_eq!(reader.push(b"HTTP/1.0 200 OK\r\n\r\nhel"), Ok(None));
        assert_eq!(reader.push(b"lo"), Ok(None));
        assert_eq!(reader.end(), Ok(b"hello".to_vec()));
        let mut reader = HttpReader::new(Side::Answer, MOST);
        assert_eq!(reader.push(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"), Ok(None));
        assert_eq!(reader.end(), Err(HttpError::Short));
    }

    #[test]
    fn rubbish_is_refused() {
        let answer =
            |head: &str| read(Side::Answer, format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\nxxxxxxxxxx\r\n").as_bytes());
        assert_eq!(read(Side::Answer, b"\x00\x01"), Err(HttpError::Head));
        assert_eq!(read(Side::Answer, b"HTTP/1.1 404 No\r\n\r\n"), Err(HttpError::Status(404)));
        assert_eq!(answer("Content-Length: -1"), Err(HttpError::Length));
        assert_eq!(answer("Content-Length: 1\r\nContent-Length: 2"), Err(HttpError::Length));
        assert_eq!(answer("Content-Length: 1\r\nTransfer-Encoding: chunked"), Err(HttpError::Length));
        assert_eq!(answer("Content-Length: 1001"), Err(HttpError::TooLong(MOST)));
        assert_eq!(answer("Transfer-Encoding: chunked"), Err(HttpError::Length));
        let long = format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(MAX_HEAD_BYTES));
        let mut reader = HttpReader::new(Side::Answer, MOST);
        assert_eq!(reader.push(long.as_bytes()), Err(HttpError::LongHead));
    }
}
