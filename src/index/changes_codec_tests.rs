use proptest::prelude::*;

use super::*;

fn keys(len: usize) -> impl Strategy<Value = Option<KeyData>> {
    prop_oneof![
        prop::collection::vec(any::<i64>(), len).prop_map(|numbers| Some(KeyData::Int(numbers))),
        prop::collection::vec(".{1,8}", len).prop_map(|texts| {
            let (mut bytes, mut ends) = (String::new(), Vec::new());
            for text in texts {
                bytes.push_str(&text);
                ends.push(bytes.len());
            }
            Some(KeyData::Text { bytes, ends })
        }),
    ]
}

fn column(len: usize) -> impl Strategy<Value = ColumnData> {
    let units = prop::collection::vec(any::<Option<i64>>(), len).prop_map(ColumnData::Units);
    let texts = prop::collection::vec(any::<Option<String>>(), len).prop_map(|texts| {
        let (mut bytes, mut ends, mut known) = (String::new(), Vec::new(), Vec::new());
        for text in texts {
            bytes.push_str(text.as_deref().unwrap_or_default());
            ends.push(bytes.len());
            known.push(text.is_some());
        }
        ColumnData::Text { bytes, ends, known }
    });
    let sets = prop::collection::vec(prop::collection::vec(".{0,4}", 0..4), len).prop_map(|sets| {
        let (mut bytes, mut ends, mut row_ends) = (String::new(), Vec::new(), Vec::new());
        for set in sets {
            for text in set {
                bytes.push_str(&text);
                ends.push(bytes.len());
            }
            row_ends.push(ends.len());
        }
        ColumnData::Set { bytes, ends, row_ends }
    });
    prop_oneof![units, texts, sets]
}

fn rows() -> impl Strategy<Value = Rows> {
    (0usize..40).prop_flat_map(|len| {
        let columns =
            prop::collection::vec((any::<u32>().prop_map(AttributeId), column(len)), 0..4);
        (keys(len), columns).prop_map(move |(keys, columns)| Rows { len, keys, columns })
    })
}

fn changes() -> impl Strategy<Value = Changes> {
    let deleted = prop::collection::vec(any::<u32>().prop_map(RowId), 0..50);
    (deleted, prop::collection::vec(rows(), 0..4)).prop_map(|(deleted, upserted)| Changes {
        deleted,
        upserted,
        ..Changes::default()
    })
}

#[test]
fn a_customer_with_three_values_takes_few_bytes() {
    let texts = |text: &str| ColumnData::Text {
        bytes: text.to_owned(),
        ends: vec![text.len()],
        known: vec![true],
    };
    let rows = Rows {
        len: 1,
        keys: Some(KeyData::Text { bytes: "C00000001".to_owned(), ends: vec![9] }),
        columns: vec![
            (AttributeId(3), ColumnData::Units(vec![Some(19_99)])),
            (AttributeId(4), ColumnData::Units(vec![None])),
            (AttributeId(5), texts("online")),
        ],
    };
    let bytes = encode_changes(&Changes { upserted: vec![rows], ..Changes::default() });
    assert!(bytes.len() <= 40, "{} bytes", bytes.len());
}

#[test]
fn counts_of_what_is_not_there_reserve_nothing() {
    for bytes in [&[0xFF; 9][..], &[0, 0xFF, 0xFF, 0xFF, 0x7F], &[0, 1, 0xFF, 0xFF, 0x7F, 1]] {
        assert!(decode_changes(bytes).is_err());
    }
}

proptest! {
    #[test]
    fn changes_survive(changes in changes()) {
        let bytes = encode_changes(&changes);
        let found = decode_changes(&bytes).unwrap();
        prop_assert_eq!(format!("{found:?}"), format!("{changes:?}"));
        prop_assert!(decode_changes(&bytes[..bytes.len() - 1]).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        if let Ok(changes) = decode_changes(&bytes) {
            let again = decode_changes(&encode_changes(&changes)).unwrap();
            prop_assert_eq!(format!("{again:?}"), format!("{changes:?}"));
        }
    }
}
