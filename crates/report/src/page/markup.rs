//! The page as HTML.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::section::{Disclosure, Part, Section};
use super::{Page, style};
use crate::figure::Sheet;
use crate::{Cell, Colours, Error, Figure, Finding, RunCard, Table, Verdict};

/// Nothing may be loaded, whatever a page holds.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

#[expect(clippy::too_many_lines, reason = "markup")]
pub(super) fn document(page: &Page) -> Result<String, Error> {
    let mut colours = Colours::default();
    for section in &page.sections {
        section.register(&mut colours);
    }
    let sections: Vec<Markup> = page
        .sections
        .iter()
        .map(|section| section_markup(section, &colours))
        .collect::<Result<_, _>>()?;
    Ok(html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                @if let Some(seconds) = page.status.as_ref().and_then(|status| status.reload) {
                    meta http-equiv="refresh" content=(seconds);
                }
                // Without it a server is asked for an icon.
                link rel="icon" href="data:,";
                title { (page.title) }
                style { (PreEscaped(style::sheet())) }
            }
            body {
                a class="skip" href="#main" { "Skip to the content" }
                header {
                    div {
                        h1 { (page.title) }
                        @if !page.lead.is_empty() { p class="lead" { (page.lead) } }
                    }
                    button id="theme" type="button" hidden { "Dark colours" }
                }
                div class="columns" {
                    (contents(page))
                    main id="main" {
                        @if let Some(status) = &page.status {
                            p class="status" role="status" { (status.said) }
                        }
                        @if !page.cards.is_empty() { (cards(&page.cards)) }
                        @for section in sections { (section) }
                    }
                }
                footer { p { (page.footer) } }
                div id="tip" role="status" {}
                script { (PreEscaped(include_str!("script.js"))) }
            }
        }
    }
    .into_string())
}

