//! The style sheet: the page's own, and the colours of the figures by theme.

use std::fmt::Write as _;

use crate::figure::{DARK, GREY, GRID, INK, LIGHT, MUTED, PAPER};

/// The style sheet of a page.
///
/// Figures hold plain colours, so that a figure saved from the page is whole; rules on those
/// colours turn them with the theme.
pub(super) fn sheet() -> String {
    let (light, dark) = (variables(false), variables(true));
    let mut css = format!(
        ":root{{color-scheme:light;{light}}}\n\
         @media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n\
         @media screen{{:root[data-theme=dark]{{color-scheme:dark;{dark}}}}}\n"
    );
    for (name, colour) in named() {
        let hex = hex(colour.0);
        // Writing to a string does not fail.
        let _ = writeln!(
            css,
            "svg [fill=\"{hex}\"]{{fill:var(--{name})}}svg [stroke=\"{hex}\"]{{stroke:var(--{name})}}"
        );
    }
    css + include_str!("style.css")
}

type Shades = ((u8, u8, u8), (u8, u8, u8));

fn named() -> Vec<(String, Shades)> {
    let colours = LIGHT.into_iter().zip(DARK).enumerate();
    let colours = colours.map(|(at, shades)| (format!("c{at}"), shades));
    let words = [
        ("paper", PAPER),
        ("ink", INK),
        ("muted", MUTED),
        ("grid", GRID),
        ("grey", GREY),
    ];
    let words = words.map(|(name, shades)| (name.to_string(), shades));
    colours.chain(words).collect()
}

fn variables(dark: bool) -> String {
    let pick = |(light, night): Shades| if dark { night } else { light };
    let of_page: [(&str, Shades); 4] = [
        ("line", GRID),
        ("edge", ((140, 148, 162), (110, 120, 136))),
        ("wash", ((246, 247, 250), (27, 32, 41))),
        ("link", (LIGHT[0], DARK[0])),
    ];
    let of_page = of_page.map(|(name, shades)| (name.to_string(), shades));
    let all = named().into_iter().chain(of_page);
    all.map(|(name, shades)| format!("--{name}:{};", hex(pick(shades))))
        .collect()
}

/// A colour as the drawing library writes it.
fn hex((r, g, b): (u8, u8, u8)) -> String {
    format!("#{r:02X}{g:02X}{b:02X}")
}

#[cfg(test)]
mod tests {
    /// What a browser needs to print the header of a table on every sheet that the table reaches.
    #[test]
    fn headers_of_tables_can_be_repeated_in_print() {
        let css = super::sheet();
        let (_, print) = css.split_once("@media print {").expect("rules for print");
        for rule in [
            "th button { display: contents; }",
            "thead { display: table-header-group; break-inside: avoid; }",
            "thead th, tbody th { position: static; }",
            ".wide { overflow: visible; max-height: none;",
        ] {
            assert!(print.contains(rule), "{rule}");
        }
    }
}
