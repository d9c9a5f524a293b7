//! What each part of the recipe is worth, as a table.

use std::path::{Path, PathBuf};

use dissensus_report::{Cell, Table};
use dissensus_stats::{Estimate, jackknife_mean};

use super::RecipeCell;
use crate::Error;
use crate::present::write_files;

/// Confidence of the intervals.
const LEVEL: f64 = 0.95;

const COLUMNS: [&str; 12] = [
    "part",
    "variant",
    "arm",
    "seeds",
    "diverged",
    "tokens",
    "learned",
    "low",
    "high",
    "beside the first",
    "low ",
    "high ",
];

/// A row a variant and arm: the fraction learned, mean over seeds, and its difference from the
/// first variant's, seed by seed, each with a jackknife interval over seeds.
///
/// # Errors
/// [`Error::Stats`] for a value that is not finite.
pub fn recipe_table(cells: &[RecipeCell]) -> Result<Table, Error> {
    let mut table = Table::new("What each part of the recipe is worth", COLUMNS);
    let mut rows: Vec<&RecipeCell> = Vec::new();
    for cell in cells {
        if !rows.iter().any(|row| key(row) == key(cell)) {
            rows.push(cell);
        }
    }
    rows.sort_by_key(|row| {
        cells
            .iter()
            .position(|c| (&c.part, &c.variant) == (&row.part, &row.variant))
    });
    for row in rows {
        let same = cells.iter().filter(|cell| key(cell) == key(row));
        let same: Vec<&RecipeCell> = same.collect();
        let fractions: Vec<f64> = same.iter().map(|cell| cell.learned_fraction()).collect();
        let beside = |cell: &&RecipeCell| {
            let mut first = cells
                .iter()
                .filter(|c| c.arm == cell.arm && c.seed == cell.seed);
            first
                .next()
                .map(|first| cell.learned_fraction() - first.learned_fraction())
        };
        let differences: Vec<f64> = same.iter().filter_map(beside).collect();
        let diverged = same.iter().filter(|cell| cell.loss.is_none()).count();
        let mut line: Vec<Cell> = vec![
            row.part.as_str().into(),
            row.variant.as_str().into(),
            row.arm.as_str().into(),
            same.len().into(),
            diverged.into(),
            Cell::Plain(row.tokens as f64),
        ];
        line.extend(estimate(&fractions)?);
        line.extend(estimate(&differences)?);
        table.push(line)?;
    }
    Ok(table)
}

fn key(cell: &RecipeCell) -> (&str, &str, &str) {
    (&cell.part, &cell.variant, &cell.arm)
}

/// Mean and interval; the interval needs two values.
fn estimate(values: &[f64]) -> Result<[Cell; 3], Error> {
    let Estimate {
        value, low, high, ..
    } = match values {
        [value] => return Ok([(*value).into(), Cell::Missing, Cell::Missing]),
        _ => jackknife_mean(values, LEVEL)?,
    };
    Ok([value.into(), low.into(), high.into()])
}

/// Writes `recipes.csv` and `cells.csv`; returns the paths.
///
/// # Errors
/// [`Error::File`] if the folder cannot be made, [`Error::Report`] if a file cannot be made or
/// written.
pub fn write_recipes(cells: &[RecipeCell], folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let columns = [
        "part", "variant", "arm", "seed", "tokens", "steps", "loss", "control", "oracle", "learned",
    ];
    let mut all = Table::new("Cells", columns);
    for cell in cells {
        let counts = [cell.seed, cell.tokens, cell.steps].map(|n| Cell::Plain(n as f64));
        let words = [&cell.part, &cell.variant, &cell.arm].map(|word| Cell::from(word.as_str()));
        let losses = [cell.loss, Some(cell.control), Some(cell.oracle)].map(Cell::from);
        let learned = [cell.learned_fraction().into()];
        let cells = words.into_iter().chain(counts).chain(losses).chain(learned);
        all.push(cells)?;
    }
    let files = vec![
        ("recipes.csv".to_string(), recipe_table(cells)?.to_csv()?),
        ("cells.csv".to_string(), all.to_csv()?),
    ];
    write_files(folder, files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(variant: &str, seed: u64, loss: Option<f64>) -> RecipeCell {
        RecipeCell {
            part: "mask rate".into(),
            variant: variant.into(),
            arm: "dna-kmer".into(),
            seed,
            tokens: 1000,
            steps: 10,
            loss,
            control: 8.0,
            oracle: 4.0,
        }
    }

    #[test]
    fn a_variant_is_compared_with_the_first_seed_by_seed() {
        let cells = [
            cell("30 %", 1, Some(6.0)),
            cell("15 %", 1, Some(7.0)),
            cell("30 %", 2, Some(5.0)),
            cell("15 %", 2, Some(6.0)),
        ];
        let table = recipe_table(&cells).unwrap();
        let number = |row: usize, column: usize| match table.rows()[row][column] {
            Cell::Number(value) | Cell::Plain(value) => value,
            _ => panic!("no number"),
        };
        assert_eq!((number(0, 6), number(1, 6)), (0.625, 0.375));
        // A quarter less with either seed: nothing is left to chance.
        assert_eq!([9, 10, 11].map(|column| number(1, column)), [-0.25; 3]);
    }

    #[test]
    fn a_training_that_diverged_has_taught_nothing_and_is_counted() {
        let cells = [cell("30 %", 1, Some(6.0)), cell("huge", 1, None)];
        let table = recipe_table(&cells).unwrap();
        assert_eq!(table.rows()[1][4], Cell::Plain(1.0));
        assert_eq!(table.rows()[1][6], Cell::Number(0.0));
    }
}
