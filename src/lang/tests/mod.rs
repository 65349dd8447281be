//! Tests of the layer as a whole.

mod limits;
mod messages;
