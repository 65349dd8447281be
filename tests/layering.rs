//! The architecture as a test: who imports whom, where confined crates are named, and that the
//! documents' links lead somewhere.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A layer and the layers it may import, from the design.
const LAYERS: [(&str, &[&str]); 15] = [
    ("model", &[]),
    ("parallel", &[]),
    ("store", &["model"]),
    ("lang", &["model"]),
    ("catalog", &["model", "store", "lang"]),
    ("bind", &["model", "lang", "catalog"]),
    ("index", &["model", "parallel", "store", "catalog"]),
    ("plan", &["model", "catalog", "bind", "index"]),
    ("exec", &["model", "parallel", "index", "plan"]),
    ("derive", &["model", "parallel", "catalog", "bind", "index", "plan", "exec"]),
    ("group", &["model", "store", "catalog", "bind", "index", "plan", "exec"]),
    ("insight", &["model", "parallel", "catalog", "bind", "index", "plan", "exec"]),
    ("care", &["model", "store", "catalog", "bind", "plan", "exec", "group", "insight"]),
    ("transfer", &["model", "parallel", "catalog", "bind", "index", "exec"]),
    (
        "pool",
        &[
            "model", "parallel", "store", "lang", "catalog", "bind", "index", "plan", "exec",
            "derive", "group", "insight", "care", "transfer",
        ],
    ),
];

/// A crate that one layer alone may name.
const CONFINED: [(&str, &str); 6] = [
    ("pest", "lang"),
    ("pest_derive", "lang"),
    ("sled", "store"),
    ("redb", "store"),
    ("bincode", "store"),
    ("rayon", "parallel"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file under `folder` whose name ends with `.ending`.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A source file without its comment lines and without its tests, which may build what they need
/// through any layer.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let name = path.to_str().unwrap();
    if name.contains("/tests/") || name.ends_with("_tests.rs") {
        return String::new();
    }
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Names that follow `prefix` in `code`, such as the layers after `crate::`; a braced group
/// `crate::{a::X, b}` gives each of its heads.
fn names_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].ends_with(is_word) {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        let heads: Vec<&str> = match rest.strip_prefix('{') {
            Some(group) => top_level(group),
            None => vec![rest],
        };
        for head in heads {
            let head = head.trim_start();
            let end = head.find(|c| !is_word(c)).unwrap_or(head.len());
            names.insert(head[..end].to_owned());
        }
    }
    names
}

/// The items of a braced group, split at its commas of depth zero.
fn top_level(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut items) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                items.push(&group[start..at]);
                return items;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    items
}

#[test]
fn layers_import_only_what_the_design_allows() {
    let allowed: BTreeMap<&str, &[&str]> = LAYERS.into_iter().collect();
    let mut broken = Vec::new();
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        if !folder.is_dir() || name == "bin" {
            continue;
        }
        let Some(may) = allowed.get(name.as_str()) else {
            broken.push(format!("src/{name} is no layer of the design"));
            continue;
        };
        for file in files(&folder, "rs") {
            for used in names_after(&code(&file), "crate::") {
                if allowed.contains_key(used.as_str()) && used != name && !may.contains(&&*used) {
                    broken.push(format!("{} imports `{used}`", file.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_shell_uses_only_the_public_api() {
    for file in files(&root().join("src/bin"), "rs") {
        let modules: BTreeSet<String> = LAYERS.iter().map(|(name, _)| (*name).to_owned()).collect();
        let used = names_after(&code(&file), "highsea::");
        let inner: Vec<_> = used.intersection(&modules).collect();
        assert!(inner.is_empty(), "{} reaches into {inner:?}", file.display());
    }
}

#[test]
fn confined_crates_are_named_in_their_layer_alone() {
    let mut broken = Vec::new();
    for file in files(&root().join("src"), "rs") {
        let code = code(&file);
        for (krate, layer) in CONFINED {
            let home = root().join("src").join(layer);
            let named = !names_after(&code, &format!("{krate}::")).is_empty()
                || code.contains(&format!("use {krate};"));
            if named && !file.starts_with(&home) {
                broken.push(format!("{} names `{krate}`", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_test_sees_what_it_is_for() {
    let names = |text: &str| names_after(text, "crate::").into_iter().collect::<Vec<_>>();
    assert_eq!(names("use crate::exec::Run;"), ["exec"]);
    assert_eq!(names("use crate::{exec::{A, B}, plan};"), ["exec", "plan"]);
    assert_eq!(names("let x = crate::pool::y();"), ["pool"]);
    assert_eq!(names("mycrate::x"), Vec::<String>::new());
    assert_eq!(anchor("The REPL's *life*, 2.3"), "the-repls-life-23");
}

/// The anchor a heading gets: lower case, blanks to hyphens, punctuation left out.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        }
        if !fenced && line.starts_with('#') {
            found.insert(anchor(line.trim_start_matches('#').trim()));
        }
    }
    found
}

/// The targets of `[text](target)` outside fenced code.
fn links(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            if let Some(end) = line[at + 2..].find(')') {
                found.push(line[at + 2..at + 2 + end].to_owned());
            }
        }
    }
    found
}

#[test]
fn links_of_the_documents_lead_somewhere() {
    let mut documents = files(&root().join("docs"), "md");
    documents.extend(["README.md", "CHANGELOG.md"].map(|name| root().join(name)));
    let mut dead = Vec::new();
    for document in &documents {
        let text = fs::read_to_string(document).unwrap();
        for link in links(&text).iter().filter(|link| !link.contains("://")) {
            let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => document.clone(),
                file => document.parent().unwrap().join(file),
            };
            let known = target.exists()
                && (fragment.is_empty()
                    || fs::read_to_string(&target).is_ok_and(|t| anchors(&t).contains(fragment)));
            if !known {
                dead.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
}
