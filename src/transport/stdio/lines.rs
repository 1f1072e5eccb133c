//! Lines of a stream, as much of one as the cap allows.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Reads lines.
#[derive(Debug)]
pub(in crate::transport) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    /// The number of bytes of the buffer that are known to hold no end of a line.
    searched: usize,
}

/// The next part of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::transport) enum Next {
    /// A line, without its end.
    Line(Vec<u8>),
    /// A line over the cap, as far as it was read.
    TooLarge(Vec<u8>),
    /// The end, and what stood before it without the end of a line.
    End(Vec<u8>),
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(in crate::transport) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            searched: 0,
        }
    }

    /// The next line of at most `cap` bytes.
    pub(in crate::transport) async fn next(&mut self, cap: usize) -> io::Result<Next> {
        loop {
            let found = self.buffer[self.searched..]
                .iter()
                .position(|byte| *byte == b'\n')
                .map(|at| at + self.searched);
            match found {
                Some(at) if at <= cap => {
                    let mut line: Vec<u8> = self.buffer.drain(..=at).collect();
                    line.pop();
                    self.searched = 0;
                    return Ok(Next::Line(line));
                }
                None if self.buffer.len() <= cap => self.searched = self.buffer.len(),
                _ => return Ok(Next::TooLarge(std::mem::take(&mut self.buffer))),
            }
            if self.reader.read_buf(&mut self.buffer).await? == 0 {
                return Ok(Next::End(std::mem::take(&mut self.buffer)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_end_with_a_line_feed_and_at_the_cap() {
        let mut lines = Lines::new(b"one\n\n12345\nrest".as_slice());
        for expected in [
            Next::Line(b"one".to_vec()),
            Next::Line(Vec::new()),
            Next::Line(b"12345".to_vec()),
            Next::End(b"rest".to_vec()),
        ] {
            assert_eq!(lines.next(5).await.unwrap(), expected);
        }
        for text in [b"123456\n".as_slice(), b"123456"] {
            let mut lines = Lines::new(text);
            assert!(matches!(lines.next(5).await.unwrap(), Next::TooLarge(_)));
        }
    }
}
