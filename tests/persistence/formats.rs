//! Pools of every format that a release has written, kept as files and opened for good.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use highsea::{Depth, Options, Pool};

use crate::pools::{open, run};

/// A copy of a fixture, whose large file is kept compressed.
fn fixture(name: &str, folder: &Path) -> PathBuf {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    let path = folder.join(name);
    fs::create_dir_all(path.join("store")).unwrap();
    for file in ["pool.json", "acknowledged", "store/conf"] {
        fs::write(path.join(file), fs::read(kept.join(file)).unwrap()).unwrap();
    }
    let packed = fs::read(kept.join("store/db.gz")).unwrap();
    let mut db = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut db).unwrap();
    fs::write(path.join("store/db"), db).unwrap();
    path
}

/// What `made-by.hs` beside the fixture leaves, the last three commits of it in the log.
const EXPECTED: &str = r#"["C1","CA",2,19.99,1.5,true,"2020-02-29","2026-11-22T10:30:00Z","100.05 EUR",["a","b"],""]
["C2",null,-9223372036854775807,-0.01,0.0,false,"0001-01-01","1900-01-01T00:00:00.000001Z","-0.01 EUR",[],null]
["C4","US",9223372036854775807,"92233720368547758.07",1000000000.125,true,"9999-12-31","2199-12-31T23:59:59.999999Z","0.00 EUR",["a"],"M"]
["C5","in the log",5,null,null,null,null,null,null,[],null]
["C6",null,null,null,null,null,null,null,null,["a","new"],"logged"]
"#;

fn rows(pool: &Pool) -> String {
    let select =
        "select id, region, n, price, score, ok, joined, seen, paid, tags, `Größe` order by id";
    let mut rows = String::new();
    for row in pool.query(select).unwrap().rows {
        rows += &serde_json::to_string(&row).unwrap();
        rows.push('\n');
    }
    rows
}

#[test]
fn a_pool_of_format_1_opens_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let path = fixture("format-1", folder.path());
    for options in [Options::default().read_only(), Options::default()] {
        let pool = Pool::open(&path, options).unwrap();
        assert_eq!(rows(&pool), EXPECTED);
        assert_eq!((pool.commit(), pool.n_customers()), (8, 5));
        assert!(pool.verify(Depth::Deep).unwrap().is_ok());
        let settings = pool.query("show settings").unwrap().rows;
        let of =
            |name: &str| settings.iter().find(|row| row[0] == name.into()).unwrap()[1].to_string();
        assert_eq!(
            (of("now"), of("timezone")),
            ("2027-01-02T03:04:05+08:00".to_owned(), "Asia/Shanghai".to_owned())
        );
    }
    // It goes on, and takes the way to any other format.
    let pool = open(&path);
    run(&pool, "insert into customers (id, n) values (\"C7\", 7)");
    assert_eq!(pool.count("n = 7").unwrap(), 1);
    if cfg!(feature = "parquet") {
        let dump = folder.path().join("dump");
        pool.dump(&dump).unwrap();
        let loaded = Pool::in_memory(Options::default()).unwrap();
        loaded.load(&dump).unwrap();
        assert_eq!(rows(&loaded), rows(&pool));
    }
}
