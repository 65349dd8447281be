//! One suite for every backend.

use std::sync::Arc;

use crate::store::disk::{self, SledBackend};
use crate::store::page::VALUE_LIMIT;
use crate::store::{
    Backend, BackendKind, Batch, FaultyBackend, MemoryBackend, MemoryBeside, StoreError,
};

fn on_every_backend(check: impl Fn(&dyn Backend)) {
    check(&MemoryBackend::new());
    let below = Arc::new(MemoryBackend::new());
    check(&*FaultyBackend::new(below, MemoryBeside::default()));
    let directory = tempfile::tempdir().unwrap();
    for kind in BackendKind::ALL.into_iter().filter(|kind| kind.is_available()) {
        check(&*disk::create(kind, &directory.path().join(kind.name())).unwrap());
    }
}

fn put(backend: &dyn Backend, pairs: &[(&[u8], &[u8])]) {
    let mut batch = Batch::default();
    pairs.iter().for_each(|(key, value)| batch.put(key, value.to_vec()));
    backend.apply(batch).unwrap();
}

fn keys(backend: &dyn Backend, prefix: &[u8]) -> Vec<Vec<u8>> {
    let mut keys = Vec::new();
    let mut visit = |key: &[u8], value: &[u8]| {
        assert_eq!(backend.get(key).unwrap().as_deref(), Some(value));
        keys.push(key.to_vec());
        Ok(())
    };
    backend.scan(prefix, &mut visit).unwrap();
    keys
}

#[test]
fn puts_are_read_back_and_deletes_are_gone() {
    on_every_backend(|backend| {
        assert_eq!(backend.get(b"a").unwrap(), None);
        put(backend, &[(b"a", b"1"), (b"b", b""), (b"a", b"2")]);
        assert_eq!(backend.get(b"a").unwrap().as_deref(), Some(&b"2"[..]));
        assert_eq!(backend.get(b"b").unwrap().as_deref(), Some(&b""[..]));
        let mut batch = Batch::default();
        batch.delete(b"a");
        batch.delete(b"never there");
        backend.apply(batch).unwrap();
        assert_eq!(backend.get(b"a").unwrap(), None);
        backend.flush().unwrap();
        assert_eq!(keys(backend, b""), [b"b"]);
    });
}

#[test]
fn scans_are_ordered_and_keep_to_their_prefix() {
    on_every_backend(|backend| {
        let all: [&[u8]; 6] = [b"\xff\xff", b"b\x00", b"b", b"a\xff", b"b\xff\xff", b"c"];
        all.iter().for_each(|key| put(backend, &[(key, b"x")]));
        assert_eq!(keys(backend, b"b"), [&b"b"[..], b"b\x00", b"b\xff\xff"]);
        assert_eq!(keys(backend, b"\xff"), [b"\xff\xff"]);
        assert_eq!(keys(backend, b"").len(), 6);
        assert!(keys(backend, b"bb").is_empty());
    });
}

#[test]
fn an_error_ends_a_scan() {
    on_every_backend(|backend| {
        put(backend, &[(b"a", b"1"), (b"b", b"2")]);
        let mut n_seen = 0;
        let result = backend.scan(b"", &mut |_, _| {
            n_seen += 1;
            Err(StoreError::Busy)
        });
        assert!(matches!(result, Err(StoreError::Busy)));
        assert_eq!(n_seen, 1);
    });
}

#[test]
fn values_up_to_the_limit_survive() {
    on_every_backend(|backend| {
        for len in [0, 1, VALUE_LIMIT - 1, VALUE_LIMIT] {
            let value = super::model::bytes(len as u64, len);
            put(backend, &[(b"v", &value)]);
            assert_eq!(backend.get(b"v").unwrap(), Some(value));
        }
        backend.flush().unwrap();
        assert!(backend.size_on_disk().unwrap() > 0);
    });
}

#[test]
fn sled_refuses_values_it_would_keep_in_files_of_their_own() {
    let directory = tempfile::tempdir().unwrap();
    let backend = SledBackend::open(directory.path()).unwrap();
    let mut batch = Batch::default();
    batch.put(b"v", vec![0; VALUE_LIMIT + 1]);
    assert!(matches!(backend.apply(batch), Err(StoreError::TooLarge { .. })));
    std::fs::write(directory.path().join("blobs/1"), "x").unwrap();
    let error = backend.flush().unwrap_err();
    assert!(error.to_string().contains("blobs` is not empty"), "{error}");
}
