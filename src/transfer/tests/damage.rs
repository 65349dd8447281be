//! Whatever bytes a file holds, it is read or refused; nothing panics.

use proptest::collection::vec;
use proptest::prelude::*;

use super::support::{Folder, import};
use crate::transfer::OnError;

fn harmless(name: &str, bytes: &[u8]) {
    let folder = Folder::new();
    let mut spec = folder.file(name, bytes);
    let stopped = import(&spec).map(|found| found.report.n_rows);
    spec.on_error = OnError::Skip;
    spec.rejects = Some(folder.path("rejects.csv"));
    if let Ok(found) = import(&spec) {
        if let Ok(n_rows) = stopped {
            assert_eq!(found.report.n_rows, n_rows);
            assert_eq!(found.report.n_rejected, 0);
        }
        assert!(folder.path("rejects.csv").exists());
    }
    spec.key = found_column(&spec);
    let _ = import(&spec);
    spec.encoding = Some("utf-16".to_owned());
    let _ = import(&spec);
}

fn found_column(spec: &crate::transfer::ImportSpec) -> Option<String> {
    import(spec).ok()?.schema.file_columns.first().cloned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn bytes_as_csv(bytes in vec(any::<u8>(), 0..200)) {
        harmless("a.csv", &bytes);
    }

    #[test]
    fn near_csv(text in "[a1.,;\"\r\n\t| é-]{0,60}") {
        harmless("a.csv", text.as_bytes());
    }

    #[test]
    fn bytes_as_json(bytes in vec(any::<u8>(), 0..100)) {
        harmless("a.jsonl", &bytes);
    }

    #[test]
    fn near_json(text in "(\\{(\"a\":[1\"\\[\\]e.{}-]{0,6},?)*\\}?\n?){0,4}") {
        harmless("a.jsonl", text.as_bytes());
    }

    #[test]
    fn bytes_as_packed(bytes in vec(any::<u8>(), 0..100)) {
        harmless("a.csv.gz", &[b"\x1f\x8b\x08\0\0\0\0\0\0\0".as_slice(), &bytes].concat());
        harmless("a.csv.zst", &[b"\x28\xb5\x2f\xfd".as_slice(), &bytes].concat());
    }

    #[test]
    fn bytes_as_parquet(bytes in vec(any::<u8>(), 0..100), length in 0u32..120) {
        let mut whole = b"PAR1".to_vec();
        whole.extend(&bytes);
        whole.extend(length.to_le_bytes());
        whole.extend(b"PAR1");
        harmless("a.parquet", &whole);
        harmless("b.parquet", &bytes);
    }
}
