//! Any leaf, ready to be asked.

use super::{Answer, Elements, Fixed, Instants, KeyTest, TextComparison, UnitsTest};
use crate::exec::ExecError;
use crate::exec::arithmetic::{Comparable, ScalarValues};
use crate::exec::at::At;
use crate::exec::scratch::Scratch;

/// A leaf with its columns found.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one a leaf of a plan, not one a row")]
pub(in crate::exec) enum Test<'a> {
    /// Everybody.
    Everybody,
    /// A value in a set.
    Units(UnitsTest<'a>),
    /// A set with one of some elements.
    Elements(Elements<'a>),
    /// Rows known already.
    Fixed(Fixed),
    /// A test of the key.
    Key(KeyTest<'a>),
    /// A function of a timestamp.
    Instants(Instants<'a>),
    /// Two arithmetic values compared.
    Comparison(Comparable<'a>),
    /// An arithmetic value that is known.
    Known(ScalarValues<'a>),
    /// Two texts compared.
    Texts(TextComparison<'a>),
}

impl Test<'_> {
    /// What headers and bitmaps say of a chunk.
    pub(in crate::exec) fn answer<'s>(&'s self, at: &At<'s>) -> Answer<'s> {
        match self {
            Self::Everybody => Answer::One(at.alive),
            Self::Units(test) => test.answer(at),
            Self::Elements(test) => test.answer(at),
            Self::Fixed(test) => test.answer(at),
            Self::Key(_)
            | Self::Instants(_)
            | Self::Comparison(_)
            | Self::Known(_)
            | Self::Texts(_) => Answer::Compute,
        }
    }

    /// `out` becomes the rows that pass, computed.
    pub(in crate::exec) fn write(
        &self,
        at: &At<'_>,
        out: &mut [u64],
        scratch: &mut Scratch,
    ) -> Result<(), ExecError> {
        if let Self::Units(test) = self {
            test.write(at, out, scratch);
            return Ok(());
        }
        at.alive.write_to(out, at.rows);
        self.narrow(at, out, scratch)
    }

    /// Keeps the rows of `acc`, all alive, that pass, computed.
    pub(in crate::exec) fn narrow(
        &self,
        at: &At<'_>,
        acc: &mut [u64],
        scratch: &mut Scratch,
    ) -> Result<(), ExecError> {
        match self {
            Self::Everybody | Self::Elements(_) | Self::Fixed(_) => {
                self.answer(at).and(at, acc, scratch);
            }
            Self::Units(test) => test.narrow(at, acc, scratch),
            Self::Key(test) => test.narrow(at, acc),
            Self::Instants(test) => test.narrow(at, acc, scratch),
            Self::Comparison(test) => return test.narrow(at, acc, &mut scratch.blocks),
            Self::Known(values) => return values.narrow_known(at, acc, &mut scratch.blocks),
            Self::Texts(test) => test.narrow(at, acc, scratch),
        }
        Ok(())
    }

    /// Looks at every living row of a chunk where arithmetic might overflow.
    ///
    /// # Errors
    ///
    /// The chunk's first row that does.
    pub(in crate::exec) fn check(&self, at: &At<'_>) -> Result<(), ExecError> {
        match self {
            Self::Comparison(test) => test.check(at),
            Self::Known(values) => values.check(at),
            _ => Ok(()),
        }
    }

    /// Whether [`check`](Self::check) may find anything.
    pub(in crate::exec) fn is_arithmetic(&self) -> bool {
        matches!(self, Self::Comparison(_) | Self::Known(_))
    }

    /// Bytes of temporaries.
    pub(in crate::exec) fn bytes(&self) -> usize {
        match self {
            Self::Units(test) => test.bytes(),
            Self::Fixed(fixed) => fixed.bytes(),
            Self::Texts(test) => test.bytes(),
            _ => 0,
        }
    }
}
