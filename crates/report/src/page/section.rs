//! A part of a page that the list of contents names.

use crate::{Colours, Figure, Finding, Table};

/// Whether a table is open at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disclosure {
    /// The reader sees it.
    Open,
    /// The reader sees its title and opens it.
    Closed,
}

/// A section under a heading.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Section {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Text(String),
    Findings(Vec<Finding>),
    Table(Table, Disclosure),
    Figure(Figure),
    Key(Vec<String>),
}

impl Section {
    /// An empty section; `id` is its anchor.
    #[must_use]
    pub fn new(id: &str, title: &str) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            parts: Vec::new(),
        }
    }

    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Adds a paragraph of plain text (markup in it is shown, not obeyed).
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.parts.push(Part::Text(text.into()));
        self
    }

    /// Adds a list of findings, unless it is empty.
    pub fn findings(&mut self, findings: &[Finding]) -> &mut Self {
        if !findings.is_empty() {
            self.parts.push(Part::Findings(findings.to_vec()));
        }
        self
    }

    /// Adds a table, unless it has no row.
    pub fn table(&mut self, table: &Table, fold: Disclosure) -> &mut Self {
        if !table.rows().is_empty() {
            self.parts.push(Part::Table(table.clone(), fold));
        }
        self
    }

    /// Adds a figure, unless there is nothing to draw.
    pub fn figure(&mut self, figure: &Figure) -> &mut Self {
        if !figure.chart.is_empty() {
            self.parts.push(Part::Figure(figure.clone()));
        }
        self
    }

    /// Adds the key of the page: whose each colour is.
    pub fn key<'a>(&mut self, subjects: impl IntoIterator<Item = &'a str>) -> &mut Self {
        let subjects: Vec<String> = subjects.into_iter().map(String::from).collect();
        if !subjects.is_empty() {
            self.parts.push(Part::Key(subjects));
        }
        self
    }

    pub(super) fn register(&self, colours: &mut Colours) {
        for part in &self.parts {
            match part {
                Part::Key(subjects) => subjects.iter().for_each(|s| colours.register(s)),
                Part::Figure(figure) => figure.chart.register(colours),
                Part::Text(_) | Part::Findings(_) | Part::Table(..) => {}
            }
        }
    }
}
