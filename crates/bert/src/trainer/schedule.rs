//! The learning rate.

/// Linear warm-up to the peak, then a cosine down to zero.
///
/// `rate(s) = peak·(s + 1)/w` for step `s < w`, else `peak·½(1 + cos(π(s − w)/(total − w)))`, with `w` warm-up steps out
/// of `total`, both counted from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Schedule {
    peak: f64,
    warmup: u64,
    total: u64,
}

impl Schedule {
    pub(crate) fn new(peak: f64, warmup_share: f64, total: u64) -> Self {
        let warmup = (warmup_share * total as f64).ceil() as u64;
        Self {
            peak,
            warmup,
            total,
        }
    }

    pub(crate) fn rate(&self, step: u64) -> f64 {
        if step < self.warmup {
            return self.peak * (step + 1) as f64 / self.warmup as f64;
        }
        let span = (self.total - self.warmup).max(1) as f64;
        let progress = ((step - self.warmup) as f64 / span).min(1.0);
        self.peak * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_to_the_peak_and_falls_to_zero() {
        let schedule = Schedule::new(2.0, 0.1, 100);
        assert_eq!(schedule.rate(0), 0.2);
        assert_eq!((schedule.rate(9), schedule.rate(10)), (2.0, 2.0));
        assert!((schedule.rate(55) - 1.0).abs() < 1e-12);
        assert!(schedule.rate(99) > 0.0 && schedule.rate(100).abs() < 1e-12);
    }

    #[test]
    fn without_warmup_it_starts_at_the_peak() {
        assert_eq!(Schedule::new(2.0, 0.0, 1).rate(0), 2.0);
    }
}
