//! Members as sets, pages and keys.

use highsea::{Batch, Key, Options, Pool};

use crate::pools::{run, typed_pool};

#[test]
fn members_stay_what_they_were() {
    let pool = typed_pool(200);
    let members = pool.members("number >= 100").unwrap();
    let commit = pool.commit();
    run(&pool, "delete customers where number >= 50");
    run(&pool, "insert into customers (id) values (7000), (7001)");
    run(&pool, "alter customers drop column number");
    let keys: Vec<Key> = members.keys().unwrap().collect();
    assert_eq!(keys, (100..200).map(Key::Int).collect::<Vec<_>>());
    assert_eq!((members.len(), members.commit()), (100, commit));
    assert!(members.contains(&Key::Int(100)).unwrap());
    assert!(!members.contains(&Key::Int(7000)).unwrap());
    assert!(!pool.contains(&Key::Int(100)).unwrap());
}

#[test]
fn members_come_in_pages() {
    let pool = typed_pool(200);
    let members = pool.members("tags contains \"t1\"").unwrap();
    let all: Vec<Key> = members.keys().unwrap().collect();
    assert_eq!(all.len() as u64, members.len());
    for limit in [1, 2, 3, 66, 67, 68, 1000, usize::MAX] {
        let (mut from, mut keys, mut pages) = (None, Vec::new(), 0usize);
        loop {
            let page = members.page(from, limit).unwrap();
            assert!(page.keys.len() <= limit);
            keys.extend(page.keys);
            pages += 1;
            match page.next {
                Some(next) => from = Some(next),
                None => break,
            }
        }
        assert_eq!(keys, all, "{limit} a page");
        assert_eq!(pages, all.len().div_ceil(limit), "no empty page at the end, {limit} a page");
    }
    let nobody = pool.members("false").unwrap();
    assert!(nobody.is_empty() && nobody.page(None, 10).unwrap().keys.is_empty());
    assert_eq!(nobody.page(None, 10).unwrap().next, None);
}

#[test]
fn members_know_whom_they_contain_and_give_their_bitmap() {
    let pool = typed_pool(200);
    run(&pool, "delete customers where number between 10 and 19");
    let members = pool.members("flag").unwrap();
    for n in 0..210 {
        let expected = n % 2 == 0 && n < 200 && !(10..20).contains(&n);
        assert_eq!(members.contains(&Key::Int(n)).unwrap(), expected, "{n}");
    }
    assert!(!members.contains(&Key::from("0")).unwrap(), "a key of another type is nobody's");
    assert!(!pool.contains(&Key::from("0")).unwrap());
    let bitmap = members.to_bitmap();
    assert_eq!(bitmap.len(), members.len());
    let rows: Vec<u32> = (0..200).filter(|n| n % 2 == 0 && !(10..20).contains(n)).collect();
    assert_eq!(bitmap.iter().collect::<Vec<_>>(), rows);
    let complement = pool.members("not flag").unwrap().to_bitmap();
    assert!(bitmap.is_disjoint(&complement));
    assert_eq!(bitmap.len() + complement.len(), pool.n_customers());
}

/// Few and many of a chunk, keys of any size, row numbers, holes that deleted customers left.
#[test]
fn whole_keys_come_out_at_once_as_they_do_one_by_one() {
    for (definition, threads, bits) in
        [("id int key, n int", 1, 16), ("id int key, n int", 2, 6), ("n int", 2, 6)]
    {
        let pool = Pool::in_memory(Options::default().threads(threads).chunk_bits(bits)).unwrap();
        pool.run(&format!("create customers ({definition})")).unwrap();
        let is_numbered = !definition.contains("key");
        let mut batch = Batch::new();
        for n in 0..2_000_i64 {
            match is_numbered {
                true => batch.append([("n", n)]),
                false => batch.upsert((n * 7_919) % 10_007 - 5_000, [("n", n)]),
            };
        }
        pool.write(&batch).unwrap();
        pool.run("delete customers where n between 100 and 140 or n = 1999").unwrap();
        for rule in ["n >= 0", "n < 3", "n > 5 and n < 1990", "n = 150 or n > 1800", "n < 0"] {
            let members = pool.members(rule).unwrap();
            let one_by_one = members.keys().unwrap().map(|key| match key {
                Key::Int(number) => number,
                Key::Text(text) => panic!("{text}"),
            });
            assert_eq!(members.int_keys().unwrap(), Some(one_by_one.collect()), "{rule}");
        }
    }
    let pool = Pool::in_memory(Options::default()).unwrap();
    pool.run("create customers (id text key)").unwrap();
    assert_eq!(pool.members("true").unwrap().int_keys().unwrap(), None);
}
