//! A log that somebody else serves: which tiles show that it has the root that it signed and continues an earlier checkpoint, and the
//! judgement by them. Nothing in a tile is believed: it must lead to the signed roots.

use std::collections::HashMap;

use super::checkpoint::Checkpoint;
use super::files::LogError;
use super::tiles::Tile;
use super::tree::{Hash, join, root, split, verify_consistency};

/// Entries from the first to before the second.
type Range = (u64, u64);

/// The tiles that are read, by the size of the log, to judge it against a checkpoint of an earlier size.
pub fn needed_tiles(earlier: Option<u64>, size: u64) -> Vec<Tile> {
    let mut needed = Vec::new();
    let mut collect = |tile: Tile, _: usize, _: usize| {
        if !needed.contains(&tile) {
            needed.push(tile);
        }
        Some(Hash::default())
    };
    for range in proof_ranges(earlier.unwrap_or(0), size)
        .into_iter()
        .chain([(0, size)])
    {
        let _ = range_hash(range, size, &mut collect);
    }
    needed
}

/// Judges a log by its tiles: they lead to the root that it signed today, and show that it continues an earlier checkpoint.
///
/// # Errors
///
/// The log is shorter than the checkpoint, or has another beginning.
pub fn judge_tiles(
    earlier: Option<&Checkpoint>,
    today: &Checkpoint,
    tiles: &HashMap<Tile, Vec<u8>>,
) -> Result<(), LogError> {
    let size = today.size;
    let mut read = |tile: Tile, first: usize, count: usize| {
        let (hashes, rest) = tiles.get(&tile)?.as_chunks::<32>();
        let whole = hashes.len() == tile.width() && rest.is_empty();
        let hashes = hashes.get(first..first.checked_add(count)?)?;
        whole.then(|| root(hashes))
    };
    if range_hash((0, size), size, &mut read) != Some(today.root) {
        return Err(LogError::Rewritten(size));
    }
    let Some(earlier) = earlier else { return Ok(()) };
    if earlier.size > size {
        return Err(LogError::Cut {
            found: size,
            signed: earlier.size,
        });
    }
    let ranges = proof_ranges(earlier.size, size).into_iter();
    let proof: Option<Vec<_>> = ranges.map(|range| range_hash(range, size, &mut read)).collect();
    let before = (earlier.size, &earlier.root);
    let continues = proof.is_some_and(|proof| verify_consistency(before, (size, &today.root), &proof));
    if continues {
        Ok(())
    } else {
        Err(LogError::Rewritten(earlier.size))
    }
}

/// The ranges whose hashes are the proof that a tree of the second size continues one of the first (RFC 6962, section 2.1.2).
fn proof_ranges(first: u64, size: u64) -> Vec<Range> {
    let mut ranges = Vec::new();
    if first == 0 || first >= size {
        return ranges;
    }
    let (mut from, mut to, mut whole) = (0, size, true);
    while first != to {
        let half = split(to.saturating_sub(from)).saturating_add(from);
        if first <= half {
            ranges.push((half, to));
            to = half;
        } else {
            ranges.push((from, half));
            from = half;
            whole = false;
        }
    }
    if !whole {
        ranges.push((from, to));
    }
    ranges.reverse();
    ranges
}

/// The hash of a range, from the tiles of a log of this size. `read` gives the root over so many hashes of a tile from the first on.
fn range_hash(
    (from, to): Range,
    size: u64,
    read: &mut dyn FnMut(Tile, usize, usize) -> Option<Hash>,
) -> Option<Hash> {
    let count = to.checked_sub(from)?;
    if count == 0 {
        return Some(root(&[]));
    }
    if count.is_power_of_two() && from.is_multiple_of(count) {
        let (tile, first, count) = Tile::of_range(from, count, size)?;
        return read(tile, first, count);
    }
    let half = from.checked_add(split(count))?;
    let left = range_hash((from, half), size, read)?;
    let right = range_hash((half, to), size, read)?;
    Some(join(&left, &right))
}

