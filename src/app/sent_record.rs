//! The record of an upload, read piece by piece.

use std::io::{self, Cursor, Read};

use sha2::{Digest, Sha256};

use crate::model::{RunId, hex};
use crate::publish::TokenRecord;
use crate::store::{StoreError, UploadStore, Wait};

/// The first `length` bytes of an upload. One piece is in memory at once.
pub(super) struct SentRecord<'s> {
    store: &'s dyn UploadStore,
    token: &'s str,
    run: &'s RunId,
    length: u64,
    /// Where the next piece begins.
    next: u64,
    piece: Cursor<Vec<u8>>,
    hash: Sha256,
    unread: Option<Unread>,
}

/// The reason why a record cannot be read to its end.
#[derive(Debug)]
pub(super) enum Unread {
    /// The store has failed.
    Failed(StoreError),
    /// A piece is not there any more.
    Gone,
}

impl<'s> SentRecord<'s> {
    pub(super) fn new(
        store: &'s dyn UploadStore,
        token: &'s TokenRecord,
        run: &'s RunId,
        length: u64,
    ) -> Self {
        Self {
            store,
            token: &token.id,
            run,
            length,
            next: 0,
            piece: Cursor::default(),
            hash: Sha256::new(),
            unread: None,
        }
    }

    /// Reads the rest. Returns the SHA-256 of the whole record, in hex.
    pub(super) fn digest(mut self) -> Result<String, Unread> {
        while self.unread.is_none() && self.next < self.length {
            // The reason is kept.
            let _ = self.turn();
        }
        match self.unread {
            Some(unread) => Err(unread),
            None => Ok(hex(&self.hash.finalize())),
        }
    }

    /// Takes the next piece.
    fn turn(&mut self) -> io::Result<()> {
        let unread = match self.store.upload_piece(self.token, self.run, self.next).wait() {
            Ok(Some(piece)) if !piece.is_empty() => {
                self.next += piece.len() as u64;
                self.hash.update(&piece);
                self.piece = Cursor::new(piece);
                return Ok(());
            }
            Ok(_) => Unread::Gone,
            Err(error) => Unread::Failed(error),
        };
        self.unread = Some(unread);
        Err(io::Error::other("a piece cannot be read"))
    }
}

impl Read for SentRecord<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.piece.read(buffer)?;
        if read > 0 || buffer.is_empty() || self.next >= self.length {
            return Ok(read);
        }
        self.turn()?;
        self.piece.read(buffer)
    }
}
