//! The statements that a scheme stands for.

use crate::lang::ast::{Expr, ExprKind, Name, Scheme, SchemeSource, SpanExpr};
use crate::lang::{Code, Diagnostic, SourceSpan, nearest};
use crate::model::{Duration, Unit};

/// An attribute of a scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// Its name, without back-quotes.
    pub(super) name: String,
    /// What it is computed as.
    pub(super) definition: String,
}

/// The attributes of a scheme, or what is wrong with what it is asked for.
type Made = Result<Vec<Written>, Diagnostic>;

/// The schemes there are.
const SCHEMES: [Kind; 6] = [
    Kind {
        name: "rfm",
        form: "create scheme rfm on orders (amount) over last 365 days",
        make: rfm,
    },
    Kind {
        name: "pyramid",
        form: "create scheme pyramid on orders (amount) over last 365 days",
        make: pyramid,
    },
    Kind {
        name: "abc",
        form: "create scheme abc on orders (amount) over last 365 days",
        make: abc,
    },
    Kind { name: "lifecycle", form: "create scheme lifecycle on orders", make: lifecycle },
    Kind { name: "channel", form: "create scheme channel on orders (channel)", make: channel },
    Kind {
        name: "influence",
        form: "create scheme influence on store_reviewer, professional, celebrity",
        make: influence,
    },
];

/// Channels of orders that are online; all others are not.
const ONLINE: &str = r#"("online", "web", "website", "app", "mobile")"#;

/// A scheme: what makes its attributes of what it is asked for.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    /// How it is written, for messages.
    form: &'static str,
    make: fn(&Asked<'_>) -> Made,
}

/// A scheme that is asked for.
struct Asked<'a> {
    scheme: &'a Scheme,
    kind: Kind,
    /// The name of its last attribute, with which those of the others begin.
    prefix: String,
    /// ` over last 365 days`, or nothing.
    over: String,
}

/// The attributes of a scheme, each after those that it reads; the last is what the others are for.
pub(super) fn attributes(scheme: &Scheme) -> Made {
    let asked = Asked::of(scheme)?;
    if scheme.on.is_empty() {
        let message = format!("scheme `{}` needs to know what it is about", asked.kind.name);
        let error = Diagnostic::new(Code::Missing, scheme.name.span, message);
        return Err(error.hint(format!("write `{}`", asked.kind.form)));
    }
    (asked.kind.make)(&asked)
}

/// The scheme as it is usually asked for, where it does not say what it is about.
pub(super) fn with_example(scheme: &Scheme) -> Scheme {
    if !scheme.on.is_empty() {
        return scheme.clone();
    }
    let span = SourceSpan::default();
    let source = |name: &str, of: Option<&str>| SchemeSource {
        name: Name { text: name.to_owned(), span },
        of: of.map(|of| Expr { kind: ExprKind::Name(of.to_owned()), span }),
    };
    let (on, is_over_a_year) = match &*scheme.name.text {
        "influence" => {
            let sources = ["store_reviewer", "professional", "celebrity"];
            (sources.map(|name| source(name, None)).to_vec(), false)
        }
        "lifecycle" => (vec![source("orders", None)], false),
        "channel" => (vec![source("orders", Some("channel"))], false),
        _ => (vec![source("orders", Some("amount"))], true),
    };
    let year = SpanExpr::Last(Duration { amount: 365, unit: Unit::Day });
    let over = scheme.over.clone().or(is_over_a_year.then_some(year));
    Scheme { on, over, ..scheme.clone() }
}

impl<'a> Asked<'a> {
    fn of(scheme: &'a Scheme) -> Result<Self, Diagnostic> {
        let name = &scheme.name.text;
        let kind = SCHEMES.iter().find(|kind| kind.name == *name).copied().ok_or_else(|| {
            let message = format!("there is no scheme `{name}`");
            let error = Diagnostic::new(Code::Unsupported, scheme.name.span, message);
            let names = || SCHEMES.iter().map(|kind| kind.name);
            match nearest(&name.to_lowercase(), names()).first() {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => {
                    let all = names().map(|name| format!("`{name}`")).collect::<Vec<_>>();
                    error.hint(format!("the schemes are {}", all.join(", ")))
                }
            }
        })?;
        let prefix = scheme.prefix.as_ref().unwrap_or(&scheme.name).text.clone();
        let over = scheme.over.as_ref().map_or_else(String::new, |span| format!(" over {span}"));
        Ok(Self { scheme, kind, prefix, over })
    }

    /// An attribute beside the last.
    fn beside(&self, of: &str, definition: String) -> Written {
        Written { name: format!("{}_{of}", self.prefix), definition }
    }

    /// The last attribute.
    fn last(&self, definition: String) -> Written {
        Written { name: self.prefix.clone(), definition }
    }

