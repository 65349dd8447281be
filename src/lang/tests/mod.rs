//! Tests of the layer as a whole.

mod limits;
