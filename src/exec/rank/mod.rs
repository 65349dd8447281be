//! Rankings, resolved before chunks are evaluated: who is ranked, where the cut-off lies in each
//! group, and who is in.

mod bracket;
mod front;
mod groups;
mod ranked;
mod resolve;
mod share;
mod sorted;

pub(super) use bracket::thin;
pub(super) use groups::Groups;
pub(super) use ranked::Ranked;
pub(super) use resolve::{Method, narrow, resolve};
pub(super) use share::share;
