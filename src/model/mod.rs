//! The field's own words as types: row ids, values, exact decimals, days, instants, spans, the clock.
//!
//! Nothing here knows of columns, rules or files, and nothing does I/O.

mod blocks;
mod clock;
mod currency;
mod decimal;
mod duration;
mod fold;
mod function;
mod grade;
mod id;
mod measure;
mod ranges;
mod rank;
mod rates;
mod scalar;
mod source;
mod span;
mod text;
mod time;
mod value;
mod zone;

pub(crate) use blocks::Blocks;
pub use clock::{Clock, FixedClock, SystemClock};
pub use currency::{Currency, Money};
pub(crate) use decimal::divide_rounded;
pub use decimal::{Decimal, DecimalError};
pub use duration::{Duration, Unit};
pub use fold::{Fold, FoldFunction};
pub use function::{EventFunction, TimeFunction};
pub use grade::{Choice, Grade, GradeCut, Grades, Label};
pub use id::{AttributeId, ChunkSize, RowId, TableId};
pub use measure::{Measure, MeasureFunction};
pub use ranges::{Range, RangeSet};
pub use rank::{RankAmount, RankCut, Side, Ties};
pub(crate) use rates::{Quotes, Rates};
pub use scalar::{Comparison, Scalar, ScalarKind, ScalarType};
pub use source::{Order, OrderKey, Projection, Source};
pub use span::{Anchor, CalendarUnit, Moment, Moves, Span, SpanError};
pub use text::{LikePattern, LikeToken, TextTest};
pub use time::{Day, Instant, TimeError};
pub(crate) use time::{EVENT_YEARS, YEARS, is_beyond_the_years};
pub use value::{Type, Value, float_from_units, float_to_units};
pub use zone::{Zone, ZoneError};
