//! Tiles (C2SP `tlog-tiles`): the log as files that never change, from which anybody makes any proof.

use std::str::FromStr;

use super::tree::{self, root};

/// The number of hashes, or of entries, of a full tile.
pub const TILE_WIDTH: usize = 256;

/// The level of the bundles of entries.
const ENTRIES: &str = "entries";

/// The name of a tile: its path after `tile/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tile {
    /// The level. None for a bundle of entries.
    level: Option<u8>,
    index: u64,
    width: usize,
}

impl FromStr for Tile {
    type Err = ();

    /// Reads a path such as `0/x001/067` or `entries/000.p/5`. There is one spelling of each.
    fn from_str(path: &str) -> Result<Self, ()> {
        let (level, rest) = path.split_once('/').ok_or(())?;
        let level = match level {
            ENTRIES => None,
            level => Some(
                number(level)
                    .filter(|level| *level < 64)
                    .and_then(|level| u8::try_from(level).ok())
                    .ok_or(())?,
            ),
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => {
                let width = number(width).and_then(|width| usize::try_from(width).ok());
                (
                    index,
                    width.filter(|width| (1..TILE_WIDTH).contains(width)).ok_or(())?,
                )
            }
            None => (rest, TILE_WIDTH),
        };
        let mut value: u64 = 0;
        let mut parts = index.split('/').peekable();
        while let Some(part) = parts.next() {
            let digits = if parts.peek().is_some() {
                part.strip_prefix('x').ok_or(())?
            } else {
                part
            };
            if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(());
            }
            let digits: u64 = digits.parse().map_err(|_| ())?;
            value = value
                .checked_mul(1000)
                .and_then(|value| value.checked_add(digits))
                .ok_or(())?;
        }
        let tile = Self {
            level,
            index: value,
            width,
        };
        if tile.path() == path { Ok(tile) } else { Err(()) }
    }
}

fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

impl Tile {
    /// The tiles of leaf hashes of a log of this size, in order.
    pub fn of_leaves(size: u64) -> impl Iterator<Item = Self> {
        let wide = TILE_WIDTH as u64;
        (0..size.div_ceil(wide)).map(move |index| Self {
            level: Some(0),
            index,
            width: usize::try_from(size.saturating_sub(index.saturating_mul(wide)).min(wide))
                .unwrap_or(TILE_WIDTH),
        })
    }

    /// The tile of a log of this size in which the hashes lie whose root is that of so many entries from the first on, and their place in
    /// it: the first and their number. The entries are a complete tree: a power of two in number, beginning at a multiple of it.
    pub(super) fn of_range(first: u64, count: u64, size: u64) -> Option<(Self, usize, usize)> {
        let wide = TILE_WIDTH as u64;
        let level = count.checked_ilog2()?.checked_div(wide.ilog2())?;
        let span = wide.checked_pow(level)?;
        let (at, all) = (first.checked_div(span)?, size.checked_div(span)?);
        let index = at.checked_div(wide)?;
        let width = all.checked_sub(index.checked_mul(wide)?)?.min(wide);
        let tile = Self {
            level: Some(u8::try_from(level).ok()?),
            index,
            width: usize::try_from(width).ok()?,
        };
        Some((
            tile,
            usize::try_from(at.checked_rem(wide)?).ok()?,
            usize::try_from(count.checked_div(span)?).ok()?,
        ))
    }

    /// The number of its hashes, or of its entries.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The path of the tile after `tile/`.
    pub fn path(&self) -> String {
        let mut path = format!("{:03}", self.index % 1000);
        let mut rest = self.index / 1000;
        while rest > 0 {
            path = format!("x{:03}/{path}", rest % 1000);
            rest /= 1000;
        }
        let level = self
            .level
            .map_or_else(|| ENTRIES.to_owned(), |level| level.to_string());
        let partial = if self.width < TILE_WIDTH {
            format!(".p/{}", self.width)
        } else {
            String::new()
        };
        format!("{level}/{path}{partial}")
    }

    /// The bytes of the tile in a log with these entries. None if the log has not so many.
    pub fn bytes(&self, entries: &[&[u8]], leaves: &[tree::Hash]) -> Option<Vec<u8>> {
        let first = usize::try_from(self.index).ok()?.checked_mul(TILE_WIDTH)?;
        let end = first.checked_add(self.width)?;
        let Some(level) = self.level else {
            let mut bytes = Vec::new();
            for entry in entries.get(first..end)? {
                let length = u16::try_from(entry.len()).ok()?;
                bytes.extend_from_slice(&length.to_be_bytes());
                bytes.extend_from_slice(entry);
            }
            return Some(bytes);
        };
        let span = TILE_WIDTH.checked_pow(u32::from(level))?;
        let hashes = (first..end).map(|at| {
            let from = at.checked_mul(span)?;
            Some(root(leaves.get(from..from.checked_add(span)?)?))
        });
        Some(hashes.collect::<Option<Vec<_>>>()?.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::leaf_hash;
    use super::*;

    #[test]
    fn a_path_has_one_spelling() {
        for path in [
            "0/000",
            "0/000.p/1",
            "0/x001/x234/067",
            "63/000",
            "entries/000.p/255",
            "entries/x001/000",
        ] {
            let tile: Tile = path.parse().unwrap();
            assert_eq!(tile.path(), path);
        }
        for path in [
            "",
            "0",
            "0/",
            "0/0",
            "0/0000",
            "00/000",
            "64/000",
            "-1/000",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/01",
            "0/x000/000",
            "0/001/000",
            "0/x001",
            "0/000/",
            "data/000",
            "0/../000",
            "0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert!(path.parse::<Tile>().is_err(), "{path}");
        }
    }

    #[test]
    fn a_log_of_seventy_thousand_entries_has_the_tiles_of_the_specification() {
        let entries = vec![&b"x"[..]; 70_000];
        let leaves = vec![leaf_hash(b"x"); 70_000];
        let bytes = |path: &str| path.parse::<Tile>().unwrap().bytes(&entries, &leaves);
        for (path, length) in [
            ("0/000", Some(8192)),
            ("0/272", Some(8192)),
            ("0/273.p/112", Some(112 * 32)),
            ("0/273.p/113", None),
            ("0/273", None),
            ("1/000", Some(8192)),
            ("1/001.p/17", Some(17 * 32)),
            ("2/000.p/1", Some(32)),
            ("2/000.p/2", None),
            ("3/000.p/1", None),
            ("entries/273.p/112", Some(112 * 3)),
        ] {
            assert_eq!(bytes(path).map(|bytes| bytes.len()), length, "{path}");
        }
        assert_eq!(bytes("2/000.p/1").unwrap(), root(&leaves[..65_536]));
        assert_eq!(Tile::of_leaves(70_000).last().unwrap().path(), "0/273.p/112");
    }
}
