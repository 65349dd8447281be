//! Whole columns.

use std::sync::Arc;

use super::{SetChunk, UnitsChunk};
use crate::model::Type;

/// A column of any type.
#[derive(Clone, Debug)]
pub(crate) enum Column {
    /// Every type but text and set.
    Units(UnitsColumn),
    /// Text.
    Text(TextColumn),
    /// Sets of text.
    Set(SetColumn),
}

/// A column of units.
#[derive(Clone, Debug)]
pub(crate) struct UnitsColumn {
    /// The attribute's type; `Int` for dictionary codes.
    pub(crate) ty: Type,
    /// The chunks.
    pub(crate) chunks: Vec<Arc<UnitsChunk>>,
}

/// A column of text: dictionary codes.
#[derive(Clone, Debug)]
pub(crate) struct TextColumn {
    /// The codes.
    pub(crate) codes: UnitsColumn,
}

/// A column of sets.
#[derive(Clone, Debug)]
pub(crate) struct SetColumn {
    /// The chunks.
    pub(crate) chunks: Vec<Arc<SetChunk>>,
}