fn contents(page: &Page) -> Markup {
    html! {
        nav aria-label="Contents" {
            details open {
                summary { "Contents" }
                ol {
                    @if !page.cards.is_empty() { li { a href="#run" { "What was run" } } }
                    @for section in &page.sections {
                        li {
                            a href={ "#" (section.id) } { (section.title) }
                            @let below = below(section);
                            @if below.len() > 1 {
                                ol { @for (id, title) in below { li { a href={ "#" (id) } { (title) } } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The figures and tables of a section: anchor and title.
fn below(section: &Section) -> Vec<(String, &str)> {
    let named = section.parts.iter().filter_map(|part| match part {
        Part::Figure(figure) => Some((figure.id.clone(), figure.chart.title())),
        Part::Table(table, _) => Some((table_id(section, table), table.title())),
        Part::Text(_) | Part::Findings(_) | Part::Key(_) => None,
    });
    named.collect()
}

fn table_id(section: &Section, table: &Table) -> String {
    format!("{}-{}", section.id, slug(table.title()))
}

/// A title as an anchor.
fn slug(title: &str) -> String {
    let kept: String = title
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                ' '
            }
        })
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join("-")
}

fn cards(cards: &[RunCard]) -> Markup {
    let single = cards.len() == 1;
    html! {
        section aria-labelledby="run" {
            h2 id="run" { "What was run" }
            div class="cards" {
                @for card in cards {
                    article class="card" {
                        @if !card.name.is_empty() { h3 { (card.name) } }
                        p { (card.summary) }
                        @if !card.groups.is_empty() {
                            details open[single && card.groups.len() < 3] {
                                summary { "Data, settings, checksums, machine" }
                                @for (heading, facts) in &card.groups {
                                    // Below the run's name, or in its place: no level is left out.
                                    @if card.name.is_empty() { h3 class="group" { (heading) } } @else { h4 { (heading) } }
                                    dl { @for (name, value) in facts { dt { (name) } dd { (value) } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn section_markup(section: &Section, colours: &Colours) -> Result<Markup, Error> {
    let parts: Vec<Markup> = section
        .parts
        .iter()
        .map(|part| part_markup(section, part, colours))
        .collect::<Result<_, _>>()?;
    Ok(html! {
        section aria-labelledby=(section.id) {
            h2 id=(section.id) { (section.title) }
            @for part in parts { (part) }
        }
    })
}

fn part_markup(section: &Section, part: &Part, colours: &Colours) -> Result<Markup, Error> {
    Ok(match part {
        Part::Text(text) => html! { p { (text) } },
        Part::Findings(findings) => html! {
            ol class="findings" { @for finding in findings { (finding_markup(finding)) } }
        },
        Part::Table(table, fold) => folded(&table_id(section, table), table, *fold),
        Part::Figure(figure) => figure_markup(figure, colours)?,
        Part::Key(subjects) => html! {
            ul class="key" {
                @for subject in subjects {
                    li {
                        @let colour = colours.index(subject).map_or("grey".into(), |at| format!("c{at}"));
                        i style={ "background:var(--" (colour) ")" } {}
                        (subject)
                    }
                }
            }
        },
    })
}

fn finding_markup(finding: &Finding) -> Markup {
    let class = match finding.verdict {
        Verdict::Shown => "shown",
        Verdict::Explained => "explained",
        Verdict::NotShown => "not-shown",
        Verdict::Undefined => "undefined",
    };
    html! {
        li class=(class) {
            span class="verdict" { (finding.verdict) }
            span {
                (finding.sentence)
                @if let Some(anchor) = &finding.anchor { " " a href={ "#" (anchor) } { "Figure" } }
            }
        }
    }
}

fn figure_markup(figure: &Figure, colours: &Colours) -> Result<Markup, Error> {
    let chart = &figure.chart;
    let desk = chart.to_svg(colours, Sheet::Page)?;
    let phone = chart.to_svg(colours, Sheet::Phone)?;
    // Inside a script element only `<` could end it.
    let data = chart.to_json()?.replace('<', "\\u003c");
    let heading = format!("{}-title", figure.id);
    Ok(html! {
        figure id=(figure.id) aria-labelledby=(heading) {
            h3 id=(heading) { (chart.title()) }
            div class="sheet desk" { (PreEscaped(desk)) }
            div class="sheet phone" { (PreEscaped(phone)) }
            figcaption { (figure.caption) }
            script type="application/json" { (PreEscaped(data)) }
        }
    })
}

fn folded(id: &str, table: &Table, fold: Disclosure) -> Markup {
    match fold {
        Disclosure::Open => table_markup(id, table, true),
        Disclosure::Closed => html! {
            details class="fold" id=(id) {
                summary { (table.title()) " (" (table.rows().len()) " rows)" }
                (table_markup("", table, false))
            }
        },
    }
}

fn table_markup(id: &str, table: &Table, captioned: bool) -> Markup {
    let numeric: Vec<bool> = (0..table.columns().len())
        .map(|at| table.is_numeric(at))
        .collect();
    html! {
        // A part that scrolls must be reachable from the keyboard.
        div class="wide" id=[(!id.is_empty()).then_some(id)] tabindex="0" role="region" aria-label=(table.title()) {
            table class="sortable" {
                @if captioned { caption { (table.title()) } }
                thead {
                    tr {
                        @for (name, numeric) in table.columns().iter().zip(&numeric) {
                            th scope="col" class=[numeric.then_some("n")] { (name) }
                        }
                    }
                }
                tbody {
                    @for row in table.rows() {
                        tr { @for (at, cell) in row.iter().enumerate() { (cell_markup(at, cell)) } }
                    }
                }
            }
        }
    }
}

fn cell_markup(at: usize, cell: &Cell) -> Markup {
    match cell {
        _ if at == 0 => html! { th scope="row" { (cell) } },
        Cell::Text(text) => html! { td { (text) } },
        Cell::Number(value) | Cell::Plain(value) => {
            html! { td class="n" data-v=(value) title=[(!value.is_nan()).then_some(value)] { (cell) } }
        }
        Cell::Missing => html! { td class="n none" { (cell) } },
    }
}

#[cfg(test)]
mod tests {
    use crate::*;

    fn page() -> Page {
        let mut table = Table::new("Loss < all", ["arm", "value", "chance"]);
        table
            .push([Cell::from("text"), 9.149_267.into(), None.into()])
            .expect("three cells");
        table
            .push([Cell::from("dna"), f64::NAN.into(), 12.0.into()])
            .expect("three cells");
        let chart = LineChart {
            title: "A </script> curve".into(),
            lines: vec![Line {
                subject: "dna".into(),
                points: vec![Point::new(0.0, 1.0), Point::new(1.0, 2.0)],
                ..Line::default()
            }],
            ..LineChart::default()
        };
        let mut section = Section::new("results", "Results");
        section
            .text("<script>alert(1)</script>")
            .key(["text", "dna"])
            .figure(&Figure::new("curve", chart, "What it shows."))
            .findings(&[
                Finding::new(Verdict::NotShown, "Not shown that a > b.".into())
                    .with_anchor("curve"),
            ])
            .table(&table, Disclosure::Open)
            .table(&Table::new("empty", ["a"]), Disclosure::Open);
        let mut page = Page::new("a < b", "Lead.");
        page.card(RunCard::new("", "Three members.").with("Data", [("text", "novels.gz")]));
        page.section(section)
            .section(Section::new("nothing", "Nothing"));
        page
    }

    #[test]
    fn text_cannot_smuggle_markup() {
        let html = page().to_html().expect("a page");
        assert!(html.contains("a &lt; b"), "{html}");
        assert!(!html.contains("<script>alert"), "{html}");
        // One script of the page, one block of data.
        assert_eq!(html.matches("</script>").count(), 2);
    }

    #[test]
    fn a_page_links_to_nothing_outside() {
        let html = page().to_html().expect("a page");
        for link in ["src=", "@import", "url(", "<img", "<iframe", "fetch("] {
            assert!(!html.contains(link), "{link} in {html}");
        }
        for link in html.split("href=\"").skip(1) {
            assert!(
                link.starts_with('#') || link.starts_with("data:,"),
                "{link}"
            );
        }
    }

    #[test]
    fn every_link_of_the_page_has_its_target() {
        let html = page().to_html().expect("a page");
        for link in html.split("href=\"#").skip(1) {
            let id = link.split('"').next().unwrap_or_default();
            assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
        }
    }

    #[test]
    fn nothing_is_shown_as_nan() {
        let html = page().to_html().expect("a page");
        assert!(html.contains("data-v=\"NaN\">undefined</td>"), "{html}");
        assert!(!html.contains(">NaN<"), "{html}");
    }

    #[test]
    fn an_empty_section_or_table_leaves_no_trace() {
        let html = page().to_html().expect("a page");
        assert!(
            !html.contains("nothing") && !html.contains(">empty<"),
            "{html}"
        );
    }

    #[test]
    fn a_page_of_a_running_study_asks_to_be_loaded_again() {
        let mut page = page();
        assert!(
            !page
                .to_html()
                .expect("a page")
                .contains("http-equiv=\"refresh\"")
        );
        page.running("2 of 3 ensembles are measured.", 20);
        let html = page.to_html().expect("a page");
        assert!(
            html.contains("http-equiv=\"refresh\" content=\"20\""),
            "{html}"
        );
        assert!(html.contains("2 of 3 ensembles are measured."));
        page.stopped("Stopped before the third.");
        let html = page.to_html().expect("a page");
        assert!(!html.contains("refresh") && html.contains("Stopped before the third."));
    }

    #[test]
    fn one_subject_has_one_colour_whatever_the_figure() {
        let html = page().to_html().expect("a page");
        // `text` is registered first by the key, so `dna` has the second colour in key and figure.
        assert!(
            html.contains("<i style=\"background:var(--c1)\"></i>dna"),
            "{html}"
        );
        let (_, body) = html.split_once("<body>").expect("a body");
        assert!(body.contains("stroke=\"#BF4E00\"") && !body.contains("stroke=\"#0065AD\""));
    }

    #[test]
    fn the_same_page_is_the_same_text() {
        assert_eq!(
            page().to_html().expect("a page"),
            page().to_html().expect("a page")
        );
    }
}
