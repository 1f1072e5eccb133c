//! A connection that ends when the visitor takes nothing for too long, so that one who reads slowly does not keep his place for ever.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// The time within which a visitor has to take some of a response.
const STALLED: Duration = Duration::from_secs(30);
/// The time for which a visitor may hold up a response in all.
const HELD_UP: Duration = Duration::from_secs(300);

/// A stream whose writes end in an error when they make no progress in time.
pub(super) struct TimedStream<S> {
    inner: S,
    /// The end of the present wait for the visitor. None while nothing waits.
    waiting: Option<Pin<Box<Sleep>>>,
    /// The time for which the visitor held up responses before.
    held_up: Duration,
    since: Instant,
}

impl<S> TimedStream<S> {
    pub(super) fn new(inner: S) -> Self {
        Self {
            inner,
            waiting: None,
            held_up: Duration::ZERO,
            since: Instant::now(),
        }
    }

    /// Passes on what a write said, unless it waits for too long.
    fn timed<T>(&mut self, context: &mut Context<'_>, wrote: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if wrote.is_ready() {
            if self.waiting.take().is_some() {
                self.held_up += self.since.elapsed();
            }
            return wrote;
        }
        let waiting = self.waiting.get_or_insert_with(|| {
            self.since = Instant::now();
            let left = HELD_UP.saturating_sub(self.held_up);
            Box::pin(sleep(STALLED.min(left)))
        });
        match waiting.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TimedStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimedStream<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let wrote = Pin::new(&mut this.inner).poll_write(context, bytes);
        this.timed(context, wrote)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let wrote = Pin::new(&mut this.inner).poll_write_vectored(context, bytes);
        this.timed(context, wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.inner).poll_flush(context);
        this.timed(context, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}
