//! One HTML file with everything inside it.

mod markup;
mod section;
mod style;

pub use section::{Disclosure, Section};

use crate::{Error, RunCard};

/// A self-contained page: cards, findings, figures and tables, no link to anything outside it.
///
/// It is readable from 320 pixels on, in light and dark and in print; its script (sorting, values
/// on hover, downloads) adds and never holds anything back. A page of a run that goes on is made
/// anew from what there is, and asks the browser to load it again.
///
/// ```
/// use dissensus_report::{Page, RunCard, Section};
/// let mut page = Page::new("Entropy and disagreement", "Three ensembles.");
/// page.card(RunCard::new("", "Three members on built-in DNA."));
/// let mut findings = Section::new("findings", "Findings");
/// findings.text("Nothing yet.");
/// page.section(findings);
/// assert!(page.to_html()?.contains("<h2 id=\"findings\">Findings</h2>"));
/// # Ok::<(), dissensus_report::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    title: String,
    lead: String,
    cards: Vec<RunCard>,
    sections: Vec<Section>,
    status: Option<Status>,
    footer: String,
}

/// What a page says of a run that is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Status {
    said: String,
    /// Seconds after which the browser loads the page again; none where nothing more comes.
    reload: Option<u32>,
}

impl Page {
    /// An empty page with its title and one sentence below it.
    #[must_use]
    pub fn new(title: &str, lead: &str) -> Self {
        Self {
            title: title.into(),
            lead: lead.into(),
            ..Self::default()
        }
    }

    /// Says how far a run is that goes on, and has the browser load the page again every so many
    /// seconds.
    pub fn running(&mut self, said: &str, seconds: u32) -> &mut Self {
        self.status = Some(Status {
            said: said.into(),
            reload: Some(seconds),
        });
        self
    }

    /// Says how far a run came that stopped before its end.
    pub fn stopped(&mut self, said: &str) -> &mut Self {
        self.status = Some(Status {
            said: said.into(),
            reload: None,
        });
        self
    }

    /// Adds the card of a run; several stand side by side.
    pub fn card(&mut self, card: RunCard) -> &mut Self {
        self.cards.push(card);
        self
    }

    /// Adds a section, unless it is empty.
    pub fn section(&mut self, section: Section) -> &mut Self {
        if !section.is_empty() {
            self.sections.push(section);
        }
        self
    }

    /// Sets the last line: what made the page.
    pub fn footer(&mut self, text: &str) -> &mut Self {
        self.footer = text.into();
        self
    }

    /// The page as HTML.
    ///
    /// # Errors
    /// Those of its figures.
    pub fn to_html(&self) -> Result<String, Error> {
        markup::document(self)
    }
}
