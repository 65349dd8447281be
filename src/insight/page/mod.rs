//! A profile as one page of HTML that needs nothing beside itself.

mod charts;
mod text;

use std::fmt::Write;

use charts::{histogram, months};
use text::{count, escaped, figure, percent, times};

use super::profile::{
    CategoryProfile, EventProfile, Mark, NumberProfile, Profile, SumProfile, TopProfile, ValueShare,
};
use crate::model::Value;

const STYLE: &str = include_str!("style.css");
/// Values of an attribute that the page has room for.
const MOST_VALUES: usize = 12;

impl Profile {
    /// The profile as one page of HTML that needs no network: charts are drawn in it, and all that
    /// comes from the pool is escaped.
    pub fn to_html(&self) -> String {
        let mut page = String::new();
        let _ = self.write_html(&mut page);
        page
    }

    fn write_html(&self, page: &mut String) -> std::fmt::Result {
        let name = self.rule.as_deref().unwrap_or("all customers");
        write!(
            page,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{} – profile</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
            escaped(name)
        )?;
        self.head(page, name)?;
        page.push_str("<main>\n");
        marks(page, &self.apart)?;
        self.categories(page)?;
        self.numbers(page)?;
        self.events.iter().try_for_each(|events| table(page, events))?;
        page.push_str("</main>\n");
        write!(
            page,
            "<footer>Made by Highsea. Every figure is exact as of {}. An index of 200 means: twice as \
             often as among those compared with.</footer>\n</body>\n</html>\n",
            escaped(&self.now)
        )
    }

    fn head(&self, page: &mut String, name: &str) -> std::fmt::Result {
        let other = self.versus.as_deref().unwrap_or("all customers");
        write!(
            page,
            "<header>\n<h1>Profile</h1>\n<p><span class=\"key\" style=\"margin-left:0\"></span><code>{}</code>\
             <span class=\"key other\"></span>beside <code>{}</code>, {}</p>\n<div class=\"cards\">\n",
            escaped(name),
            escaped(other),
            counted(self.versus_customers, "customer")
        )?;
        card(page, &count(self.customers), "customers")?;
        card(page, &percent(self.share), "of the pool")?;
        for events in &self.events {
            card(page, &percent(events.share_of_all), &format!("of all {}", events.table))?;
            for sum in events.sums.iter().filter(|sum| adds_up(&sum.total)) {
                let of = format!("of all {}.{}", events.table, sum.property);
                card(page, &percent(sum.share_of_all), &of)?;
            }
        }
        page.push_str("</div>\n</header>\n");
        Ok(())
    }

    fn categories(&self, page: &mut String) -> std::fmt::Result {
        let shown = |category: &&CategoryProfile| !category.values.is_empty();
        let (classes, others): (Vec<&CategoryProfile>, Vec<&CategoryProfile>) =
            self.categories.iter().filter(shown).partition(|category| category.is_class);
        for (title, all) in [("Stages and tiers", classes), ("Attributes", others)] {
            if all.is_empty() {
                continue;
            }
            write!(page, "<h2>{title}</h2>\n<div class=\"grid\">\n")?;
            for category in all {
                let name = &category.attribute;
                let note = if category.is_set { "Customers may have several." } else { "" };
                values(page, name, note, &category.values, "customers")?;
            }
            page.push_str("</div>\n");
        }
        Ok(())
    }

    fn numbers(&self, page: &mut String) -> std::fmt::Result {
        let known: Vec<&NumberProfile> =
            self.numbers.iter().filter(|n| n.spread.is_some()).collect();
        if known.is_empty() {
            return Ok(());
        }
        page.push_str("<h2>Numbers and dates</h2>\n<div class=\"grid\">\n");
        for number in known {
            write!(page, "<div class=\"box wide\"><h3>{}</h3>", escaped(&number.attribute))?;
            histogram(page, &number.histogram)?;
            spread(page, number)?;
            page.push_str("</div>\n");
        }
        page.push_str("</div>\n");
        Ok(())
    }
}

/// Whether a total is worth telling: whole numbers may be ages, or names of things.
fn adds_up(total: &Value) -> bool {
    !matches!(total, Value::Null | Value::Int(_))
}

fn card(page: &mut String, figure: &str, of: &str) -> std::fmt::Result {
    writeln!(
        page,
        "<div class=\"box card\"><b>{}</b><span>{}</span></div>",
        escaped(figure),
        escaped(of)
    )
}

fn counted(n: u64, thing: &str) -> String {
    format!("{} {thing}{}", count(n), if n == 1 { "" } else { "s" })
}

/// What sets the group apart.
fn marks(page: &mut String, marks: &[Mark]) -> std::fmt::Result {
    page.push_str("<h2>What sets them apart</h2>\n");
    if marks.is_empty() {
        page.push_str("<p>Nothing that chance alone would not do as well.</p>\n");
        return Ok(());
    }
    page.push_str(
        "<div class=\"box wide\"><table><tr><th>attribute</th><th>customers</th><th>share</th>\
         <th>others</th><th>index</th></tr>\n",
    );
    for Mark { attribute, value, .. } in marks {
        write!(
            page,
            "<tr><td>{} <b>{}</b>",
            escaped(attribute),
            escaped(&text::value(&value.value))
        )?;
        row(page, value)?;
    }
    page.push_str("</table></div>\n");
    Ok(())
}

