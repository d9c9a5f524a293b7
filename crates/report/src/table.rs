//! Rows of text under named columns.

use std::fmt;

use comfy_table::{CellAlignment, presets};

use crate::Error;

/// A table that prints itself, and writes itself as CSV, Markdown and HTML.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    title: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
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
    pub fn push<C: Into<String>>(
        &mut self,
        cells: impl IntoIterator<Item = C>,
    ) -> Result<(), Error> {
        let cells: Vec<String> = cells.into_iter().map(Into::into).collect();
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
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// The table as CSV with a header line (RFC 4180, `\n`).
    ///
    /// # Errors
    /// [`Error::Csv`] if the writer refuses.
    pub fn to_csv(&self) -> Result<String, Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.columns)?;
        for row in &self.rows {
            writer.write_record(row)?;
        }
        let bytes = writer
            .into_inner()
            .map_err(|e| csv::Error::from(e.into_error()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The table as GitHub-flavoured Markdown, without its title.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|c| c.replace('|', "\\|")).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule = format!("|{}\n", "---|".repeat(self.columns.len()));
        line(&self.columns) + &rule + &self.rows.iter().map(|r| line(r)).collect::<String>()
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
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        writeln!(f, "{}\n{table}", self.title)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new("Disagreement", ["ensemble", "js"]);
        table.push(["text, bpe", "0.1"]).expect("two cells");
        table.push(["dna|kmer", "0.25"]).expect("two cells");
        table
    }

    #[test]
    fn a_short_row_is_refused() {
        let error = table().push(["one"]).expect_err("one cell");
        assert_eq!(
            error.to_string(),
            r#"row 2 of table "Disagreement" has 1 cells, expected 2"#
        );
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        let csv = table().to_csv().expect("CSV");
        assert_eq!(csv, "ensemble,js\n\"text, bpe\",0.1\ndna|kmer,0.25\n");
    }

    #[test]
    fn it_prints_as_a_reader_expects() {
        insta::assert_snapshot!(table().to_string());
        insta::assert_snapshot!(table().to_markdown());
    }
}
