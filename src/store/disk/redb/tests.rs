//! What redb asks of its file, and what it makes of one that fails.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use redb::StorageBackend;

use super::RedbBackend;
use super::medium::PoolFile;
use super::opening;
use crate::store::backend::{Backend, Batch};
use crate::store::options::Access;
use crate::store::{BackendKind, StoreError};

/// A file in memory that remembers what was synced, and that fails as told; clones share it.
#[derive(Clone, Debug, Default)]
struct Disk(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    synced: Vec<u8>,
    n_syncs: u64,
    /// Changes that are still taken, and what is said to the next.
    left: Option<(u64, io::ErrorKind)>,
}

impl Disk {
    /// A disk with these bytes.
    fn with(bytes: Vec<u8>) -> Self {
        let content = Content { synced: bytes.clone(), bytes, ..Content::default() };
        Self(Arc::new(Mutex::new(content)))
    }

    /// What a power cut leaves that keeps nothing but what was synced.
    fn synced(&self) -> Self {
        Self::with(self.content().synced.clone())
    }

    /// What a kill leaves.
    fn written(&self) -> Self {
        Self::with(self.content().bytes.clone())
    }

    fn open(&self) -> Result<RedbBackend, StoreError> {
        let path = Path::new("disk");
        let opened = opening::over(PoolFile::for_writing(self.clone()), path)?;
        Ok(RedbBackend::over(opened, path.to_owned()))
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut Content)) -> io::Result<()> {
        let mut content = self.content();
        match &mut content.left {
            Some((0, kind)) => return Err((*kind).into()),
            Some((left, _)) => *left -= 1,
            None => {}
        }
        change(&mut content);
        Ok(())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.content().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let content = self.content();
        let bytes = content.bytes.get(offset as usize..offset as usize + out.len());
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.change(|content| content.bytes.resize(len as usize, 0))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.change(|content| {
            content.synced = content.bytes.clone();
            content.n_syncs += 1;
        })
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.change(|content| {
            content.bytes[offset as usize..offset as usize + data.len()].copy_from_slice(data);
        })
    }
}

/// A batch that puts pages under two keys.
fn batch(n: u8) -> Batch {
    let mut batch = Batch::default();
    batch.put(&[n, 0], vec![n; 32_000]);
    batch.put(&[n, 1], vec![n; 100]);
    batch
}

/// A batch that does something to each of many keys.
fn room(step: impl Fn(&mut Batch, &[u8], Vec<u8>)) -> Batch {
    let mut batch = Batch::default();
    (0..100).for_each(|n| step(&mut batch, &[0, n], vec![n; 32_000]));
    batch
}

fn holds(backend: &RedbBackend, n: u8) -> bool {
    let values = [[n, 0], [n, 1]].map(|key| backend.get(&key).unwrap());
    let expected = [Some(vec![n; 32_000]), Some(vec![n; 100])];
    assert!(values == expected || values == [None, None], "batch {n} is torn");
    values == expected
}

/// How many batches are there, without a gap.
fn n_batches(backend: &RedbBackend) -> u8 {
    let n = (1..).take_while(|n| holds(backend, *n)).count() as u8;
    assert!((n + 1..n + 5).all(|later| !holds(backend, later)));
    n
}

#[test]
fn a_flush_syncs_and_many_batches_share_it() {
    let disk = Disk::default();
    let backend = disk.open().unwrap();
    // The file is synced as well when it becomes longer; here it is long enough.
    for batch in [room(Batch::put), room(|batch, key, _| batch.delete(key))] {
        backend.apply(batch).unwrap();
        backend.flush().unwrap();
    }
    let before = disk.content().n_syncs;
    (1..=5).for_each(|n| backend.apply(batch(n)).unwrap());
    assert_eq!(disk.content().n_syncs, before, "a batch alone is not synced");
    assert_eq!(n_batches(&disk.synced().open().unwrap()), 0);
    backend.flush().unwrap();
    assert_eq!(disk.content().n_syncs, before + 1);
    assert_eq!(n_batches(&disk.synced().open().unwrap()), 5);
    assert_eq!(n_batches(&backend), 5);
}

#[test]
fn a_power_cut_after_any_flush_keeps_what_was_flushed() {
    let disk = Disk::default();
    let backend = disk.open().unwrap();
    for n in 1..=20 {
        backend.apply(batch(n)).unwrap();
        backend.flush().unwrap();
        assert_eq!(n_batches(&disk.synced().open().unwrap()), n);
    }
}