/// A bar of a value's share beside the others', under its name, and its figures.
fn row(page: &mut String, value: &ValueShare) -> std::fmt::Result {
    writeln!(
        page,
        "{}{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"{}\">{}</td></tr>",
        bar("", value.share),
        bar(" other", value.versus_share),
        count(value.count),
        percent(value.share),
        percent(value.versus_share),
        match value.index {
            Some(..90.0) => "less",
            Some(110.0..) => "more",
            _ => "same",
        },
        times(value.index)
    )
}

fn bar(kind: &str, share: Option<f64>) -> String {
    let width = share.unwrap_or(0.0).clamp(0.0, 1.0) * 100.0;
    format!("<span class=\"pair{kind}\" style=\"width:{width:.2}%\"></span>")
}

/// The values of an attribute or a property.
fn values(
    page: &mut String,
    name: &str,
    note: &str,
    values: &[ValueShare],
    counts: &str,
) -> std::fmt::Result {
    writeln!(
        page,
        "<div class=\"box wide\"><h3>{}</h3><table><tr><th></th><th>{}</th><th>share</th>\
         <th>others</th><th>index</th></tr>",
        escaped(name),
        escaped(counts)
    )?;
    for value in values.iter().take(MOST_VALUES) {
        write!(page, "<tr><td>{}", escaped(&text::value(&value.value)))?;
        row(page, value)?;
    }
    page.push_str("</table>");
    if values.len() > MOST_VALUES {
        write!(page, "<p>and {}</p>", counted((values.len() - MOST_VALUES) as u64, "more value"))?;
    }
    if !note.is_empty() {
        write!(page, "<p>{note}</p>")?;
    }
    page.push_str("</div>\n");
    Ok(())
}

/// The quartiles of a number, beside the others'.
fn spread(page: &mut String, number: &NumberProfile) -> std::fmt::Result {
    page.push_str(
        "<table class=\"plain\"><tr><th></th><th>least</th><th>¼</th><th>median</th><th>¾</th><th>most</th>\
         <th>mean</th></tr>",
    );
    for (who, spread) in [("group", &number.spread), ("others", &number.versus_spread)] {
        let Some(spread) = spread else { continue };
        write!(page, "<tr><td>{who}</td>")?;
        let figures = [
            &spread.least,
            &spread.lower,
            &spread.median,
            &spread.upper,
            &spread.most,
            &spread.mean,
        ];
        figures
            .into_iter()
            .try_for_each(|value| write!(page, "<td>{}</td>", escaped(&figure(value))))?;
        page.push_str("</tr>");
    }
    page.push_str("</table>");
    if let Some(share) = number.share_of_all.filter(|_| adds_up(&number.total)) {
        let total = escaped(&figure(&number.total));
        write!(page, "<p>{total} together, {} of the pool's</p>", percent(Some(share)))?;
    }
    Ok(())
}

/// The events of a table.
fn table(page: &mut String, events: &EventProfile) -> std::fmt::Result {
    let EventProfile { table, events: n, customers, per_customer, versus_per_customer, .. } =
        events;
    writeln!(page, "<h2>{}</h2>", escaped(table))?;
    writeln!(
        page,
        "<p>{} of {}; {} each, {} among the others.</p>",
        counted(*n, "event"),
        counted(*customers, "customer"),
        text::ratio(*per_customer),
        text::ratio(*versus_per_customer)
    )?;
    page.push_str("<div class=\"grid\">\n");
    if events.months.iter().any(|month| month.active > 0) {
        page.push_str("<div class=\"box\"><h3>Active, by month</h3>");
        months(page, &events.months, &[("own", "active", |month| month.active)])?;
        page.push_str("</div>\n<div class=\"box\"><h3>New, won back and lost, by month</h3>");
        months(
            page,
            &events.months,
            &[
                ("own", "new", |month| month.new),
                ("more", "won back", |month| month.back),
                ("less", "lost", |month| month.lost),
            ],
        )?;
        page.push_str("<p>Lost: 90 days without any.</p></div>\n");
    }
    if !events.sums.is_empty() {
        sums(page, &events.sums)?;
    }
    for TopProfile { property, values: top, distinct } in &events.top {
        let note = match top.len() as u64 {
            shown if shown < *distinct => format!("of {}", counted(*distinct, "value")),
            _ => String::new(),
        };
        if !top.is_empty() {
            values(page, property, &note, top, "events")?;
        }
    }
    page.push_str("</div>\n");
    Ok(())
}

fn sums(page: &mut String, sums: &[SumProfile]) -> std::fmt::Result {
    page.push_str(
        "<div class=\"box wide\"><h3>Totals</h3><table class=\"plain\"><tr><th></th><th>total</th>\
         <th>of all</th><th>mean</th><th>others</th></tr>",
    );
    for SumProfile { property, total, share_of_all, mean, versus_mean } in sums {
        let shown = |value: &Value| escaped(&figure(value));
        write!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(property),
            shown(total),
            percent(*share_of_all),
            shown(mean),
            shown(versus_mean)
        )?;
    }
    page.push_str("</table></div>\n");
    Ok(())
}