#[cfg(test)]
mod tests {
    use super::super::tree::{consistency_proof, leaf_hash};
    use super::*;

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|at| leaf_hash(&at.to_be_bytes())).collect()
    }

    fn checkpoint(leaves: &[Hash]) -> Checkpoint {
        Checkpoint {
            origin: "registry.example/log".to_owned(),
            size: leaves.len() as u64,
            root: root(leaves),
        }
    }

    fn served(leaves: &[Hash], earlier: Option<u64>) -> HashMap<Tile, Vec<u8>> {
        needed_tiles(earlier, leaves.len() as u64)
            .into_iter()
            .map(|tile| (tile, tile.bytes(&[], leaves).expect("the log has such a tile")))
            .collect()
    }

    #[test]
    fn the_ranges_are_those_of_the_proof() {
        for size in 1..70 {
            let leaves = leaves(size);
            for first in 1..size {
                let ranges = proof_ranges(first as u64, size as u64);
                let hashes: Vec<_> = ranges
                    .into_iter()
                    .map(|(from, to)| {
                        root(&leaves[usize::try_from(from).unwrap()..usize::try_from(to).unwrap()])
                    })
                    .collect();
                assert_eq!(
                    Some(hashes),
                    consistency_proof(&leaves, first),
                    "{first} of {size}"
                );
            }
        }
    }

    #[test]
    fn a_log_continues_each_of_its_checkpoints_by_few_tiles() {
        let all = leaves(66_000);
        let small = [1, 2, 3, 255, 256, 257, 600]
            .into_iter()
            .flat_map(|size| [0, 1, 2, 255, 256, 257, 511, size].map(|first| (first, size)));
        for (first, size) in small.chain([(300, 66_000), (65_600, 66_000)]) {
            let Some(before) = all.get(..first).filter(|_| first <= size) else {
                continue;
            };
            let (before, today) = (checkpoint(before), checkpoint(&all[..size]));
            let tiles = served(&all[..size], Some(before.size));
            assert!(tiles.len() <= 8, "{} tiles for {first} of {size}", tiles.len());
            judge_tiles(Some(&before), &today, &tiles).unwrap();
            judge_tiles(None, &today, &served(&all[..size], None)).unwrap();
        }
    }

    /// The trees agree in everything that the root of today alone would ask for.
    #[test]
    fn a_log_that_was_rewritten_shows_it_by_its_tiles() {
        let honest = leaves(600);
        for at in [0, 255, 256, 299] {
            let before = checkpoint(&honest[..300]);
            let mut rewritten = honest.clone();
            rewritten[at] = [7; 32];
            let today = checkpoint(&rewritten);
            let judged = judge_tiles(Some(&before), &today, &served(&rewritten, Some(300)));
            assert!(matches!(judged, Err(LogError::Rewritten(300))), "{judged:?}");
            // It serves the old hashes where they are asked for, and the new ones elsewhere.
            let mut mixed = served(&rewritten, Some(300));
            mixed.extend(
                served(&honest, Some(300))
                    .into_iter()
                    .filter(|(tile, _)| tile.path().starts_with('0')),
            );
            assert!(judge_tiles(Some(&before), &today, &mixed).is_err(), "{at}");
        }
        let today = checkpoint(&honest[..200]);
        let judged = judge_tiles(
            Some(&checkpoint(&honest)),
            &today,
            &served(&honest[..200], Some(600)),
        );
        assert!(
            matches!(
                judged,
                Err(LogError::Cut {
                    found: 200,
                    signed: 600
                })
            ),
            "{judged:?}"
        );
        let judged = judge_tiles(None, &checkpoint(&honest), &HashMap::new());
        assert!(matches!(judged, Err(LogError::Rewritten(600))), "{judged:?}");
    }

    #[test]
    fn whatever_size_a_checkpoint_says_few_tiles_are_asked_for() {
        for size in [u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) + 1] {
            for earlier in [None, Some(1), Some(size / 3), Some(size)] {
                assert!(needed_tiles(earlier, size).len() < 40);
            }
        }
    }
}
