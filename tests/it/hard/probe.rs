//! Functions of `probe` and `report`.

use dissensus_probe::{
    Features, Labels, Node, ProbeOutcome, Ridge, RidgeParams, Standardizer, Tree, scores,
};
use dissensus_report::Measure;
use nalgebra::DMatrix;

use super::Kind::{
    Constant, Empty, Huge, Infinite, MinusInfinite, Negative, NotANumber, Subnormal, Zero,
};
use super::{Answer, Case, Law, case, said, single};

fn scored(outcome: &ProbeOutcome) -> Answer {
    if outcome.scores.nrows() == 0 {
        return Err("nothing".into());
    }
    let labels = said(Labels::new(vec![0, 1, 1, 0], 2))?;
    let found = said(scores(&labels, outcome))?;
    Ok(vec![
        found.accuracy,
        found.auroc.unwrap_or(0.5),
        found.auprc.unwrap_or(0.5),
    ])
}

fn table(x: &[f64]) -> DMatrix<f64> {
    DMatrix::from_row_slice(x.len() / 2, 2, x)
}

pub fn cases() -> Vec<Case> {
    use Law::{Other, Same, Scaled};
    vec![
        case("probe::Features::new", Scaled, |x| {
            Ok(said(Features::new(x.to_vec(), 2))?.values().to_vec())
        })
        .refuses(&[Huge]),
        single("probe::Features::from_f32", Scaled, |x| {
            Ok(said(Features::from_f32(x, 2))?.values().to_vec())
        }),
        case("probe::Features::from_matrix", Scaled, |x| {
            Ok(said(Features::from_matrix(&table(x)))?.values().to_vec())
        })
        .refuses(&[Huge]),
        case("probe::Standardizer::fit", Same, |x| {
            let features = said(Features::new(x.to_vec(), 2))?;
            Ok(said(Standardizer::fit(&features).apply(&features))?
                .values()
                .to_vec())
        })
        .refuses(&[Huge]),
        case("probe::Ridge::fit", Scaled, |x| {
            let plain: Vec<f64> = (0..x.len()).map(|i| (i * i % 5) as f64).collect();
            let features = said(Features::new(plain, 1))?;
            let targets = DMatrix::from_row_slice(x.len(), 1, x);
            let fit = said(Ridge::fit(&features, &targets, &RidgeParams::default()))?;
            Ok(said(fit.predict(&features))?.iter().copied().collect())
        })
        .refuses(&[Huge]),
        case("probe::ProbeOutcome::scores", Same, |x| {
            scored(&ProbeOutcome::scores(table(x)))
        })
        .within(0.0, 1.0),
        case("probe::ProbeOutcome::probabilities", Other, |x| {
            scored(&ProbeOutcome::probabilities(table(x)))
        })
        .of_numbers(&[3, 5, 2, 6, 7, 1, 4, 4], 0.125)
        .within(0.0, 1.0)
        .refuses(&[Negative, Constant, Zero, Huge, Subnormal]),
        case("probe::Tree::value", Other, |x| {
            let leaf = |value| Node::Leaf { value };
            let (column, threshold, left) = (1, 2.0, 1);
            let root = Node::Split {
                column,
                threshold,
                left,
            };
            let nodes = vec![root, leaf(-1.0), leaf(1.0)];
            // A row without the column is a panic, as it says.
            let column = x.get(column).ok_or("no column")?;
            let wanted = if *column >= threshold { 1.0 } else { -1.0 };
            let found = Tree { nodes }.value(x);
            Ok(vec![found, f64::from(u8::from(found != wanted))])
        })
        .within(-1.0, 1.0)
        // As it says: NaN goes left.
        .takes(&[NotANumber, Infinite, MinusInfinite]),
        case("report::Measure::with_members", Scaled, |x| {
            let found = said(Measure::new("loss", "bits/token", 1.0))?;
            Ok(said(found.with_members(x))?.per_member)
        })
        .gives(Empty, &[])
        .spreads(&[Infinite, MinusInfinite]),
    ]
}
