//! One HTML file with everything inside it.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::Table;

/// A self-contained page: text, tables and figures, no link to anything outside it.
#[derive(Debug, Clone, Default)]
pub struct Page {
    title: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Heading(String),
    Text(String),
    Table(Table),
    Figure { svg: String, caption: String },
}

impl Page {
    /// An empty page.
    #[must_use]
    pub fn new(title: &str) -> Self {
        Self {
            title: title.into(),
            parts: Vec::new(),
        }
    }

    /// Adds a section heading.
    pub fn heading(&mut self, text: &str) -> &mut Self {
        self.parts.push(Part::Heading(text.into()));
        self
    }

    /// Adds a paragraph of plain text (markup in it is shown, not obeyed).
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.parts.push(Part::Text(text.into()));
        self
    }

    /// Adds a table under its title.
    pub fn table(&mut self, table: &Table) -> &mut Self {
        self.parts.push(Part::Table(table.clone()));
        self
    }

    /// Adds a figure (SVG text, as the charts of this crate make it) with its caption.
    pub fn figure(&mut self, svg: &str, caption: &str) -> &mut Self {
        self.parts.push(Part::Figure {
            svg: svg.into(),
            caption: caption.into(),
        });
        self
    }

    /// The page as HTML.
    #[must_use]
    pub fn to_html(&self) -> String {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    h1 { (self.title) }
                    @for part in &self.parts { (part.markup()) }
                }
            }
        }
        .into_string()
    }
}

impl Part {
    fn markup(&self) -> Markup {
        match self {
            Self::Heading(text) => html! { h2 { (text) } },
            Self::Text(text) => html! { p { (text) } },
            Self::Table(table) => table_markup(table),
            Self::Figure { svg, caption } => html! {
                figure { (PreEscaped(svg)) figcaption { (caption) } }
            },
        }
    }
}

fn table_markup(table: &Table) -> Markup {
    html! {
        div class="wide" {
            table {
                caption { (table.title()) }
                thead { tr { @for name in table.columns() { th { (name) } } } }
                tbody {
                    @for row in table.rows() { tr { @for cell in row { td { (cell) } } } }
                }
            }
        }
    }
}

const STYLE: &str = "
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1c2330; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid #d5dae3; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .82rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .4rem 0; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid #e3e7ee; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
figure { margin: 1.2rem 0; } figure svg { max-width: 100%; height: auto; }
figcaption { font-size: .85rem; color: #566072; }
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_smuggle_markup() {
        let mut page = Page::new("a < b");
        page.text("<script>alert(1)</script>");
        let html = page.to_html();
        assert!(html.contains("a &lt; b"), "{html}");
        assert!(!html.contains("<script>"), "{html}");
    }

    #[test]
    fn a_page_links_to_nothing_outside() {
        let mut table = Table::new("t", ["x"]);
        table.push(["1"]).expect("one cell");
        let mut page = Page::new("study");
        page.heading("h").table(&table).figure("<svg></svg>", "c");
        let html = page.to_html();
        for link in ["src=", "href=", "@import", "url("] {
            assert!(!html.contains(link), "{link} in {html}");
        }
    }
}
