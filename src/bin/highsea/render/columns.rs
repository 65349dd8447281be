//! Columns of a table, and how many of what width a terminal holds.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::table::GAP;

/// A column on its way to the screen.
pub(super) struct Column {
    /// Its header.
    pub(super) name: String,
    /// Its cells, each one line.
    pub(super) cells: Vec<String>,
    /// What it holds.
    pub(super) content: Content,
    /// Terminal columns it takes.
    pub(super) width: usize,
}

/// What a column holds decides where it stands and whether it may be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Numbers stand at the right and are never cut.
    Numbers,
    /// Keys, dates and flags are never cut.
    Whole,
    /// Texts and sets may be cut.
    Text,
}

/// The narrowest a cut text gets.
const NARROW_TEXT: usize = 12;
/// The narrowest a cut header gets.
const NARROW_HEADER: usize = 8;

impl Column {
    /// A column as wide as what it holds.
    pub(super) fn new(name: String, cells: Vec<String>, content: Content) -> Self {
        let width = widest(&cells).max(name.width()).max(1);
        Self { name, cells, content, width }
    }

    /// How narrow it may get.
    fn floor(&self) -> usize {
        match self.content {
            Content::Text => self.width.min(NARROW_TEXT),
            _ => widest(&self.cells).max(NARROW_HEADER).min(self.width),
        }
    }
}

fn widest(cells: &[String]) -> usize {
    cells.iter().map(|cell| cell.width()).max().unwrap_or(0)
}

/// Narrows columns until they fit into `width`, the widest first; the columns at the right that
/// find no room even so are left out. Gives how many are left, one at least.
pub(super) fn fit(columns: &mut [Column], width: usize) -> usize {
    let floors: Vec<usize> = columns.iter().map(Column::floor).collect();
    let mut taken = 0;
    let found_room = floors.iter().take_while(|floor| {
        taken += **floor + GAP;
        taken - GAP <= width
    });
    let n = found_room.count().max(1).min(columns.len());
    let (columns, floors) = (&mut columns[..n], &floors[..n]);
    let room = width.saturating_sub(GAP * n.saturating_sub(1));
    while columns.iter().map(|column| column.width).sum::<usize>() > room {
        let spare = |(column, floor): &(&mut Column, &usize)| column.width - **floor;
        let widest = columns.iter_mut().zip(floors).filter(|pair| spare(pair) > 0);
        let Some((column, _)) = widest.max_by_key(|(column, _)| column.width) else {
            columns[0].width = columns[0].width.min(room.max(1));
            break;
        };
        column.width -= 1;
    }
    n
}

/// The text, or its beginning and `…`, within `width` terminal columns.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut taken = 1;
    for c in text.chars() {
        taken += c.width().unwrap_or(0);
        if taken > width {
            break;
        }
        kept.push(c);
    }
    kept.truncate(kept.trim_end().len());
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_counts_terminal_columns() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("深圳市南山区", 6), "深圳…");
        assert_eq!(cut("深圳市南山区", 7), "深圳市…");
        assert_eq!(cut("ab", 1), "…");
    }

    #[test]
    fn the_widest_gives_way_first() {
        let column = |width: usize| Column::new("n".repeat(width), vec![], Content::Text);
        let mut columns = [column(4), column(40), column(20)];
        assert_eq!(fit(&mut columns, 38), 3);
        let widths = columns.each_ref().map(|column| column.width);
        assert_eq!(widths, [4, 15, 15]);
        let mut columns = [column(20), column(20), column(20)];
        assert_eq!(fit(&mut columns, 28), 2);
    }
}
