//! Whole files, through the front doors.

mod bad_rows;
mod damage;
mod delimited;
mod json;
#[cfg(feature = "parquet")]
mod parquet;
mod real;
mod round_trip;
mod support;