#[test]
fn what_was_applied_is_flushed_after_a_while() {
    let disk = Disk::default();
    let backend = disk.open().unwrap();
    backend.apply(batch(1)).unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while n_batches(&disk.synced().open().unwrap()) < 1 {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(20));
    }
    backend.apply(batch(2)).unwrap();
    drop(backend);
    assert_eq!(n_batches(&disk.synced().open().unwrap()), 2, "closing flushes the rest");
}

#[test]
fn a_disk_that_fills_at_any_write_is_told_read_on_and_recovered() {
    for n_writes in 0.. {
        let disk = Disk::default();
        let backend = disk.open().unwrap();
        disk.content().left = Some((n_writes, io::ErrorKind::StorageFull));
        let mut n_flushed = 0;
        let mut commit = |n| {
            backend.apply(batch(n))?;
            backend.flush()?;
            n_flushed = n;
            Ok(())
        };
        let result = (1..=3).try_for_each(&mut commit);
        let Err(error) = result else { break };
        assert!(matches!(error, StoreError::DiskFull { .. }), "{n_writes}: {error}");
        let n_read = n_batches(&backend);
        assert!([n_flushed, n_flushed + 1].contains(&n_read), "{n_writes}: {n_read}");
        for _ in 0..2 {
            let error = backend.apply(batch(9)).unwrap_err();
            assert!(matches!(error, StoreError::DiskFull { .. }), "{n_writes}: {error}");
            let error = backend.flush().unwrap_err();
            assert!(matches!(error, StoreError::DiskFull { .. }), "{n_writes}: {error}");
        }
        drop(backend);
        for left in [disk.synced(), disk.written()] {
            let n = n_batches(&left.open().unwrap());
            assert!([n_flushed, n_flushed + 1].contains(&n), "{n_writes}: {n}");
        }
    }
}

#[test]
fn a_full_disk_cannot_be_opened_for_writing() {
    let disk = Disk::default();
    drop(disk.open().unwrap());
    disk.content().left = Some((0, io::ErrorKind::StorageFull));
    assert!(matches!(disk.open(), Err(StoreError::DiskFull { .. })));
    disk.content().left = Some((0, io::ErrorKind::ReadOnlyFilesystem));
    assert!(matches!(disk.open(), Err(StoreError::ReadOnlyMedium { .. })));
    disk.content().left = None;
    disk.open().unwrap();
}

#[test]
fn reading_leaves_the_file_as_it_is_even_after_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let file = BackendKind::Redb.file(directory.path());
    let backend = RedbBackend::create(directory.path()).unwrap();
    backend.apply(batch(1)).unwrap();
    backend.flush().unwrap();
    let killed = fs::read(&file).unwrap();
    drop(backend);
    for content in [fs::read(&file).unwrap(), killed] {
        fs::write(&file, &content).unwrap();
        let reader = RedbBackend::open(directory.path(), Access::ReadOnly).unwrap();
        assert_eq!(n_batches(&reader), 1);
        let other = RedbBackend::open(directory.path(), Access::ReadOnly).unwrap();
        assert_eq!(n_batches(&other), 1);
        let error = RedbBackend::open(directory.path(), Access::ReadWrite).unwrap_err();
        assert!(matches!(error, StoreError::Locked { .. }), "{error}");
        drop((reader, other));
        assert!(fs::read(&file).unwrap() == content);
    }
    let writer = RedbBackend::open(directory.path(), Access::ReadWrite).unwrap();
    let error = RedbBackend::open(directory.path(), Access::ReadOnly).unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    drop(writer);
}

#[test]
fn a_file_whose_making_was_interrupted_is_made_anew_and_no_other_is() {
    let directory = tempfile::tempdir().unwrap();
    let file = BackendKind::Redb.file(directory.path());
    for content in [vec![], vec![0; 5], vec![0; 70_000]] {
        fs::write(&file, content).unwrap();
        assert_eq!(n_batches(&RedbBackend::create(directory.path()).unwrap()), 0);
    }
    fs::write(&file, "something else").unwrap();
    assert!(RedbBackend::create(directory.path()).unwrap_err().is_corruption());
    assert_eq!(fs::read(&file).unwrap(), b"something else");
}
