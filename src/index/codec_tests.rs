//! Decoders against what was encoded, and against anything else.

use proptest::prelude::*;

use super::*;

const ROWS: u32 = 130;

fn values() -> impl Strategy<Value = Vec<Option<i64>>> {
    let value = prop_oneof![Just(None), (0i64..6).prop_map(Some), any::<i64>().prop_map(Some)];
    prop::collection::vec(value, 0..=ROWS as usize)
}

fn alive() -> impl Strategy<Value = Container> {
    prop::collection::btree_set(0u16..ROWS as u16, 0..ROWS as usize)
        .prop_map(|set| Container::from_sorted(&set.into_iter().collect::<Vec<u16>>(), ROWS))
}

fn sets() -> impl Strategy<Value = Vec<Vec<u32>>> {
    let set = prop::collection::btree_set(0u32..9, 0..4);
    prop::collection::vec(set.prop_map(|set| set.into_iter().collect()), 0..=ROWS as usize)
}

fn set_chunk(sets: &[Vec<u32>], alive: &Container) -> SetChunk {
    let sizes: Vec<u32> = sets.iter().map(|set| set.len() as u32).collect();
    SetChunk::build(alive, &sets.concat(), &sizes)
}

proptest! {
    #[test]
    fn units_come_back_to_those_who_live(values in values(), alive in alive()) {
        let chunk = UnitsChunk::from_options(&values, Layout::Numbers);
        let all = i64::MIN..=i64::MAX;
        let found = decode_units(&encode_units(&chunk), &alive, ROWS, Layout::Numbers, all).unwrap();
        for position in 0..ROWS as u16 {
            let value = values.get(usize::from(position)).copied().flatten();
            prop_assert_eq!(found.get(position), value.filter(|_| alive.contains(position)));
        }
        if values.len() == ROWS as usize {
            let whole = decode_units(
                &encode_units(&chunk), &Container::Full, ROWS, Layout::Numbers, i64::MIN..=i64::MAX,
            );
            prop_assert_eq!(whole.unwrap(), chunk);
        }
    }

    #[test]
    fn sets_come_back_to_those_who_live(sets in sets(), alive in alive()) {
        let chunk = set_chunk(&sets, &Container::Full);
        let found = decode_set(&encode_set(&chunk), &alive, ROWS, 9).unwrap();
        for position in 0..ROWS as u16 {
            let set = sets.get(usize::from(position)).filter(|_| alive.contains(position));
            prop_assert!(found.codes_at(position).eq(set.cloned().unwrap_or_default()));
        }
        prop_assert_eq!(found.sizes.known, alive);
        let has_code_8 = chunk.element(8) != &Container::Empty;
        let refused = decode_set(&encode_set(&chunk), &Container::Full, ROWS, 8).is_err();
        prop_assert_eq!(refused, has_code_8);
    }

    #[test]
    fn texts_and_keys_come_back(texts in prop::collection::vec("[a地]{0,4}", 0..80), run: i64) {
        let list: Texts = texts.iter().map(String::as_str).collect();
        let rows = texts.len() as u32;
        prop_assert_eq!(&decode_text_keys(&encode_text_keys(&list), rows).unwrap(), &list);
        prop_assert!(decode_text_keys(&encode_text_keys(&list), rows + 1).is_err());
        let distinct: std::collections::BTreeSet<&str> = list.iter().collect();
        let distinct: Texts = distinct.into_iter().collect();
        prop_assert_eq!(decode_texts(&encode_texts(&distinct)).unwrap(), distinct);
        let numbers: Vec<i64> = (0..rows).map(|row| run.wrapping_mul(i64::from(row))).collect();
        for keys in [IntKeys::from_values(&numbers), IntKeys::Run(run.min(0))] {
            prop_assert_eq!(decode_int_keys(&encode_int_keys(&keys, rows), rows).unwrap(), keys);
        }
    }

    #[test]
    fn living_rows_come_back(chunks in prop::collection::vec(alive(), 0..4)) {
        let size = ChunkSize::from_bits(8).unwrap();
        let n_rows = (chunks.len() as u32 * 256).saturating_sub(256 - ROWS);
        let mut alive = Alive::all(size, n_rows);
        for (at, chunk) in chunks.iter().enumerate() {
            alive.chunks[at] = chunk.grown(ROWS, alive.rows_in(at));
        }
        prop_assert_eq!(&*decode_alive(&encode_alive(&alive), size, n_rows).unwrap(), &alive);
        prop_assert!(decode_alive(&encode_alive(&alive), size, n_rows + 1).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_an_error_or_a_chunk(bytes: Vec<u8>, rows in 0u32..300) {
        check_anything(&bytes, rows);
        // The same behind a right number of rows, so that the rest is looked at.
        let mut headed = rows.to_le_bytes().to_vec();
        headed.extend(&bytes);
        check_anything(&headed, rows);
    }

    #[test]
    fn altered_bytes_are_an_error_or_a_chunk(
        values in values(),
        sets in sets(),
        at: prop::sample::Index,
        byte: u8,
    ) {
        let units = UnitsChunk::from_options(&values, Layout::Codes);
        let texts: Texts = ["", "a", "bc"].into_iter().collect();
        let encoded = [
            encode_units(&units),
            encode_set(&set_chunk(&sets, &Container::Full)),
            encode_texts(&texts),
            encode_text_keys(&texts),
        ];
        for mut bytes in encoded {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            check_anything(&bytes, ROWS);
            check_anything(&bytes[..at], ROWS);
        }
    }
}

/// Nothing panics, and what is accepted keeps its own promises.
fn check_anything(bytes: &[u8], rows: u32) {
    let alive = if rows == 0 { Container::Empty } else { Container::Full };
    if let Ok(chunk) = decode_units(bytes, &alive, rows, Layout::Codes, 0..=9) {
        for position in chunk.known.iter(rows) {
            assert!((0..=9).contains(&chunk.get(position).unwrap()));
        }
        assert_eq!(chunk.known.len(rows), chunk.n_known);
    }
    if let Ok(chunk) = decode_set(bytes, &alive, rows, 9) {
        for position in 0..rows as u16 {
            assert!(chunk.codes_at(position).is_sorted_by(|a, b| a < b));
            assert!(chunk.codes_at(position).all(|code| code < 9));
        }
    }
    if let Ok(texts) = decode_texts(bytes) {
        assert_eq!(texts.iter().map(str::len).sum::<usize>(), texts.as_str().len());
    }
    let _ = decode_text_keys(bytes, rows);
    let _ = decode_int_keys(bytes, rows);
    let _ = decode_alive(bytes, ChunkSize::TINY, rows);
}

#[test]
fn a_code_beyond_the_dictionary_is_refused() {
    let chunk = UnitsChunk::from_options(&[Some(3), None], Layout::Codes);
    let decode =
        |codes| decode_units(&encode_units(&chunk), &Container::Full, 2, Layout::Codes, codes);
    assert!(decode(0..=3).is_ok());
    assert!(decode(0..=2).is_err());
}
