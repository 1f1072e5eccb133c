//! Reads the sources of a crate: each file with its place among the modules and the paths that it names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Item, UseTree, Visibility};

/// A path that a file names, from the root of its crate: `["run", "scope", "Scope"]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// The line, counted from 1.
    pub(super) line: usize,
    pub(super) path: Vec<String>,
}

/// One file of a crate.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// Its module, from the root of the crate: `["run", "scope"]`; empty for `lib.rs` and `main.rs`.
    pub(super) module: Vec<String>,
    /// The paths that its code names.
    pub(super) references: Vec<Reference>,
    /// What it hands on under a name of its own: `pub use scope::Scope` gives `Scope` the path `["run", "scope", "Scope"]`.
    pub(super) exports: BTreeMap<String, Vec<String>>,
    /// The modules of which it hands on everything.
    pub(super) globs: Vec<Vec<String>>,
}

/// All files below a folder, by their path from there with `/` between the parts. Files of tests are left out.
pub(super) fn read_crate(root: &Path) -> BTreeMap<String, Source> {
    let mut texts = BTreeMap::new();
    read_folder(root, root, &mut texts);
    read_texts(&texts)
}

/// The same from texts by path.
pub(super) fn read_texts(texts: &BTreeMap<String, String>) -> BTreeMap<String, Source> {
    texts
        .iter()
        .filter(|(path, _)| !path.ends_with("/tests.rs"))
        .map(|(path, text)| (path.clone(), read_source(path, text)))
        .collect()
}

fn read_folder(root: &Path, folder: &Path, texts: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_folder(root, &path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let relative = path.strip_prefix(root).unwrap().to_str().unwrap();
            texts.insert(relative.replace('\\', "/"), fs::read_to_string(&path).unwrap());
        }
    }
}

fn read_source(path: &str, text: &str) -> Source {
    let module: Vec<String> = path
        .trim_end_matches(".rs")
        .split('/')
        .filter(|part| !matches!(*part, "mod" | "lib" | "main"))
        .map(str::to_owned)
        .collect();
    let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
    let children = file
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Mod(item) if item.content.is_none() => Some(item.ident.to_string()),
            _ => None,
        })
        .collect();
    let mut reader = Reader {
        source: Source {
            module: module.clone(),
            ..Source::default()
        },
        here: module,
        children,
        names: BTreeMap::new(),
    };
    for item in &file.items {
        if let Item::Use(item) = item {
            reader.read_use(&item.tree, Vec::new(), !matches!(item.vis, Visibility::Inherited));
        }
    }
    reader.visit_file(&file);
    reader.source
}

/// Walks through one file.
struct Reader {
    source: Source,
    /// The module at this point, with those that stand within the file.
    here: Vec<String>,
    /// The modules that the file declares and other files hold.
    children: BTreeSet<String>,
    /// What `use` brings in: a name and its path.
    names: BTreeMap<String, Vec<String>>,
}

impl Reader {
    /// The path from the root of the crate, where it leads into this crate.
    fn absolute(&self, segments: &[String]) -> Option<Vec<String>> {
        let (first, rest) = segments.split_first()?;
        let mut base = match first.as_str() {
            "crate" => Vec::new(),
            "self" => self.here.clone(),
            "super" => {
                let mut base = self.here.clone();
                base.pop();
                let above = rest.iter().take_while(|segment| *segment == "super").count();
                base.truncate(base.len().saturating_sub(above));
                base.extend_from_slice(&rest[above..]);
                return Some(base);
            }
            name if self.children.contains(name) && self.here == self.source.module => {
                let mut base = self.here.clone();
                base.push(name.to_owned());
                base
            }
            _ => return None,
        };
        base.extend_from_slice(rest);
        Some(base)
    }

    fn read_use(&mut self, tree: &UseTree, mut prefix: Vec<String>, is_export: bool) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.read_use(&path.tree, prefix, is_export);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.read_use(tree, prefix.clone(), is_export);
                }
            }
            UseTree::Glob(_) => {
                if let Some(path) = self.absolute(&prefix)
                    && is_export
                {
                    self.source.globs.push(path);
                }
            }
            UseTree::Name(name) => self.bring_in(&name.ident, &name.ident, prefix, is_export),
            UseTree::Rename(rename) => self.bring_in(&rename.ident, &rename.rename, prefix, is_export),
        }
    }

    fn bring_in(&mut self, what: &Ident, name: &Ident, mut prefix: Vec<String>, is_export: bool) {
        let line = what.span().start().line;
        let name = if what == "self" {
            prefix.last().cloned().unwrap_or_default()
        } else {
            prefix.push(what.to_string());
            name.to_string()
        };
        let Some(path) = self.absolute(&prefix) else {
            return;
        };
        self.names.insert(name.clone(), path.clone());
        if is_export {
            // Handing a name on is what a table of contents is for: whoever takes it refers to the place it comes from.
            self.source.exports.insert(name, path);
        } else {
            self.source.references.push(Reference { line, path });
        }
    }

    fn refer(&mut self, segments: &[String], line: usize) {
        let path = self.absolute(segments).or_else(|| {
            let (first, rest) = segments.split_first()?;
            let base = self.names.get(first)?;
            Some(base.iter().chain(rest).cloned().collect())
        });
        if let Some(path) = path {
            self.source.references.push(Reference { line, path });
        }
    }

    /// Paths within the tokens of a macro, which is not parsed.
    fn read_tokens(&mut self, tokens: TokenStream) {
        let mut segments: Vec<String> = Vec::new();
        let (mut line, mut colons) = (0, 0);
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.refer_to_macro_path(&mut segments, line);
                        line = ident.span().start().line;
                    }
                    segments.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.refer_to_macro_path(&mut segments, line);
                    colons = 0;
                    self.read_tokens(group.stream());
                }
                _ => {
                    self.refer_to_macro_path(&mut segments, line);
                    colons = 0;
                }
            }
        }
        self.refer_to_macro_path(&mut segments, line);
    }

    fn refer_to_macro_path(&mut self, segments: &mut Vec<String>, line: usize) {
        if segments.len() > 1 {
            self.refer(segments, line);
        }
        segments.clear();
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_use(&mut self, _: &'ast syn::ItemUse) {}

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.content.is_none() || is_for_tests(&item.attrs) {
            return;
        }
        self.here.push(item.ident.to_string());
        if let Some((_, items)) = &item.content {
            for item in items {
                if let Item::Use(item) = item {
                    self.read_use(&item.tree, Vec::new(), false);
                }
            }
        }
        visit::visit_item_mod(self, item);
        self.here.pop();
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if let Some(first) = path.segments.first()
            && segments.len() > 1
        {
            self.refer(&segments, first.ident.span().start().line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.read_tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<Ident>()
                .is_ok_and(|condition| condition == "test")
    })
}
