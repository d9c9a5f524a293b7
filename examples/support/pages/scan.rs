//! The page of `scan_variants`.

use anyhow::{Context, Result};
use dissensus_report::{
    Cell, Figure, Finding, IntervalChart, IntervalGroup, IntervalRow, Line, LineChart, Mark,
    MarkRole, Point, ReferenceLine, Table, Verdict, shown_with_interval,
};
use dissensus_stats::Estimate;
use dissensus_variant::{AreaDifference, ClassFigures, ScanFigures};
use serde_json::Value;

use super::{Presentation, Presents};

/// Chance of an area under the ROC curve.
const CHANCE: f64 = 0.5;

const READING: &str = "AUROC is the fraction of pairs of a positive and a negative that a score puts in order; chance is 0.5 where a score knows nothing, \
    but a random network prefers some bases to others whatever the context, and which base turns into which is tied to the label, so that random twins \
    need not stand at 0.5: a model is to be held against them, and against transition or transversion. Variants of unlike consequence are told apart by \
    their consequence alone: compare within a class. Intervals take variants as independent; those of one codon are not, so they are too narrow.";

/// What `scan_variants` found.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ScanResults(pub ScanFigures);

impl Presents for ScanResults {
    /// Areas by score and class, differences, and areas of the surest.
    fn presentation(&self) -> Result<Presentation> {
        Ok(Presentation {
            title: "Scores of variants".into(),
            lead: format!(
                "Does the model tell the positives among {} variants from the negatives, and better than what needs no model?",
                self.0.variants
            ),
            findings: self.0.differences.iter().map(finding).collect(),
            reading: READING.into(),
            figures: vec![self.areas(), self.coverage()],
            tables: vec![
                ("areas".into(), self.area_table()?),
                ("differences".into(), self.difference_table()?),
                ("pairs".into(), self.pair_table()?),
                ("coverage".into(), self.coverage_table()?),
            ],
        })
    }
}

impl ScanResults {
    pub(super) fn read(results: &Value) -> Result<Self> {
        let found = serde_json::from_value(results.clone());
        Ok(Self(found.context("results of scan_variants")?))
    }

    /// Every score and class: all variants first.
    fn classes(&self) -> impl Iterator<Item = (&str, &ClassFigures)> {
        self.0.scores.iter().flat_map(|score| {
            let all = std::iter::once(&score.figures.all).chain(&score.figures.classes);
            all.map(|class| (&score.name[..], class))
        })
    }

