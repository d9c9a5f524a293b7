//! Entropy of the mean of several distributions.

/// Entropy in nats of the mean of `rows`, without row `left_out` where one is named.
pub(crate) fn entropy_of_mean(rows: &[&[f32]], left_out: Option<usize>) -> f64 {
    let kept = rows
        .iter()
        .enumerate()
        .filter(|(i, _)| Some(*i) != left_out)
        .count();
    let vocabulary = rows.first().map_or(0, |row| row.len());
    let mut entropy = 0.0;
    for token in 0..vocabulary {
        let others = rows
            .iter()
            .enumerate()
            .filter(|(i, _)| Some(*i) != left_out);
        let mean = others.map(|(_, row)| f64::from(row[token])).sum::<f64>() / kept as f64;
        if mean > 0.0 {
            entropy -= mean * mean.ln();
        }
    }
    entropy.max(0.0)
}
