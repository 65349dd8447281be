//! Answers as text: tables for people, CSV and JSON for programs.

mod care;
mod columns;
mod csv;
mod json;
mod page;
mod profile;
mod reports;
mod table;
mod verification;

pub(crate) use csv::csv;
pub(crate) use json::{json, json_lines};
pub(crate) use page::{Page, grouped, page};
