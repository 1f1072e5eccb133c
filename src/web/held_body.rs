//! Bodies of responses that wait in memory for slow visitors: so many bytes at one time, and no more.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The largest body that is not counted.
const SMALL: usize = 64 * 1024;
/// The bytes of larger bodies that wait at one time, in pieces.
const MOST_PIECES: usize = 256 * 1024 * 1024 / SMALL;

static FREE: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(MOST_PIECES)));

/// The bytes of a body, handed out in pieces as the visitor takes them.
struct HeldBody {
    left: Bytes,
    _pieces: OwnedSemaphorePermit,
}

/// The body of a response. None if too many bytes wait for other visitors.
pub(super) fn held(bytes: Bytes) -> Option<Body> {
    held_in(&FREE, bytes)
}

fn held_in(free: &Arc<Semaphore>, bytes: Bytes) -> Option<Body> {
    if bytes.len() <= SMALL {
        return Some(Body::from(bytes));
    }
    let pieces = u32::try_from(bytes.len().div_ceil(SMALL)).ok()?;
    let pieces = Arc::clone(free).try_acquire_many_owned(pieces).ok()?;
    Some(Body::new(HeldBody {
        left: bytes,
        _pieces: pieces,
    }))
}

impl HttpBody for HeldBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let left = &mut self.get_mut().left;
        let piece = left.split_to(left.len().min(SMALL));
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn large_bodies_wait_for_their_turn_and_small_ones_never_do() {
        let free = Arc::new(Semaphore::new(4));
        let large = Bytes::from(vec![7; 3 * SMALL + 1]);
        let first = held_in(&free, large.clone()).unwrap();
        assert!(held_in(&free, large.clone()).is_none());
        assert!(held_in(&free, Bytes::from_static(b"small")).is_some());
        assert_eq!(to_bytes(first, usize::MAX).await.unwrap(), large);
        assert!(held_in(&free, large).is_some());
    }
}
