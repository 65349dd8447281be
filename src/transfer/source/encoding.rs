//! Other encodings to UTF-8, as they are read.

use std::io::{self, Cursor, Read};
use std::path::Path;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};

use super::scan::count_line_ends;
use crate::transfer::TransferError;

/// Bytes decoded at a time.
const STEP: usize = 1 << 16;

/// The text that was not of its encoding, inside an [`io::Error`].
#[derive(Debug, thiserror::Error)]
#[error("line {line} is not {encoding}")]
pub(super) struct Malformed {
    pub(super) line: u64,
    pub(super) encoding: &'static str,
}

/// The stream as UTF-8, without a byte order mark, and the encoding's name.
///
/// A mark tells the encoding and outweighs the label. Plain UTF-8 is passed through unchecked.
pub(super) fn decode(
    mut reader: Box<dyn Read + Send>,
    label: Option<&str>,
    path: &Path,
) -> Result<Decoded, TransferError> {
    let declared = match label {
        Some(label) => Some(
            Encoding::for_label(label.as_bytes())
                .ok_or_else(|| TransferError::Encoding(label.to_owned()))?,
        ),
        None => None,
    };
    let mut start = Vec::new();
    let read = (&mut reader).take(3).read_to_end(&mut start);
    read.map_err(|error| TransferError::read(path, error))?;
    let (encoding, mark) = match Encoding::for_bom(&start) {
        Some((encoding, mark)) => (encoding, mark),
        None => (declared.unwrap_or(UTF_8), 0),
    };
    let rest = Cursor::new(start.split_off(mark)).chain(reader);
    let reader: Box<dyn Read + Send> =
        if encoding == UTF_8 { Box::new(rest) } else { Box::new(Transcoder::new(rest, encoding)) };
    Ok(Decoded { reader, encoding: encoding.name() })
}

/// A stream of UTF-8, and the encoding it had.
pub(super) struct Decoded {
    pub(super) reader: Box<dyn Read + Send>,
    pub(super) encoding: &'static str,
}

/// Decodes as it is read.
struct Transcoder<R> {
    source: R,
    decoder: Decoder,
    encoding: &'static str,
    /// Bytes read and not decoded.
    input: Vec<u8>,
    /// Text decoded, of which the first `given` bytes were handed out.
    output: String,
    given: usize,
    /// Line ends decoded before `output`.
    lines: u64,
    ended: bool,
}

impl<R: Read> Transcoder<R> {
    fn new(source: R, encoding: &'static Encoding) -> Self {
        Self {
            source,
            decoder: encoding.new_decoder_without_bom_handling(),
            encoding: encoding.name(),
            input: Vec::new(),
            output: String::new(),
            given: 0,
            lines: 0,
            ended: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.lines += count_line_ends(self.output.as_bytes());
        self.output.clear();
        self.given = 0;
        let n_read = (&mut self.source).take(STEP as u64).read_to_end(&mut self.input)?;
        self.ended = n_read < STEP;
        let room = self.decoder.max_utf8_buffer_length_without_replacement(self.input.len());
        self.output.reserve(room.unwrap_or(STEP * 4));
        let (result, n_used) = self.decoder.decode_to_string_without_replacement(
            &self.input,
            &mut self.output,
            self.ended,
        );
        self.input.drain(..n_used);
        match result {
            DecoderResult::InputEmpty | DecoderResult::OutputFull => Ok(()),
            DecoderResult::Malformed(..) => {
                let line = self.lines + count_line_ends(self.output.as_bytes()) + 1;
                Err(io::Error::other(Malformed { line, encoding: self.encoding }))
            }
        }
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() {
            if self.ended && self.input.is_empty() {
                return Ok(0);
            }
            self.refill()?;
        }
        let rest = &self.output.as_bytes()[self.given..];
        let n_bytes = rest.len().min(buffer.len());
        buffer[..n_bytes].copy_from_slice(&rest[..n_bytes]);
        self.given += n_bytes;
        Ok(n_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], label: Option<&str>) -> io::Result<String> {
        let mut text = String::new();
        let source = Box::new(Cursor::new(bytes.to_vec()));
        let mut decoded = decode(source, label, Path::new("a")).unwrap();
        decoded.reader.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn marks_and_labels_tell_the_encoding() {
        assert_eq!(text(b"\xef\xbb\xbfa\n", None).unwrap(), "a\n");
        assert_eq!(text(b"\xff\xfea\0\xac\x20", None).unwrap(), "a€");
        assert_eq!(text(b"\xfe\xff\0a\x20\xac", None).unwrap(), "a€");
        assert_eq!(text(b"\xa340", Some("latin1")).unwrap(), "£40");
        assert_eq!(text(b"\xba\xa3", Some("gb18030")).unwrap(), "海");
        assert_eq!(text(b"", Some("gbk")).unwrap(), "");
        assert!(decode(Box::new(io::empty()), Some("latin-99"), Path::new("a")).is_err());
    }

    #[test]
    fn long_texts_pass_the_steps() {
        let wide: Vec<u8> =
            "海€a".repeat(50_000).encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(&wide, Some("utf-16le")).unwrap(), "海€a".repeat(50_000));
    }

    #[test]
    fn the_line_at_fault_is_named() {
        let error = text(b"a\nb\n\x81", Some("gbk")).unwrap_err();
        let malformed = error.get_ref().unwrap().downcast_ref::<Malformed>().unwrap();
        assert_eq!((malformed.line, malformed.encoding), (3, "GBK"));
    }
}
