//! From probabilities of tokens to those of a base.

/// P(base) of A, C, G, T at offset `offset` of a token of `length` bases: the sum over the tokens
/// of that length that have the base there, over the sum of all four.
///
/// `symbols` are the bases of each token by id, empty for special tokens; `log_probabilities` are
/// natural logarithms. Tokens of another length or with another letter are left out. All four are ¼
/// where no token is left, or none that is possible; NaN where a logarithm is NaN or +∞.
///
/// ```
/// use dissensus_variant::base_probabilities;
///
/// let symbols = ["", "AA", "AC", "CA", "CC", "A"];
/// let log = [0.05_f32, 0.1, 0.2, 0.3, 0.3, 0.05].map(f32::ln);
/// let [a, c, g, t] = base_probabilities(&log, &symbols, 1, 2);
/// assert!((a - 0.4 / 0.9).abs() < 1e-6 && (c - 0.5 / 0.9).abs() < 1e-6); // AA + CA, AC + CC
/// assert_eq!((g, t), (0.0, 0.0));
/// ```
#[must_use]
pub fn base_probabilities<S: AsRef<str>>(
    log_probabilities: &[f32],
    symbols: &[S],
    offset: usize,
    length: usize,
) -> [f64; 4] {
    let fits = |symbol: &str| symbol.len() == length && symbol.bytes().all(|b| place(b).is_some());
    let tokens = || {
        let all = log_probabilities.iter().zip(symbols);
        let all = all.map(|(&log, symbol)| (f64::from(log), symbol.as_ref()));
        all.filter(|(_, symbol)| fits(symbol))
    };
    if tokens().any(|(log, _)| log.is_nan() || log == f64::INFINITY) {
        return [f64::NAN; 4];
    }
    // The largest is taken off, so that a token as unlikely as e^-1000 still counts beside its
    // like.
    let largest = tokens().fold(f64::NEG_INFINITY, |most, (log, _)| most.max(log));
    let mut sums = [0.0; 4];
    for (log, symbol) in tokens().filter(|(log, _)| *log > f64::NEG_INFINITY) {
        let base = symbol.as_bytes().get(offset).and_then(|&base| place(base));
        if let Some(base) = base {
            sums[base] += (log - largest).exp();
        }
    }
    let total: f64 = sums.iter().sum();
    if total > 0.0 {
        sums.map(|sum| sum / total)
    } else {
        [0.25; 4]
    }
}

/// The place of a base among A, C, G, T.
pub(super) fn place(base: u8) -> Option<usize> {
    b"ACGT".iter().position(|&known| known == base)
}
