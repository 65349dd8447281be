//! Charts, drawn as SVG.

use std::fmt::Write;

use super::text::{count, escaped, figure, percent};
use crate::insight::profile::{Bin, MonthProfile};
use crate::model::Value;

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 130.0;
/// Room for what stands under the bars.
const FOOT: f64 = 18.0;
/// Room above the highest.
const HEAD: f64 = 14.0;

/// How many of the group lie in each stretch, and how many of the others, as shares.
pub(super) fn histogram(page: &mut String, bins: &[Bin]) -> std::fmt::Result {
    let shares = bins.iter().flat_map(|bin| [bin.share, bin.versus_share]).flatten();
    let most = shares.fold(0.0, f64::max);
    if bins.is_empty() || most == 0.0 {
        return Ok(());
    }
    begin(page, "How they are spread")?;
    let step = WIDTH / bins.len() as f64;
    for (nth, bin) in bins.iter().enumerate() {
        let left = nth as f64 * step;
        let label = label(bin);
        let (own, other) = (percent(bin.share), percent(bin.versus_share));
        let title = format!("{label}: {own} ({} customers), others {other}", count(bin.customers));
        let bars = [("other", bin.versus_share, 0.52), ("own", bin.share, 0.08)];
        for (kind, share, at) in bars {
            let share = share.unwrap_or(0.0) / most;
            rect(page, kind, (left + step * at, step * 0.40), share, &title)?;
        }
    }
    let ends = [bins.first(), bins.get(bins.len() / 2), bins.last()];
    let anchors = [("start", 0.0), ("middle", WIDTH / 2.0), ("end", WIDTH)];
    for (bin, (anchor, x)) in ends.into_iter().zip(anchors) {
        let Some(bin) = bin else { continue };
        foot(page, anchor, x, &short(bin))?;
    }
    page.push_str("</svg>");
    Ok(())
}

/// A line of figures of months: how it is drawn, what it is called, which figure.
pub(super) type Line<'a> = (&'a str, &'a str, fn(&MonthProfile) -> u64);

/// Bars side by side for each month.
pub(super) fn months(
    page: &mut String,
    months: &[MonthProfile],
    lines: &[Line<'_>],
) -> std::fmt::Result {
    let most = months.iter().flat_map(|month| lines.iter().map(|(_, _, of)| of(month))).max();
    let most = most.unwrap_or(0).max(1);
    begin(page, "By month")?;
    let step = WIDTH / months.len().max(1) as f64;
    let width = step * 0.84 / lines.len() as f64;
    for (nth, month) in months.iter().enumerate() {
        for (line, (kind, name, of)) in lines.iter().enumerate() {
            let left = nth as f64 * step + step * 0.08 + line as f64 * width;
            let n = of(month);
            let title = format!("{}: {} {name}", figure(&month.start), count(n));
            rect(page, kind, (left, width * 0.92), n as f64 / most as f64, &title)?;
        }
    }
    let ends = [(months.first(), "start", 0.0), (months.last(), "end", WIDTH)];
    for (month, anchor, x) in ends {
        let Some(month) = month else { continue };
        foot(page, anchor, x, &figure(&month.start).chars().take(7).collect::<String>())?;
    }
    let names: Vec<String> = match lines {
        [_] => vec![format!("at most {}", count(most))],
        // Each name in the colour of its bars.
        _ => {
            let name = |(kind, name, _): &Line<'_>| {
                format!("<tspan class=\"{kind}\">{}</tspan>", escaped(name))
            };
            lines.iter().map(name).collect()
        }
    };
    let y = HEIGHT - 5.0;
    let (x, names) = (WIDTH / 2.0, names.join(" · "));
    write!(page, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{names}</text>")?;
    page.push_str("</svg>");
    Ok(())
}

fn begin(page: &mut String, label: &str) -> std::fmt::Result {
    let base = HEIGHT - FOOT;
    write!(
        page,
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">\
         <line class=\"axis\" x1=\"0\" x2=\"{WIDTH}\" y1=\"{base}\" y2=\"{base}\"/>",
        escaped(label)
    )
}

/// A bar of a share of the room, with a title that shows when it is pointed at.
fn rect(
    page: &mut String,
    kind: &str,
    (left, width): (f64, f64),
    share: f64,
    title: &str,
) -> std::fmt::Result {
    let height = share * (HEIGHT - FOOT - HEAD);
    let top = HEIGHT - FOOT - height;
    write!(
        page,
        "<rect class=\"{kind}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" \
         height=\"{height:.1}\"><title>{}</title></rect>",
        escaped(title)
    )
}

fn foot(page: &mut String, anchor: &str, x: f64, text: &str) -> std::fmt::Result {
    let y = HEIGHT - 5.0;
    write!(page, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{}</text>", escaped(text))
}

/// A stretch in words.
fn label(bin: &Bin) -> String {
    match (&bin.from, &bin.to) {
        (Value::Null, to) => format!("below {}", figure(to)),
        (from, Value::Null) => format!("{} and above", figure(from)),
        (from, to) => format!("{} to {}", figure(from), figure(to)),
    }
}

/// Where a stretch begins.
fn short(bin: &Bin) -> String {
    match (&bin.from, &bin.to) {
        (Value::Null, to) => format!("< {}", figure(to)),
        (from, Value::Null) => format!("≥ {}", figure(from)),
        (from, _) => figure(from),
    }
}
