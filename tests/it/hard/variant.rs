//! Functions of `variant`.

use dissensus_stats::BootstrapParams;
use dissensus_variant::{
    Contig, Genome, NamedScores, ScoreColumn, Sign, Variant, VariantWindow, auroc_by_coverage,
    base_probabilities, join_members, joined, pairs_in_order, scan_figures, scan_scores,
    variant_figures, write_table,
};

use super::Kind::{Empty, Huge, Infinite, MinusInfinite, Negative, NotANumber, Subnormal, Zero};
use super::{Answer, Case, Law, case, said, single};

const LABELS: [bool; 8] = [true, false, true, true, false, false, true, false];

fn params() -> BootstrapParams {
    BootstrapParams::default().with_draws(40)
}

fn variants(count: usize) -> Vec<Variant> {
    let one = |at: usize| {
        let mut variant = Variant::new("chr1", at as u64 + 1, "A", "C");
        variant.label = Some(LABELS[at]);
        variant
    };
    (0..count).map(one).collect()
}

/// The area of scores among labelled variants.
fn area(scores: NamedScores) -> Answer {
    if scores.values.is_empty() {
        return Err("nothing".into());
    }
    let found = said(scan_figures(
        &variants(scores.values.len()),
        &[scores],
        &params(),
    ))?;
    Ok(vec![found.scores[0].figures.all.auroc.unwrap().value])
}

pub fn cases() -> Vec<Case> {
    let mut all: Vec<Case> = areas();
    all.extend(members());
    all
}

fn areas() -> Vec<Case> {
    use Law::{Other, Same};
    let labels = |x: &[f64]| LABELS[..x.len()].to_vec();
    let points = |x: &[f64], scores: &[f64], unsure: &[f64], at: &[f64]| {
        let labels = LABELS[..scores.len()].to_vec();
        let found = said(auroc_by_coverage(&labels, scores, unsure, Sign::Low, at))?;
        let areas: Vec<f64> = found.iter().filter_map(|point| point.auroc).collect();
        if x.is_empty() {
            Err("nothing".into())
        } else {
            Ok(areas)
        }
    };
    vec![
        case("variant::variant_figures", Same, move |x| {
            let labels: Vec<Option<bool>> = labels(x).into_iter().map(Some).collect();
            let classes = vec![None; x.len()];
            let found = said(variant_figures(&labels, x, &classes, Sign::High, &params()))?;
            let area = found.all.auroc.ok_or("no area")?;
            Ok(vec![area.value, area.low, area.high])
        }),
        case("variant::NamedScores::low", Same, |x| {
            area(NamedScores::low("a", x.to_vec()))
        }),
        case("variant::NamedScores::high", Same, |x| {
            area(NamedScores::high("a", x.to_vec()))
        }),
        case("variant::NamedScores::with_deviation", Same, |x| {
            let values: Vec<f64> = (0..x.len()).map(|i| i as f64).collect();
            area(NamedScores::low("a", values).with_deviation(x.to_vec()))
        }),
        case("variant::auroc_by_coverage", Same, move |x| {
            points(x, x, &vec![0.5; x.len()], &[0.5, 1.0])
        }),
        case("variant::auroc_by_coverage", Same, move |x| {
            points(
                x,
                &[1.0, 4.0, 2.0, 5.0, 3.0, 6.0, 0.0, 7.0][..x.len()],
                x,
                &[0.75, 1.0],
            )
        }),
        case("variant::auroc_by_coverage", Other, move |x| {
            let scores = [1.0, 4.0, 2.0, 5.0, 3.0, 6.0, 0.0, 7.0];
            points(x, &scores, &scores, x)
        })
        .of_numbers(&[4, 6, 8], 0.125)
        .refuses(&[Negative, Zero, Huge])
        .gives(Subnormal, &[]),
        case("variant::pairs_in_order", Same, |x| {
            let found = pairs_in_order(&[(0, 1), (2, 3), (4, 5), (6, 7)], x, Sign::High, &params());
            let found = said(found)?;
            Ok(vec![found.value])
        }),
    ]
    .into_iter()
    .map(|case| case.within(0.0, 1.0))
    .collect()
}

/// Means of members: NaN, which is written as missing, where a square is not finite.
fn missing(values: Vec<f64>) -> Answer {
    if values.is_empty() || values.iter().any(|v| v.is_nan()) {
        return Err("missing".into());
    }
    Ok(values)
}

fn members() -> Vec<Case> {
    use Law::{Other, Scaled};
    let halves = |x: &[f64]| {
        let (one, other) = x.split_at(x.len() / 2);
        vec![one.to_vec(), other.to_vec()]
    };
    vec![
        case("variant::join_members", Scaled, move |x| {
            let found = said(join_members(&halves(x)))?;
            missing(
                found
                    .iter()
                    .flat_map(|m| [m.mean, m.deviation.unwrap()])
                    .collect(),
            )
        })
        .refuses(&[Huge]),
        case("variant::joined", Scaled, move |x| {
            let found = said(joined("models", &halves(x)))?;
            missing([found.values, found.deviation.unwrap()].concat())
        })
        .refuses(&[Huge]),
        case("variant::scan_scores", Scaled, |x| {
            let genome = Genome::new([Contig::new("7", 0, b"ACGTTGCAACGGTACC")]);
            let variants = [Variant::new("7", 5, "T", "C")];
            let windows = [said(VariantWindow::around(&variants[0], &genome, 8))?];
            let members: Vec<Vec<f64>> = x.iter().map(|&v| vec![v]).collect();
            let asked = (&variants[..], &windows[..]);
            let found = said(scan_scores(&members, &members, &genome, asked, &[]))?;
            missing(vec![found[0].values[0], found[1].values[0]])
        })
        .refuses(&[Huge]),
        case("variant::ScoreColumn::new", Scaled, |x| {
            let folder = said(tempfile::tempdir())?;
            let file = folder.path().join("scores.tsv");
            let column = ScoreColumn::new("LLR", "a ratio", x.to_vec());
            said(write_table(&file, &variants(x.len()), &[column]))?;
            let text = said(std::fs::read_to_string(&file))?;
            let fields = text
                .lines()
                .skip(1)
                .map(|line| line.rsplit('\t').next().unwrap());
            // A score that is no number is an empty field.
            missing(
                fields
                    .map(|field| field.parse().unwrap_or(f64::NAN))
                    .collect(),
            )
        }),
        single("variant::base_probabilities", Other, |x| {
            let symbols = ["A", "C", "G", "T", "A", "C", "G", "T"];
            let found = base_probabilities(x, &symbols[..x.len()], 0, 1);
            let mut found = missing(found.to_vec())?;
            found.push(found.iter().sum());
            Ok(found)
        })
        .within(0.0, 1.0 + 1e-9)
        .takes(&[MinusInfinite, Empty])
        .refuses(&[NotANumber, Infinite]),
    ]
}
