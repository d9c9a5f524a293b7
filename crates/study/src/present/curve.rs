//! The loss of one member while it trains.

use dissensus_report::Point;

/// Points that a curve is drawn with; each is the mean of its segment.
const POINTS: usize = 150;

/// The loss of one member against the tokens that it has read.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemberCurve {
    /// `(tokens read, bits)` after each step.
    steps: Vec<(f64, f64)>,
    pub(crate) step: u64,
    pub(crate) total: u64,
    pub(crate) finished: bool,
}

impl MemberCurve {
    /// Adds a step, which read so many tokens and lost so many nats.
    pub(crate) fn push(&mut self, step: u64, tokens: u64, nats: f64) {
        let before = self.steps.last().map_or(0.0, |last| last.0);
        let bits = nats / std::f64::consts::LN_2;
        self.steps.push((before + tokens as f64, bits));
        self.step = step;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The curve, thinned to 150 points.
    pub(crate) fn points(&self) -> Vec<Point> {
        let segment = self.steps.len().div_ceil(POINTS).max(1);
        let point = |rows: &[(f64, f64)]| {
            let mean = rows.iter().map(|row| row.1).sum::<f64>() / rows.len() as f64;
            Point::new(rows[rows.len() - 1].0, mean)
        };
        self.steps.chunks(segment).map(point).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_curve_keeps_its_mean_and_its_end() {
        let mut curve = MemberCurve::default();
        for step in 1..=450 {
            curve.push(step, 10, step as f64 * std::f64::consts::LN_2);
        }
        let points = curve.points();
        assert_eq!(points.len(), 150);
        assert_eq!((points[0].x, points[149].x), (30.0, 4500.0));
        assert!((points[0].y - 2.0).abs() < 1e-12);
        assert!(curve.step == 450 && !curve.is_empty());
    }
}