    /// The same as it is written in a definition.
    fn quoted(&self, of: &str) -> String {
        Name { text: format!("{}_{of}", self.prefix), span: SourceSpan::default() }.to_string()
    }

    fn refuse<T>(&self, at: SourceSpan, message: String) -> Result<T, Diagnostic> {
        let error = Diagnostic::new(Code::Unsupported, at, message);
        Err(error.hint(format!("write `{}`", self.kind.form)))
    }

    /// The only source.
    fn source(&self) -> Result<&'a SchemeSource, Diagnostic> {
        match &self.scheme.on[..] {
            [only] => Ok(only),
            [_, second, ..] => {
                let message = format!("scheme `{}` is about one thing", self.kind.name);
                self.refuse(second.name.span, message)
            }
            [] => self.refuse(self.scheme.name.span, "this scheme is about nothing".to_owned()),
        }
    }

    /// A table of events, and a value of each: `orders.amount`.
    fn table(&self, value: &str) -> Result<(&'a Name, String), Diagnostic> {
        let source = self.source()?;
        match &source.of {
            Some(of) => Ok((&source.name, of_events(of, &source.name))),
            None => {
                let message =
                    format!("scheme `{}` needs the {value} of each event", self.kind.name);
                self.refuse(source.name.span, message)
            }
        }
    }

    /// Refuses a span.
    fn without_span(&self) -> Result<(), Diagnostic> {
        if self.scheme.over.is_none() {
            return Ok(());
        }
        let message = format!("scheme `{}` takes no span: it has its own", self.kind.name);
        self.refuse(self.scheme.name.span, message)
    }

    /// What customers are worth: an attribute, or the sum of a value of their events, made as the
    /// first attribute of the scheme; and among whom they are compared.
    fn value(&self, made: &mut Vec<Written>) -> Result<(String, String), Diagnostic> {
        let source = self.source()?;
        if source.of.is_none() {
            self.without_span()?;
            return Ok((source.name.to_string(), String::new()));
        }
        let (table, of) = self.table("value")?;
        let over = &self.over;
        made.push(self.beside("value", format!("sum({of}{over})")));
        Ok((self.quoted("value"), format!(" among (any({table}{over}))")))
    }
}

/// Arithmetic over properties, each with its table before it.
fn of_events(expr: &Expr, table: &Name) -> String {
    fn with_table(expr: &Expr, table: &Name) -> Expr {
        let inner = |expr: &Expr| with_table(expr, table);
        let kind = match &expr.kind {
            ExprKind::Name(name) => ExprKind::Property {
                owner: table.clone(),
                name: Name { text: name.clone(), span: expr.span },
            },
            ExprKind::Sum(terms) => {
                ExprKind::Sum(terms.iter().map(|(sign, term)| (*sign, inner(term))).collect())
            }
            ExprKind::Product(factors) => ExprKind::Product(
                factors.iter().map(|(factor, operand)| (*factor, inner(operand))).collect(),
            ),
            ExprKind::Negate(operand) => ExprKind::Negate(Box::new(inner(operand))),
            ExprKind::Call { name, arguments } => ExprKind::Call {
                name: name.clone(),
                arguments: arguments.iter().map(inner).collect(),
            },
            other => other.clone(),
        };
        Expr { kind, span: expr.span }
    }
    with_table(expr, table).to_string()
}

/// Recency, frequency and monetary value, five tiles each, and the usual ten segments of the first
/// two.
fn rfm(asked: &Asked<'_>) -> Made {
    let (table, amount) = asked.table("amount")?;
    let over = &asked.over;
    let [last, orders, value] = ["last", "orders", "amount"].map(|of| asked.quoted(of));
    let [r, f, m] = ["r", "f", "m"].map(|of| asked.quoted(of));
    let segment = |r: &str, f: &str, name: &str| {
        let test = |score: &str, of: &str| match of.split_once('-') {
            Some((low, high)) => format!("{score} between {low} and {high}"),
            None => format!("{score} = {of}"),
        };
        format!(
            " when {} and {} then \"{name}\"",
            test(&asked.quoted("r"), r),
            test(&asked.quoted("f"), f)
        )
    };
    let segments = [
        segment("5", "4-5", "champions"),
        segment("3-4", "4-5", "loyal customers"),
        segment("4-5", "2-3", "potential loyalists"),
        segment("5", "1", "new customers"),
        segment("4", "1", "promising"),
        segment("3", "3", "need attention"),
        segment("3", "1-2", "about to sleep"),
        segment("1-2", "5", "cannot lose them"),
        segment("1-2", "3-4", "at risk"),
        segment("1-2", "1-2", "hibernating"),
    ];
    Ok(vec![
        asked.beside("last", format!("last({table}.at{over})")),
        asked.beside("orders", format!("count({table}{over})")),
        asked.beside("amount", format!("sum({amount}{over})")),
        asked.beside("r", format!("ntile(5) of {last}")),
        asked.beside("f", format!("ntile(5) of {orders} among ({orders} > 0)")),
        asked.beside("m", format!("ntile(5) of {value} among ({orders} > 0)")),
        asked.beside("score", format!("100 * {r} + 10 * {f} + {m}")),
        asked.last(format!("case{} end", segments.concat())),
    ])
}

