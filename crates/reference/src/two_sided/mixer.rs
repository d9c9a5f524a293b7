//! Geometric mixing of distributions.

/// Weights by context and by how often it was seen.
const CLASSES: usize = 12;

/// `P(x) ∝ exp(Σ_i w_i ln P_i(x))`, the weights following the gradient of the loss.
#[derive(Debug, Clone)]
pub(super) struct Mixer {
    size: usize,
    rate: f64,
    weights: Vec<[f64; CLASSES]>,
    /// Which weight each input uses now.
    class: Vec<usize>,
    /// `ln P_i(x)`, an input a row.
    logs: Vec<f64>,
    mixed: Vec<f64>,
}

impl Mixer {
    pub fn new(size: usize, inputs: usize, rate: f64) -> Self {
        // A context never seen says nothing; what others say is shared at first.
        let mut weights = [0.25; CLASSES];
        weights[0] = 0.0;
        Self {
            size,
            rate,
            weights: vec![weights; inputs],
            class: vec![0; inputs],
            logs: vec![0.0; inputs * size],
            mixed: vec![0.0; size],
        }
    }

    /// States the counts of an input; none if its context is unknown.
    pub fn set(&mut self, input: usize, counts: Option<&[u16]>) {
        let row = &mut self.logs[input * self.size..(input + 1) * self.size];
        let total: u32 = counts.map_or(0, |c| c.iter().map(|&n| u32::from(n)).sum());
        self.class[input] = class(total);
        let Some(counts) = counts.filter(|_| total > 0) else {
            row.fill(0.0);
            return;
        };
        let alpha = 0.4 / self.size as f64;
        let all = f64::from(total) + alpha * self.size as f64;
        let log_of = |n: u16| ((f64::from(n) + alpha) / all).ln();
        // Most letters never or once followed a long context.
        let (never, once) = (log_of(0), log_of(1));
        for (log, &n) in row.iter_mut().zip(counts) {
            *log = match n {
                0 => never,
                1 => once,
                n => log_of(n),
            };
        }
    }

    /// The mixture of the inputs.
    pub fn mix(&mut self) -> &[f64] {
        self.mixed.fill(0.0);
        for (i, row) in self.logs.chunks(self.size).enumerate() {
            let weight = self.weights[i][self.class[i]];
            if self.class[i] > 0 {
                self.mixed
                    .iter_mut()
                    .zip(row)
                    .for_each(|(m, log)| *m += weight * log);
            }
        }
        let most = self.mixed.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.mixed.iter_mut().for_each(|m| *m = (*m - most).exp());
        let total: f64 = self.mixed.iter().sum();
        // A floor keeps one surprise from costing more than twenty bits.
        let floor = 1e-6;
        let scale = (1.0 - floor * self.size as f64) / total;
        self.mixed.iter_mut().for_each(|m| *m = *m * scale + floor);
        &self.mixed
    }

    /// `w_i += rate (ln P_i(y) - Σ_x P(x) ln P_i(x))` for the symbol `y` that came.
    pub fn learn(&mut self, symbol: u8) {
        for (i, row) in self.logs.chunks(self.size).enumerate() {
            if self.class[i] > 0 {
                let expected: f64 = self.mixed.iter().zip(row).map(|(p, log)| p * log).sum();
                self.weights[i][self.class[i]] += self.rate * (row[symbol as usize] - expected);
            }
        }
    }
}

/// 0 for never, then by the logarithm of the count.
fn class(total: u32) -> usize {
    ((32 - total.leading_zeros()) as usize).min(CLASSES - 1)
}
