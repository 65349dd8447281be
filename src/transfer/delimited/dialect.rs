//! The delimiter, found by looking at the first records.

use super::record::{Fields, Records};
use crate::transfer::Delimiter;
use crate::transfer::source::Cut;

/// What may part fields, the likeliest first.
const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Records looked at.
const SAMPLE_RECORDS: usize = 1_000;

/// The delimiter that cuts the most records into as many fields as the first one has, at least two;
/// where several do, the one that cuts them into most. A comma where none does: one column.
///
/// `whole` says that the sample is the whole file, so that its last record is complete.
pub(super) fn sniff(sample: &[u8], whole: bool) -> u8 {
    let mut best = (0, 0, b',');
    for delimiter in CANDIDATES {
        let (end, _) = (Cut::Quoted { delimiter }).last_end(sample, whole);
        let end = if whole || end == 0 { sample.len() } else { end };
        let (share, n_fields) = judge(valid_part(&sample[..end]), delimiter);
        if (share, n_fields) > (best.0, best.1) {
            best = (share, n_fields, delimiter);
        }
    }
    best.2
}

/// Percent of the records with as many fields as the first, and how many that is; zeros when it
/// has only one.
fn judge(text: &str, delimiter: u8) -> (usize, usize) {
    let mut records = Records::new(text, 0, 1, Delimiter::Byte(delimiter));
    let mut fields = Fields::default();
    let (mut n_records, mut n_equal, mut first) = (0, 0, 0);
    while n_records < SAMPLE_RECORDS && records.read(&mut fields).is_some() {
        if n_records == 0 {
            first = fields.len();
        }
        n_records += 1;
        n_equal += usize::from(fields.len() == first);
    }
    if first < 2 { (0, 0) } else { (n_equal * 100 / n_records, first) }
}

fn valid_part(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_found() {
        let cases = [
            ("a,b\n1,2\n", b','),
            ("a;b\n1,5;2,5\n", b';'),
            ("a\tb\nx, y\tz\n", b'\t'),
            ("a|b|c\n1|2|3\n", b'|'),
            ("name,tags\nx,a|b\n", b','),
            ("\"a;b\",\"c;d\"\n\"1;2\",3\n", b','),
            ("a,b;c,d\n1;2\n3;4\n", b';'),
            ("one\n1\n", b','),
            ("one\n1,5\n2,5\n", b','),
            ("", b','),
        ];
        for (text, expected) in cases {
            assert_eq!(sniff(text.as_bytes(), true) as char, expected as char, "{text:?}");
        }
    }

    #[test]
    fn a_sample_cut_in_a_record_misleads_nobody() {
        let text = "a;b\n1;\"x,y,z\n";
        assert_eq!(sniff(text.as_bytes(), false), b';');
    }
}
