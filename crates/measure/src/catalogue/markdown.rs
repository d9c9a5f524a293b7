//! The catalogue as the table of `docs/results-format.md`.

use super::{CATALOGUE, CatalogueRow};

/// The table of all measures, as `docs/results-format.md` has it.
#[must_use]
pub fn catalogue_markdown() -> String {
    let mut text =
        String::from("| id | is | at | of | unit | chance |\n|---|---|---|---|---|---|\n");
    CATALOGUE.iter().for_each(|row| text.push_str(&line(row)));
    text
}

fn line(row: &CatalogueRow) -> String {
    let variant = row.variant_of.map_or(String::new(), |paper| {
        format!(" (the variant of the code of {paper})")
    });
    format!(
        "| `{}` | {}{variant} | {} | {} | {} | {} |\n",
        row.id,
        row.label,
        row.argument.map_or("–", |argument| argument.description()),
        row.scope.name(),
        row.unit.name(None),
        row.chance.unwrap_or("–"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_of_the_format_has_every_measure() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/results-format.md");
        let document = std::fs::read_to_string(path).unwrap();
        let table = catalogue_markdown();
        if document.contains(&table) {
            return;
        }
        let (before, rest) = document.split_once("| id | is |").unwrap();
        let behind = rest.split_once("\n\n").unwrap().1;
        let wanted = format!("{before}{table}\n{behind}");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, wanted).unwrap();
        }
        panic!(
            "docs/results-format.md is behind the catalogue: run this test once with UPDATE_DOCS=1"
        );
    }
}
