//! Turns at the gateway: one at a time for each invoice. A gateway that ignores keys against repeats would else be asked twice.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

/// The number of locks that are kept before those that nobody holds are let go.
const MANY: usize = 1000;

/// The turns of all invoices.
#[derive(Default)]
pub(crate) struct Locks(Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>);

impl Locks {
    /// Waits for the turn of an invoice, and keeps it as long as what is returned.
    pub(crate) async fn turn(&self, invoice: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.0.lock();
            if locks.len() >= MANY {
                locks.retain(|_, lock| lock.strong_count() > 0);
            }
            let kept = locks.get(invoice).and_then(Weak::upgrade);
            kept.unwrap_or_else(|| {
                let lock = Arc::default();
                locks.insert(invoice.to_owned(), Arc::downgrade(&lock));
                lock
            })
        };
        lock.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_turn_is_waited_for_by_the_same_invoice_alone() {
        let locks = Locks::default();
        let held = locks.turn("a").await;
        let _other = locks.turn("b").await;
        let mut second = std::pin::pin!(locks.turn("a"));
        assert!(poll(&mut second).is_none());
        drop(held);
        assert!(poll(&mut second).is_some());
    }

    fn poll<F: Future>(future: &mut std::pin::Pin<&mut F>) -> Option<F::Output> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        }
    }
}
