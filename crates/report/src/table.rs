//! Rows of cells under named columns, one number a cell.

mod cell;

use std::fmt;

use comfy_table::{CellAlignment, presets};

pub use cell::Cell;

use crate::Error;

/// A table that prints itself, and writes itself as CSV and Markdown; a [`Page`](crate::Page) shows
/// it as HTML.
///
/// ```
/// use dissensus_report::{Cell, Table};
/// let mut table = Table::new("Loss", ["arm", "value", "low", "high"]);
/// table.push([Cell::from("text"), 9.14926.into(), 9.1045.into(), None.into()])?;
/// assert_eq!(table.to_csv()?, "arm,value,low,high\ntext,9.14926,9.1045,\n");
/// assert!(table.to_string().contains("9.149"));
/// # Ok::<(), dissensus_report::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    title: String,
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table.
    pub fn new<C: Into<String>>(title: &str, columns: impl IntoIterator<Item = C>) -> Self {
        Self {
            title: title.into(),
            columns: columns.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`Error::Row`] if it has not one cell for each column.
    pub fn push<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) -> Result<(), Error> {
        let cells: Vec<Cell> = cells.into_iter().map(Into::into).collect();
        if cells.len() != self.columns.len() {
            return Err(Error::Row {
                table: self.title.clone(),
                row: self.rows.len(),
                found: cells.len(),
                expected: self.columns.len(),
            });
        }
        self.rows.push(cells);
        Ok(())
    }

    /// The table without the columns in which no row has anything.
    #[must_use]
    pub fn without_empty_columns(mut self) -> Self {
        let kept: Vec<bool> = (0..self.columns.len())
            .map(|at| self.rows.iter().any(|row| row[at] != Cell::Missing))
            .collect();
        let keep = |at: &mut usize| {
            *at += 1;
            kept[*at - 1]
        };
        let mut at = 0;
        self.columns.retain(|_| keep(&mut at));
        for row in &mut self.rows {
            let mut at = 0;
            row.retain(|_| keep(&mut at));
        }
        self
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The names of the columns.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows, each with one cell for each column.
    #[must_use]
    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// Whether a column holds numbers, and nothing else but cells without a value.
    #[must_use]
    pub fn is_numeric(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(column));
        let mut seen = false;
        let fits = cells.all(|cell| match cell {
            Cell::Number(_) | Cell::Plain(_) => {
                seen = true;
                true
            }
            Cell::Missing => true,
            Cell::Text(_) => false,
        });
        fits && seen
    }

    /// The table as CSV with a header line (RFC 4180, `\n`); numbers in full, a cell without a
    /// value empty.
    ///
    /// # Errors
    /// [`Error::Csv`] if the writer refuses.
    pub fn to_csv(&self) -> Result<String, Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.columns)?;
        for row in &self.rows {
            writer.write_record(row.iter().map(Cell::exact))?;
        }
        let bytes = writer
            .into_inner()
            .map_err(|e| csv::Error::from(e.into_error()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The table as GitHub-flavoured Markdown, without its title.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let line = |cells: Vec<String>| {
            let escape = |c: &String| {
                c.replace('\\', "\\\\")
                    .replace('|', "\\|")
                    .replace('\n', " ")
            };
            let cells: Vec<String> = cells.iter().map(escape).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule: String = (0..self.columns.len())
            .map(|at| if self.is_numeric(at) { "---:|" } else { "---|" })
            .collect();
        let rows = self.rows.iter();
        let rows: String = rows
            .map(|row| line(row.iter().map(Cell::to_string).collect()))
            .collect();
        format!("{}|{rule}\n{rows}", line(self.columns.clone()))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = comfy_table::Table::new();
        table
            .load_preset(presets::UTF8_BORDERS_ONLY)
            .set_header(&self.columns);
        for row in &self.rows {
            table.add_row(row);
        }
        for (at, column) in table.column_iter_mut().enumerate() {
            if self.is_numeric(at) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        writeln!(f, "{}\n{table}", self.title)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table() -> Table {
        let mut table = Table::new("Disagreement", ["ensemble", "js"]);
        table
            .push(["text, bpe".into(), Cell::from(0.1)])
            .expect("two cells");
        table
            .push([Cell::from("dna|kmer"), 0.25.into()])
            .expect("two cells");
        table
            .push([Cell::from("untrained"), f64::NAN.into()])
            .expect("two cells");
        table
    }

    proptest! {
        #[test]
        fn csv_reads_back_whatever_the_cells_hold(cells in prop::collection::vec(".{0,12}", 2..8)) {
            let mut table = Table::new("t", ["only", "second"]);
            for pair in cells.chunks_exact(2) {
                table.push(pair.iter().map(String::as_str)).expect("two cells");
            }
            let csv = table.to_csv().expect("CSV");
            let mut reader = csv::Reader::from_reader(csv.as_bytes());
            let read: Vec<csv::StringRecord> = reader.records().map(|r| r.expect("a record")).collect();
            prop_assert_eq!(read.len(), cells.len() / 2);
            for (record, pair) in read.iter().zip(cells.chunks_exact(2)) {
                prop_assert_eq!(record.iter().collect::<Vec<_>>(), pair.iter().collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_short_row_is_refused() {
        let error = table().push(["one"]).expect_err("one cell");
        assert_eq!(
            error.to_string(),
            r#"row 3 of table "Disagreement" has 1 cells, expected 2"#
        );
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        let csv = table().to_csv().expect("CSV");
        assert_eq!(
            csv,
            "ensemble,js\n\"text, bpe\",0.1\ndna|kmer,0.25\nuntrained,NaN\n"
        );
    }

    #[test]
    fn columns_without_a_value_are_left_out() {
        let mut table = Table::new("t", ["a", "oracle", "b"]);
        table
            .push([Cell::from("x"), None.into(), 1.0.into()])
            .expect("three cells");
        let table = table.without_empty_columns();
        assert_eq!(table.columns(), ["a", "b"]);
        assert_eq!(table.rows()[0], [Cell::from("x"), 1.0.into()]);
    }

    #[test]
    fn it_prints_as_a_reader_expects() {
        insta::assert_snapshot!(table().to_string());
        insta::assert_snapshot!(table().to_markdown());
    }
}
