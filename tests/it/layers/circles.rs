//! Finds circles of files that refer to each other.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Reference, Source};

/// Files by path, each with the files that it refers to and the line where it does so first.
pub(super) type Graph = BTreeMap<String, BTreeMap<String, usize>>;

/// Draws which file refers to which. A name that a table of contents hands on belongs to the file that it comes from.
pub(super) fn graph(sources: &BTreeMap<String, Source>) -> Graph {
    let files: BTreeMap<&[String], &str> = sources
        .iter()
        .map(|(path, source)| (source.module.as_slice(), path.as_str()))
        .collect();
    let resolver = Resolver { sources, files };
    sources
        .iter()
        .map(|(path, source)| {
            let mut to = BTreeMap::new();
            for Reference { line, path: named } in &source.references {
                if let Some(file) = resolver.file_of(named, 0)
                    && file != path
                {
                    to.entry(file.to_owned()).or_insert(*line);
                }
            }
            (path.clone(), to)
        })
        .collect()
}

struct Resolver<'a> {
    sources: &'a BTreeMap<String, Source>,
    /// The file of each module.
    files: BTreeMap<&'a [String], &'a str>,
}

impl<'a> Resolver<'a> {
    /// The file that defines what a path names. None for a module that is named as such: only what is taken from it counts.
    fn file_of(&self, path: &[String], depth: usize) -> Option<&'a str> {
        let (module, file) = (0..=path.len()).rev().find_map(|length| {
            let module = &path[..length];
            self.files.get(module).map(|file| (module, *file))
        })?;
        let rest = &path[module.len()..];
        let name = rest.first()?;
        let source = self.sources.get(file)?;
        // Deep enough for any chain of tables of contents, and the end of one that leads back to itself.
        if depth < 8 {
            if let Some(target) = source.exports.get(name) {
                let further: Vec<_> = target.iter().chain(&rest[1..]).cloned().collect();
                return self.file_of(&further, depth + 1).or(Some(file));
            }
            for glob in &source.globs {
                let further: Vec<_> = glob.iter().chain(rest).cloned().collect();
                if let Some(file) = self.file_of(&further, depth + 1) {
                    return Some(file);
                }
            }
        }
        Some(file)
    }
}

/// One circle for each knot of files, as the references that close it; empty where there is none.
pub(super) fn circles(graph: &Graph) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for start in graph.keys() {
        if seen.contains(start) {
            continue;
        }
        if let Some(circle) = shortest_circle(graph, start) {
            seen.extend(circle.iter().cloned());
            let arrows: Vec<_> = circle
                .iter()
                .zip(circle.iter().cycle().skip(1))
                .map(|(from, to)| format!("{from}:{} refers to {to}", graph[from][to]))
                .collect();
            found.push(arrows.join("\n    "));
        }
    }
    found
}

/// The files on the shortest way from a file back to itself.
fn shortest_circle(graph: &Graph, start: &String) -> Option<Vec<String>> {
    let mut came_from: BTreeMap<&String, &String> = BTreeMap::new();
    let mut front = vec![start];
    while !front.is_empty() {
        let mut next = Vec::new();
        for file in front {
            for to in graph.get(file)?.keys() {
                if to == start {
                    let mut circle = vec![file.clone()];
                    let mut at = file;
                    while at != start {
                        at = came_from[at];
                        circle.push(at.clone());
                    }
                    circle.reverse();
                    return Some(circle);
                }
                if !came_from.contains_key(to) {
                    came_from.insert(to, file);
                    next.push(to);
                }
            }
        }
        front = next;
    }
    None
}