    fn areas(&self) -> Figure {
        let mut groups: Vec<IntervalGroup> = Vec::new();
        for (score, class) in self.classes() {
            let Some(area) = class.auroc else { continue };
            let name = class_name(class.class.as_deref());
            let name = format!("{name}: {} and {}", class.positives, class.negatives);
            let mark = |role, value, interval| Mark {
                role,
                value,
                interval,
            };
            let row = IntervalRow {
                subject: score.into(),
                marks: vec![
                    mark(MarkRole::Chance, CHANCE, None),
                    mark(MarkRole::Trained, area.value, Some((area.low, area.high))),
                ],
            };
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.rows.push(row),
                None => groups.push(IntervalGroup {
                    name,
                    rows: vec![row],
                }),
            }
        }
        let chart = IntervalChart {
            title: "Area under the ROC curve, by class".into(),
            x_label: "AUROC".into(),
            groups,
            ..IntervalChart::default()
        };
        let caption = "Positives and negatives behind each class. Of log-likelihood ratios a low one is taken for positive. Dotted: 0.5.";
        Figure::new("areas", chart, caption)
    }

    fn coverage(&self) -> Figure {
        let lines = self.0.scores.iter().map(|score| Line {
            subject: score.name.clone(),
            points: score
                .coverage
                .iter()
                .filter_map(|point| Some(Point::new(point.coverage, point.auroc?)))
                .collect(),
            ..Line::default()
        });
        let chart = LineChart {
            title: "Area of the variants that members agree on".into(),
            x_label: "fraction of variants kept, surest first".into(),
            y_label: "AUROC".into(),
            lines: lines.filter(|line| !line.points.is_empty()).collect(),
            references: vec![ReferenceLine {
                subject: String::new(),
                role: MarkRole::Chance,
                level: CHANCE,
            }],
            ..LineChart::default()
        };
        let caption = "Variants on which members (or twins) differ most are left out first. If agreement meant being right, the curve would rise to the left.";
        Figure::new("coverage", chart, caption)
    }

    fn area_table(&self) -> Result<Table> {
        let columns = [
            "score",
            "low or high is positive",
            "class",
            "positives",
            "negatives",
            "AUROC",
            "low",
            "high",
            "AUPRC",
            "low",
            "high",
            "chance of AUPRC",
        ];
        let mut table = Table::new("Areas by score and class", columns);
        for score in &self.0.scores {
            for class in std::iter::once(&score.figures.all).chain(&score.figures.classes) {
                let fraction = class.positives as f64 / (class.positives + class.negatives) as f64;
                let mut row: Vec<Cell> = vec![
                    score.name.as_str().into(),
                    score.figures.sign.to_string().into(),
                    class_name(class.class.as_deref()).into(),
                    class.positives.into(),
                    class.negatives.into(),
                ];
                row.extend(three(class.auroc));
                row.extend(three(class.auprc));
                row.push(Some(fraction).filter(|_| class.auprc.is_some()).into());
                table.push(row)?;
            }
        }
        Ok(table)
    }

    fn difference_table(&self) -> Result<Table> {
        let columns = [
            "score",
            "less",
            "class",
            "difference of AUROC",
            "low",
            "high",
        ];
        let mut table = Table::new(
            "The first score less each other, on the same variants",
            columns,
        );
        for less in &self.0.differences {
            let mut row: Vec<Cell> = vec![
                less.name.as_str().into(),
                less.less.as_str().into(),
                class_name(less.class.as_deref()).into(),
            ];
            row.extend(three(Some(less.estimate)));
            table.push(row)?;
        }
        Ok(table)
    }

    fn pair_table(&self) -> Result<Table> {
        let columns = ["score", "pairs", "positive first", "low", "high"];
        let mut table = Table::new("Matched pairs of one contig and class", columns);
        for score in &self.0.scores {
            let Some(pairs) = score.pairs else { continue };
            let mut row: Vec<Cell> = vec![score.name.as_str().into(), pairs.pairs.into()];
            row.extend(three(Some(pairs.in_order)));
            table.push(row)?;
        }
        Ok(table)
    }

    fn coverage_table(&self) -> Result<Table> {
        let columns = ["score", "fraction kept", "kept", "AUROC"];
        let mut table = Table::new("Areas of the variants that members agree on", columns);
        for score in &self.0.scores {
            for point in &score.coverage {
                table.push([
                    score.name.as_str().into(),
                    Cell::from(point.coverage),
                    point.kept.into(),
                    point.auroc.into(),
                ])?;
            }
        }
        Ok(table)
    }
}

fn class_name(class: Option<&str>) -> &str {
    class.unwrap_or("all variants")
}

/// A value with its interval, in three cells.
pub(super) fn three(estimate: Option<Estimate>) -> [Cell; 3] {
    match estimate {
        Some(found) => [found.value, found.low, found.high].map(Cell::from),
        None => [Cell::Missing, Cell::Missing, Cell::Missing],
    }
}

fn finding(less: &AreaDifference) -> Finding {
    let Estimate {
        value, low, high, ..
    } = less.estimate;
    let numbers = shown_with_interval(value, Some((low, high)));
    let (of, other, class) = (&less.name, &less.less, class_name(less.class.as_deref()));
    let (verdict, said) = if low > 0.0 {
        (Verdict::Shown, "does better than")
    } else if high < 0.0 {
        (Verdict::Shown, "does worse than")
    } else {
        (Verdict::NotShown, "is not shown to differ from")
    };
    let sentence =
        format!("On {class}, the score “{of}” {said} “{other}”: difference of AUROC {numbers}.");
    Finding::new(verdict, sentence)
}
