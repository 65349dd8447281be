//! Bytes looked for eight at a time, without unsafe code.

const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x8080_8080_8080_8080;

/// Where a byte first stands.
pub(crate) fn find_byte(needle: u8, haystack: &[u8]) -> Option<usize> {
    let pattern = ONES * u64::from(needle);
    let mut at = 0;
    let (words, tail) = haystack.as_chunks::<8>();
    for word in words {
        // Mycroft's test: a byte of `difference` is zero where the needle stands; the lowest
        // marked byte is exact, those above it may not be.
        let difference = u64::from_le_bytes(*word) ^ pattern;
        let marked = difference.wrapping_sub(ONES) & !difference & TOPS;
        if marked != 0 {
            return Some(at + (marked.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    tail.iter().position(|byte| *byte == needle).map(|offset| at + offset)
}

/// How many lines end: at `\n`, `\r\n` or a `\r` alone.
pub(super) fn count_line_ends(bytes: &[u8]) -> u64 {
    let feeds = bytes.iter().filter(|byte| **byte == b'\n').count();
    let returns = bytes.iter().filter(|byte| **byte == b'\r').count();
    if returns == 0 {
        return feeds as u64;
    }
    let pairs = bytes.windows(2).filter(|pair| *pair == b"\r\n").count();
    (feeds + returns - pairs) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_end_in_three_ways() {
        assert_eq!(count_line_ends(b"a\nb\r\nc\rd"), 3);
        assert_eq!(count_line_ends(b"\r\r\n\n"), 3);
        assert_eq!(count_line_ends(b""), 0);
    }

    proptest! {
        #[test]
        fn finds_what_a_plain_search_finds(bytes in proptest::collection::vec(0u8..4, 0..40), needle in 0u8..5) {
            prop_assert_eq!(find_byte(needle, &bytes), bytes.iter().position(|b| *b == needle));
        }
    }
}
