//! Statements about the care that groups are owed, and about who looks after whom.

use super::{Expr, Name, Selection, SpanExpr, TextLiteral};
use crate::lang::SourceSpan;
use crate::model::{Decimal, Duration};

/// What the name of a standard's due list begins with: `due vip_care`.
const LIST: &str = "due ";

/// The group that is the due list of a standard; `in due vip_care` is a test of it.
pub(crate) fn due_list(standard: &str) -> String {
    format!("{LIST}{standard}")
}

/// The standard whose due list a group would be by its name.
pub(crate) fn standard_of(group: &str) -> Option<&str> {
    group.strip_prefix(LIST).filter(|standard| !standard.is_empty())
}

/// The statements about care.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Care {
    /// `create standard vip_care for group vip (…)`
    Create(Standard),
    /// `alter standard vip_care for group vip (…)`
    Alter(Standard),
    /// `drop standard vip_care [cascade]`
    Drop {
        /// The standard.
        name: Name,
        /// Whether those that use its lists go too.
        cascade: bool,
    },
    /// `show standards`
    Show,
    /// `describe standard vip_care`
    Describe(Name),
    /// `due visits …`
    Due(Due),
    /// `standards report …`
    Report {
        /// Of which customers; absent for all.
        rule: Option<Expr>,
        /// When; all time up to now when absent.
        over: Option<Over>,
    },
    /// `create ownership [owner]`
    CreateOwnership(Option<Name>),
    /// `drop ownership`
    DropOwnership,
    /// `claim keys ("C1") for "anna"`
    Claim(Selection, Expr),
    /// `release keys ("C1")`; `release due` when absent.
    Release(Option<Selection>),
    /// `store report …`
    Store(Box<Store>),
}

/// `vip_care for group vip (visit every 30 days by contacts, …)`: each clause at most once.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Standard {
    /// Its name.
    pub name: Name,
    /// Whom it is for: a group, or everybody.
    pub group: Option<Name>,
    /// How often they are visited.
    pub visit: Option<Cadence>,
    /// How soon they are answered.
    pub answer: Option<Answer>,
    /// `offer "10% off"`
    pub offer: Option<TextLiteral>,
    /// `owner key_accounts`: who keeps it.
    pub owner: Option<TextLiteral>,
    /// `note "…"`
    pub note: Option<TextLiteral>,
    /// When those that nobody looks after go back to the pool.
    pub release: Option<Cadence>,
    /// `protect 30 days`: for how long after a claim they do not.
    pub protect: Option<Duration>,
    /// `limit 200`: how many of them one owner may have.
    pub limit: Option<u64>,
}

/// `over last 90 days`. Where it stands is no part of its equality.
#[derive(Clone, Debug)]
pub(crate) struct Over {
    /// When.
    pub span: SpanExpr,
    /// Where it stands.
    pub at: SourceSpan,
}

impl PartialEq for Over {
    fn eq(&self, other: &Self) -> bool {
        self.span == other.span
    }
}

/// `every 30 days by contacts`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cadence {
    /// How long at most between two.
    pub every: Duration,
    /// The event table.
    pub table: Name,
}

/// `answer within 2 hours by consultations.answered`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    /// How long at most.
    pub within: Duration,
    /// The event table of what is asked.
    pub table: Name,
    /// When it was answered; the only other timestamp of the table when absent.
    pub property: Option<Name>,
}

/// `due visits for group vip within next 7 days`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Due {
    /// Whose standards; absent for all.
    pub group: Option<Name>,
    /// Of which customers; absent for all.
    pub rule: Option<Expr>,
    /// How far ahead; absent for those that are due already.
    pub within: Option<Duration>,
    /// Rows at most.
    pub limit: Option<u64>,
}

/// `store report of orders by consultations …`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Store {
    /// The event table of purchases; `orders` when absent.
    pub orders: Option<Name>,
    /// The event table of consultations; `consultations` when absent.
    pub consultations: Option<Name>,
    /// Of which customers; absent for all.
    pub rule: Option<Expr>,
    /// When; the last 30 days when absent.
    pub over: Option<Over>,
    /// Who is an old customer.
    pub old: Option<Expr>,
    /// Who is a loyal one.
    pub loyal: Option<Expr>,
    /// The stages, the first one first; the usual ones when empty.
    pub stages: Vec<Stage>,
}

/// `growing: 300 old 30% loyal 10%`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stage {
    /// Its name.
    pub name: TextLiteral,
    /// The consultations a day below which a shop is in it; absent for `rest`.
    pub below: Option<Decimal>,
    /// The share of old customers to be reached, in hundredths.
    pub old: Option<Decimal>,
    /// The share of loyal ones.
    pub loyal: Option<Decimal>,
}

impl Care {
    /// Whether it is answered by rows, and changes nothing.
    pub(crate) fn answers_rows(&self) -> bool {
        matches!(self, Self::Show | Self::Due(_))
    }
}
