//! The Merkle tree of RFC 6962 with SHA-256: its root, and the proofs that an entry is in it and that a later tree continues an earlier one.

use sha2::{Digest, Sha256};

/// A hash of the tree.
pub type Hash = [u8; 32];

/// The hash of an entry (RFC 6962, section 2.1).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0])
        .chain_update(entry)
        .finalize()
        .into()
}

/// The hash over two neighbours, each the root of a tree.
pub(super) fn join(left: &Hash, right: &Hash) -> Hash {
    node_hash(left, right)
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let hash = Sha256::new().chain_update([1]).chain_update(left);
    hash.chain_update(right).finalize().into()
}

/// The root of the tree over these hashes of entries.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(half_of(leaves));
            node_hash(&root(left), &root(right))
        }
    }
}

/// The largest power of two below a number of at least two leaves.
pub(super) fn split(count: u64) -> u64 {
    let last = count.saturating_sub(1).max(1);
    1 << last.ilog2()
}

/// The number of leaves in the left half of a tree.
fn half_of(leaves: &[Hash]) -> usize {
    usize::try_from(split(leaves.len() as u64)).unwrap_or(leaves.len())
}

/// The proof that the entry at `index` is in the tree, from the leaf to the root (RFC 6962, section 2.1.1). None if there is no such entry.
pub fn inclusion_proof(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    match leaves {
        [] => None,
        [_] => (index == 0).then(Vec::new),
        _ => {
            let half = half_of(leaves);
            let (left, right) = leaves.split_at(half);
            let (mut proof, sibling) = match index.checked_sub(half) {
                None => (inclusion_proof(left, index)?, root(right)),
                Some(index) => (inclusion_proof(right, index)?, root(left)),
            };
            proof.push(sibling);
            Some(proof)
        }
    }
}

/// Returns true if the proof shows that `leaf` is the entry at `index` of the tree with this size and root (RFC 9162, section 2.1.3.2).
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], expected: &Hash) -> bool {
    let (mut node, mut last) = match size.checked_sub(1) {
        Some(last) if index <= last => (index, last),
        _ => return false,
    };
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if !node.is_multiple_of(2) || node == last {
            hash = node_hash(sibling, &hash);
            while node != 0 && node.is_multiple_of(2) {
                node /= 2;
                last /= 2;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node /= 2;
        last /= 2;
    }
    last == 0 && hash == *expected
}

/// The proof that the tree over these leaves continues the one over the first `first` of them (RFC 6962, section 2.1.2). None if there
/// are not so many.
pub fn consistency_proof(leaves: &[Hash], first: usize) -> Option<Vec<Hash>> {
    if first > leaves.len() {
        return None;
    }
    if first == 0 || first == leaves.len() {
        return Some(Vec::new());
    }
    Some(subproof(leaves, first, true))
}

fn subproof(leaves: &[Hash], first: usize, whole: bool) -> Vec<Hash> {
    if first == leaves.len() {
        return if whole { Vec::new() } else { vec![root(leaves)] };
    }
    let half = half_of(leaves);
    let (left, right) = leaves.split_at(half);
    let (mut proof, sibling) = match first.checked_sub(half) {
        None | Some(0) => (subproof(left, first, whole), root(right)),
        Some(first) => (subproof(right, first, false), root(left)),
    };
    proof.push(sibling);
    proof
}

/// Returns true if the proof shows that the tree with the second size and root continues the first (RFC 9162, section 2.1.4.2).
pub fn verify_consistency(first: (u64, &Hash), second: (u64, &Hash), proof: &[Hash]) -> bool {
    let ((first, first_root), (second, second_root)) = (first, second);
    if first > second {
        return false;
    }
    if first == second {
        return proof.is_empty() && first_root == second_root;
    }
    if first == 0 {
        return proof.is_empty() && *first_root == root(&[]);
    }
    let mut hashes = proof.iter();
    // A first tree that is complete is a node of the second: its root begins the proof.
    let start = if first.is_power_of_two() {
        Some(first_root)
    } else {
        hashes.next()
    };
    let Some(start) = start else {
        return false;
    };
    let (mut node, mut last) = (first.saturating_sub(1), second.saturating_sub(1));
    while !node.is_multiple_of(2) {
        node /= 2;
        last /= 2;
    }
    let (mut of_first, mut of_second) = (*start, *start);
    for hash in hashes {
        if last == 0 {
            return false;
        }
        if !node.is_multiple_of(2) || node == last {
            of_first = node_hash(hash, &of_first);
            of_second = node_hash(hash, &of_second);
            while node != 0 && node.is_multiple_of(2) {
                node /= 2;
                last /= 2;
            }
        } else {
            of_second = node_hash(&of_second, hash);
        }
        node /= 2;
        last /= 2;
    }
    last == 0 && of_first == *first_root && of_second == *second_root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hex;

    /// The entries and roots of the test of Certificate Transparency's own library (`merkle_tree_test.cc`).
    const ENTRIES: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|at| leaf_hash(&at.to_be_bytes())).collect()
    }

    #[test]
    fn the_roots_are_those_of_certificate_transparency() {
        let leaves: Vec<_> = ENTRIES.iter().map(|entry| leaf_hash(entry)).collect();
        for (count, expected) in (1..).zip(ROOTS) {
            assert_eq!(hex(&root(&leaves[..count])), expected);
        }
        assert_eq!(
            hex(&root(&[])),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn every_entry_is_proven_in_every_tree_and_no_other_in_its_place() {
        for count in 1..40 {
            let leaves = leaves(count);
            let (size, root) = (count as u64, root(&leaves));
            for (at, leaf) in leaves.iter().enumerate() {
                let proof = inclusion_proof(&leaves, at).unwrap();
                let index = at as u64;
                assert!(verify_inclusion(leaf, index, size, &proof, &root));
                assert!(!verify_inclusion(&[7; 32], index, size, &proof, &root));
                assert!(!verify_inclusion(leaf, index, size, &proof, &[7; 32]));
                assert!(!verify_inclusion(leaf, size, size, &proof, &root));
                if count > 1 {
                    assert!(!verify_inclusion(leaf, (index + 1) % size, size, &proof, &root));
                    assert!(!verify_inclusion(leaf, index, size, &proof[1..], &root));
                }
                let longer = [&proof[..], &[[0; 32]]].concat();
                assert!(!verify_inclusion(leaf, index, size, &longer, &root));
            }
            assert_eq!(inclusion_proof(&leaves, count), None);
        }
    }

    #[test]
    fn every_tree_continues_every_earlier_one_and_none_that_was_rewritten() {
        for count in 1..40 {
            let leaves = leaves(count);
            let whole = root(&leaves);
            for first in 0..=count {
                let proof = consistency_proof(&leaves, first).unwrap();
                let before = root(&leaves[..first]);
                let holds = |before: &Hash, proof: &[Hash]| {
                    verify_consistency((first as u64, before), (count as u64, &whole), proof)
                };
                assert!(holds(&before, &proof), "{first} of {count}");
                assert!(!holds(&[7; 32], &proof));
                assert!(!holds(&before, &[&proof[..], &[[0; 32]]].concat()));
                if first > 0 && first < count {
                    let mut rewritten = leaves.clone();
                    rewritten[0] = [9; 32];
                    let other = root(&rewritten);
                    let proof = consistency_proof(&rewritten, first).unwrap();
                    let second = (count as u64, &other);
                    assert!(!verify_consistency((first as u64, &before), second, &proof));
                }
            }
            assert_eq!(consistency_proof(&leaves, count + 1), None);
        }
    }
}
