//! Plain little-endian bytes, read with every length checked.

/// Why bytes could not be read.
pub(super) type Why = &'static str;

const TOO_SHORT: Why = "it ends too early";

/// Takes values off the front of bytes.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

/// Appends values to bytes.
#[derive(Debug, Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
}

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next `n` bytes.
    pub(super) fn bytes(&mut self, n: usize) -> Result<&'a [u8], Why> {
        let (taken, rest) = self.rest.split_at_checked(n).ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next byte.
    pub(super) fn u8(&mut self) -> Result<u8, Why> {
        self.array::<1>().map(u8::from_le_bytes)
    }

    /// The next four bytes.
    pub(super) fn u32(&mut self) -> Result<u32, Why> {
        self.array().map(u32::from_le_bytes)
    }

    /// The next eight bytes.
    pub(super) fn u64(&mut self) -> Result<u64, Why> {
        self.array().map(u64::from_le_bytes)
    }

    /// The next eight bytes, signed.
    pub(super) fn i64(&mut self) -> Result<i64, Why> {
        self.array().map(i64::from_le_bytes)
    }

    /// The next `n` numbers of two bytes.
    pub(super) fn u16s(&mut self, n: usize) -> Result<Box<[u16]>, Why> {
        let bytes = self.bytes(n.checked_mul(2).ok_or("a length is too large")?)?;
        let (pairs, _) = bytes.as_chunks::<2>();
        Ok(pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect())
    }

    /// The next `n` numbers of eight bytes.
    pub(super) fn u64s(&mut self, n: usize) -> Result<Box<[u64]>, Why> {
        let bytes = self.bytes(n.checked_mul(8).ok_or("a length is too large")?)?;
        let (words, _) = bytes.as_chunks::<8>();
        Ok(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
    }

    /// The next number, of seven bits a byte.
    pub(super) fn varint(&mut self) -> Result<u64, Why> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7F);
            if bits << shift >> shift != bits {
                break;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("a number is too large")
    }

    /// The next number, folded and of seven bits a byte.
    pub(super) fn signed_varint(&mut self) -> Result<i64, Why> {
        let folded = self.varint()?;
        Ok((folded >> 1) as i64 ^ -((folded & 1) as i64))
    }

    /// The next count, as a number of seven bits a byte, of things that take at least so many bytes
    /// each: as many bytes must be left.
    pub(super) fn count(&mut self, bytes_each: usize) -> Result<usize, Why> {
        let count = usize::try_from(self.varint()?).map_err(|_| TOO_SHORT)?;
        self.fits(count.checked_mul(bytes_each).ok_or(TOO_SHORT)?)?;
        Ok(count)
    }

    /// `n` again, when so many bytes are left.
    pub(super) fn fits(&self, n: usize) -> Result<usize, Why> {
        if n <= self.rest.len() { Ok(n) } else { Err(TOO_SHORT) }
    }

    /// The next text, its length before it.
    pub(super) fn text(&mut self) -> Result<&'a str, Why> {
        let len = self.count(1)?;
        std::str::from_utf8(self.bytes(len)?).map_err(|_| "a text is not UTF-8")
    }

    /// The next `n` flags, eight a byte.
    pub(super) fn flags(&mut self, n: usize) -> Result<Vec<bool>, Why> {
        let bytes = self.bytes(n.div_ceil(8))?;
        Ok((0..n).map(|at| bytes[at / 8] >> (at % 8) & 1 == 1).collect())
    }

    /// Whether everything was read.
    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Nothing, when everything was read.
    pub(super) fn end(self) -> Result<(), Why> {
        if self.rest.is_empty() { Ok(()) } else { Err("it is longer than it should be") }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Why> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(*taken)
    }
}

impl Writer {
    /// Appends bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends a byte.
    pub(super) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// Appends four bytes.
    pub(super) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    /// Appends eight bytes.
    pub(super) fn u64(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    /// Appends eight bytes.
    pub(super) fn i64(&mut self, value: i64) {
        self.bytes(&value.to_le_bytes());
    }

    /// Appends numbers of two bytes.
    pub(super) fn u16s(&mut self, values: &[u16]) {
        values.iter().for_each(|value| self.bytes(&value.to_le_bytes()));
    }

    /// Appends numbers of eight bytes.
    pub(super) fn u64s(&mut self, values: &[u64]) {
        self.bytes.reserve(values.len() * 8);
        values.iter().for_each(|value| self.bytes(&value.to_le_bytes()));
    }

    /// Appends a number, seven bits a byte.
    pub(super) fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.u8(value as u8 | 0x80);
            value >>= 7;
        }
        self.u8(value as u8);
    }

    /// Appends a number, folded (0, −1, 1, −2 …), seven bits a byte.
    pub(super) fn signed_varint(&mut self, value: i64) {
        self.varint((value << 1 ^ value >> 63) as u64);
    }

    /// Appends a count, as a number of seven bits a byte.
    pub(super) fn count(&mut self, n: usize) {
        self.varint(n as u64);
    }

    /// Appends a text, its length before it.
    pub(super) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes(text.as_bytes());
    }

    /// Appends flags, eight a byte.
    pub(super) fn flags(&mut self, flags: impl Iterator<Item = bool>) {
        let (mut byte, mut n) = (0u8, 0);
        for flag in flags {
            byte |= u8::from(flag) << n;
            n += 1;
            if n == 8 {
                self.u8(byte);
                (byte, n) = (0, 0);
            }
        }
        if n > 0 {
            self.u8(byte);
        }
    }

    /// What was written.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