/// The customer pyramid: the first hundredth, the next four, the next fifteen, and the rest.
fn pyramid(asked: &Asked<'_>) -> Made {
    let mut made = Vec::new();
    let (value, among) = asked.value(&mut made)?;
    let source = asked.source()?;
    let of = source.of.as_ref().map_or_else(|| source.name.text.clone(), ToString::to_string);
    let is_profit = ["profit", "margin"].iter().any(|word| of.to_lowercase().contains(word));
    let loss = if is_profit { "loss: < 0, " } else { "" };
    let tiers = "vip: top 1%, major: top 5%, ordinary: top 20%, small: rest";
    made.push(asked.last(format!("tiers of {value} ({loss}{tiers}){among}")));
    Ok(made)
}

/// Pareto's classes: who makes the first 80 % of the total, the next 15, and the rest.
fn abc(asked: &Asked<'_>) -> Made {
    let mut made = Vec::new();
    let (value, among) = asked.value(&mut made)?;
    let shares = "A: 80%, B: 95%, C: rest";
    made.push(asked.last(format!("shares of {value} ({shares}){among}")));
    Ok(made)
}

/// Where in its life each customer is.
fn lifecycle(asked: &Asked<'_>) -> Made {
    asked.without_span()?;
    let source = asked.source()?;
    if let Some(of) = &source.of {
        return asked
            .refuse(of.span, "scheme `lifecycle` is about all events of a table".to_owned());
    }
    let (table, first) = (&source.name, asked.quoted("first"));
    let stages = [
        format!(" when no({table}) then \"prospect\""),
        format!(" when {first} within last 30 days then \"new\""),
        format!(
            " when any({table} over last 90 days) and no({table} over between 365 and 90 days ago) \
             and {first} not within last 365 days then \"won back\""
        ),
        format!(" when any({table} over last 90 days) then \"active\""),
        format!(" when any({table} over last 180 days) then \"at risk\""),
        format!(" when any({table} over last 365 days) then \"dormant\""),
    ];
    Ok(vec![
        asked.beside("first", format!("first({table}.at)")),
        asked.last(format!("case{} else \"lost\" end", stages.concat())),
    ])
}

/// Through which channels each customer buys.
fn channel(asked: &Asked<'_>) -> Made {
    let source = asked.source()?;
    let (table, _) = asked.table("channel")?;
    let Some(ExprKind::Name(property)) = source.of.as_ref().map(|of| &of.kind) else {
        return asked
            .refuse(table.span, "scheme `channel` needs the name of a property".to_owned());
    };
    let property = Name { text: property.clone(), span: table.span };
    let over = &asked.over;
    let [online, offline] = ["online", "offline"].map(|of| asked.quoted(of));
    let channels = [
        format!(" when {online} > 0 and {offline} > 0 then \"mixed\""),
        format!(" when {online} > 0 then \"online\""),
        format!(" when {offline} > 0 then \"offline\""),
    ];
    Ok(vec![
        asked.beside("online", format!("count({table} where {property} in {ONLINE}{over})")),
        asked.beside("offline", format!("count({table} where {property} not in {ONLINE}{over})")),
        asked.last(format!("case{} end", channels.concat())),
    ])
}

/// How far each customer's word reaches: reviewers of the store, professionals, celebrities.
fn influence(asked: &Asked<'_>) -> Made {
    asked.without_span()?;
    let [reviewer, professional, celebrity] = &asked.scheme.on[..] else {
        let at = asked.scheme.name.span;
        let message = "scheme `influence` is about three attributes: who reviews the store, who is a \
                       professional, who is a celebrity";
        return asked.refuse(at, message.to_owned());
    };
    let points = |source: &SchemeSource, n: u32| match &source.of {
        None => Ok(format!("case when {} then {n} else 0 end", source.name)),
        Some(of) => {
            asked.refuse(of.span, "scheme `influence` is about attributes of customers".to_owned())
        }
    };
    let score = [points(reviewer, 3)?, points(professional, 4)?, points(celebrity, 5)?].join(" + ");
    let tiers = "high: >= 7, medium: >= 3, low: rest";
    Ok(vec![
        asked.beside("score", score),
        asked.last(format!("tiers of {} ({tiers})", asked.quoted("score"))),
    ])
}
