//! Rows of several batches as one, and in another order.

use super::{ColumnData, IndexError, KeyData, Rows};

const UNLIKE: IndexError = IndexError::Mismatch("its batches are of different columns");

impl Rows {
    /// Adds the rows of another batch of the same columns, in the same order, at the end.
    ///
    /// # Errors
    ///
    /// `Mismatch` when the columns differ.
    pub(crate) fn append(&mut self, more: Self) -> Result<(), IndexError> {
        if self.len == 0 {
            *self = more;
            return Ok(());
        }
        match (&mut self.keys, more.keys) {
            (None, None) => {}
            (Some(keys), Some(more)) => keys.append(more)?,
            _ => return Err(UNLIKE),
        }
        if self.columns.len() != more.columns.len() {
            return Err(UNLIKE);
        }
        for ((id, column), (other, more)) in self.columns.iter_mut().zip(more.columns) {
            if *id != other {
                return Err(UNLIKE);
            }
            column.append(more)?;
        }
        self.len += more.len;
        Ok(())
    }
}

impl KeyData {
    fn append(&mut self, more: Self) -> Result<(), IndexError> {
        match (self, more) {
            (Self::Int(numbers), Self::Int(more)) => numbers.extend(more),
            (Self::Text { bytes, ends }, Self::Text { bytes: more, ends: more_ends }) => {
                append_texts(bytes, ends, &more, more_ends);
            }
            _ => return Err(UNLIKE),
        }
        Ok(())
    }
}

impl ColumnData {
    fn append(&mut self, more: Self) -> Result<(), IndexError> {
        match (self, more) {
            (Self::Units(units), Self::Units(more)) => units.extend(more),
            (
                Self::Text { bytes, ends, known },
                Self::Text { bytes: more, ends: more_ends, known: more_known },
            ) => {
                append_texts(bytes, ends, &more, more_ends);
                known.extend(more_known);
            }
            (
                Self::Set { bytes, ends, row_ends },
                Self::Set { bytes: more, ends: more_ends, row_ends: more_rows },
            ) => {
                let n_before = ends.len();
                append_texts(bytes, ends, &more, more_ends);
                row_ends.extend(more_rows.into_iter().map(|end| n_before + end));
            }
            _ => return Err(UNLIKE),
        }
        Ok(())
    }

    /// The values of these rows, in their order.
    pub(crate) fn picked(&self, rows: &[u32]) -> Self {
        match self {
            Self::Units(units) => {
                Self::Units(rows.iter().map(|row| units[*row as usize]).collect())
            }
            Self::Text { .. } => {
                let mut picked = (String::new(), Vec::with_capacity(rows.len()));
                let mut known = Vec::with_capacity(rows.len());
                for row in rows {
                    let text = self.text(*row as usize);
                    known.push(text.is_some());
                    picked.0.push_str(text.unwrap_or_default());
                    picked.1.push(picked.0.len());
                }
                Self::Text { bytes: picked.0, ends: picked.1, known }
            }
            Self::Set { .. } => {
                let (mut bytes, mut ends, mut row_ends) = (String::new(), Vec::new(), Vec::new());
                for row in rows {
                    for element in self.elements(*row as usize) {
                        bytes.push_str(element);
                        ends.push(bytes.len());
                    }
                    row_ends.push(ends.len());
                }
                Self::Set { bytes, ends, row_ends }
            }
        }
    }
}

fn append_texts(bytes: &mut String, ends: &mut Vec<usize>, more: &str, more_ends: Vec<usize>) {
    let n_before = bytes.len();
    bytes.push_str(more);
    ends.extend(more_ends.into_iter().map(|end| n_before + end));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AttributeId;

    fn batch(from: i64, n: usize) -> Rows {
        let number = |row: usize| from + row as i64;
        let (mut bytes, mut ends, mut known) = (String::new(), Vec::new(), Vec::new());
        for row in 0..n {
            known.push(number(row) % 3 != 0);
            if number(row) % 3 != 0 {
                bytes += &format!("text {}", number(row));
            }
            ends.push(bytes.len());
        }
        let (mut set, mut set_ends, mut row_ends) = (String::new(), Vec::new(), Vec::new());
        for row in 0..n {
            for element in 0..number(row) % 4 {
                set += &format!("{element}");
                set_ends.push(set.len());
            }
            row_ends.push(set_ends.len());
        }
        let units = (0..n).map(|row| (number(row) % 5 != 0).then(|| number(row))).collect();
        Rows {
            len: n,
            keys: Some(KeyData::Int((0..n).map(number).collect())),
            columns: vec![
                (AttributeId(0), ColumnData::Units(units)),
                (AttributeId(1), ColumnData::Text { bytes, ends, known }),
                (AttributeId(2), ColumnData::Set { bytes: set, ends: set_ends, row_ends }),
            ],
        }
    }

    fn shown(column: &ColumnData, row: usize) -> String {
        match column {
            ColumnData::Units(units) => format!("{:?}", units[row]),
            ColumnData::Text { .. } => format!("{:?}", column.text(row)),
            ColumnData::Set { .. } => column.elements(row).collect::<Vec<_>>().join(","),
        }
    }

    #[test]
    fn batches_become_one_and_any_order_can_be_had() {
        let (mut rows, whole) = (Rows::default(), batch(7, 50));
        for (from, n) in [(7, 10), (17, 0), (17, 1), (18, 39)] {
            rows.append(batch(from, n)).unwrap();
        }
        rows.check().unwrap();
        let order: Vec<u32> = (0..50).map(|at| at * 17 % 50).collect();
        for ((_, found), (_, expected)) in rows.columns.iter().zip(&whole.columns) {
            let picked = found.picked(&order);
            for (row, from) in order.iter().enumerate() {
                assert_eq!(shown(found, row), shown(expected, row));
                assert_eq!(shown(&picked, row), shown(expected, *from as usize));
            }
        }
        let other = Rows { columns: Vec::new(), ..batch(0, 1) };
        assert!(rows.append(other).is_err());
    }
}
