//! What a perfect model of a source achieves on its documents.

use crate::{Error, SampleMean, Source};

/// Estimates the erasure entropy `H(X_t | all other symbols)` of documents of `length` symbols, in
/// bits per symbol.
///
/// The mean, over positions and independent documents, of the entropy of the exact posterior of one
/// symbol given all others of its document: unbiased for documents of this length, and above the
/// limit of endless documents by what the missing neighbours at both ends would have told. The
/// standard error is over documents.
///
/// ```
/// use dissensus_source::{Alphabet, Markov, erasure_entropy};
/// let source = Markov::random(Alphabet::dna(), 2, 1.6, 1)?;
/// let exact = source.erasure_entropy_bits()?;
/// let found = erasure_entropy(&source, 20, 2_000, 1)?;
/// assert!((found.bits - exact).abs() < 4.0 * found.standard_error + 0.002);
/// # Ok::<(), dissensus_source::Error>(())
/// ```
///
/// # Errors
/// No document, or documents of no symbols.
pub fn erasure_entropy<S: Source + ?Sized>(
    source: &S,
    documents: usize,
    length: usize,
    seed: u64,
) -> Result<SampleMean, Error> {
    let of = |index: u64| {
        let document = source.document(seed, index, length);
        source.leave_one_out(&document)?.mean_entropy_bits()
    };
    let means = (0..documents as u64)
        .map(of)
        .collect::<Result<Vec<f64>, Error>>()?;
    SampleMean::of(&means)
}
