//! A build without Parquet dumps and loads nothing, and says so.

use crate::pool::{Options, Pool};

#[test]
fn dumps_are_refused_and_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let pool = Pool::in_memory(Options::default()).unwrap();
    pool.run("create customers (id int key)").unwrap();
    let error = pool.dump(folder.path().join("dump")).unwrap_err();
    assert!(error.to_string().contains("this build has no Parquet"), "{error}");
    assert!(error.to_string().contains("dump"), "{error}");
    assert!(error.is_user_error());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
