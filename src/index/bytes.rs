//! Plain little-endian bytes, read with every length checked.

/// Why bytes could not be read.
pub(super) type Why = &'static str;

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
        let (taken, rest) = self.rest.split_at_checked(n).ok_or("it ends too early")?;
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

    /// Nothing, when everything was read.
    pub(super) fn end(self) -> Result<(), Why> {
        if self.rest.is_empty() { Ok(()) } else { Err("it is longer than it should be") }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Why> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or("it ends too early")?;
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

    /// What was written.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
