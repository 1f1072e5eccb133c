//! The transparency log of a registry: an append-only list of the certificates, countersignatures and revocations that it made public.
//!
//! It owns the Merkle tree (RFC 6962), the signed checkpoints (C2SP signed-note and tlog-checkpoint), the proofs of inclusion (C2SP
//! tlog-proof), the tiles (C2SP tlog-tiles), and the files in which a log is kept. It refuses to judge certificates.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "what comes from outside must not make it panic"
    )
)]

mod checkpoint;
mod entry;
mod files;
mod note;
mod proof;
mod served;
mod tiles;
mod tree;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use entry::{Certified, Entry, EntryKind, Revoked};
pub use files::{Log, LogError};
pub use note::NoteError;
pub use proof::{LogProof, PROOF_SUFFIX, ProofError};
pub use served::{judge_tiles, needed_tiles};
pub use tiles::{TILE_WIDTH, Tile};
pub use tree::{
    Hash, consistency_proof, inclusion_proof, leaf_hash, root, verify_consistency, verify_inclusion,
};
