//! Scales, ranges and ticks.

/// How an axis is scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Axis {
    /// Equal steps are equal lengths.
    #[default]
    Linear,
    /// Equal ratios are equal lengths; points at or below zero are left out.
    Log,
}

impl Axis {
    /// Whether a value has a place on the axis.
    pub(super) fn shows(self, value: f64) -> bool {
        value.is_finite() && (self == Self::Linear || value > 0.0)
    }

    /// Smallest and largest of the values that have a place, widened by `fraction` of the length on
    /// both sides; a single value gets room around it.
    pub(super) fn range(
        self,
        values: impl Iterator<Item = f64>,
        fraction: f64,
    ) -> Option<(f64, f64)> {
        let (low, high) = values
            .filter(|v| self.shows(*v))
            .fold(None, |range, v| match range {
                None => Some((v, v)),
                Some((low, high)) => Some((f64::min(low, v), f64::max(high, v))),
            })?;
        if self == Self::Log {
            let factor = (high / low)
                .powf(fraction)
                .max(if high > low { 1.0 } else { 2.0 });
            return Some((low / factor, high * factor));
        }
        let room = if high > low {
            (high - low) * fraction
        } else {
            low.abs().max(1.0) * 0.5
        };
        Some((low - room, high + room))
    }
}

/// The text at a tick.
pub(super) fn tick(value: f64) -> String {
    let size = value.abs();
    if size < 1e-12 {
        return "0".into();
    }
    if !(0.001..100_000.0).contains(&size) {
        return format!("{value:.0e}");
    }
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_what_it_shows() {
        assert_eq!(
            Axis::Linear.range([1.0, 3.0, f64::NAN].into_iter(), 0.0),
            Some((1.0, 3.0))
        );
        assert_eq!(
            Axis::Log.range([0.0, 1.0, 100.0].into_iter(), 0.0),
            Some((1.0, 100.0))
        );
        assert_eq!(Axis::Linear.range([2.0].into_iter(), 0.1), Some((1.0, 3.0)));
        assert_eq!(Axis::Log.range([-1.0].into_iter(), 0.1), None);
    }

    #[test]
    fn ticks_are_short() {
        let texts = [0.0, 0.25, -3e-17, 1e-4, 4000.0, 2.5e6].map(tick);
        assert_eq!(texts, ["0", "0.25", "0", "1e-4", "4000", "2e6"]);
    }
}
