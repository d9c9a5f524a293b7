//! How far an edit moves the states at its place.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::curve::{cosine, distance};
use crate::error::{parameter, same_length};
use crate::{Error, LocalEmbedder, VariantWindow};

/// How far the state at a variant moves between the reference and the alternative; 0 where the
/// model does not notice.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingShift {
    /// Euclidean distance.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub distance: f64,
    /// 1 less the cosine.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub cosine_distance: f64,
}

/// The shift of each variant: of the tokens that overlap the changed bases, between the window with
/// and without the edit.
///
/// It has no sign: a change that the model finds good moves the state too. A large shift is taken
/// for positive ([`Sign::High`](crate::Sign::High)).
///
/// # Errors
/// A batch of 0, embeddings of unlike length, whatever the model says.
///
/// ```
/// use dissensus_variant::{LocalEmbedder, ModelError, VariantWindow, embedding_shifts};
/// use std::ops::Range;
///
/// /// The places of A and C among the bases of the range.
/// struct Letters;
/// impl LocalEmbedder for Letters {
///     fn embed_at(
///         &self,
///         places: &[(Vec<u8>, Range<usize>)],
///     ) -> Result<Vec<Vec<f32>>, ModelError> {
///         let count = |bases: &[u8], base| bases.iter().filter(|&&b| b == base).count() as f32;
///         let one = |(bases, range): &(Vec<u8>, Range<usize>)| {
///             b"AC".map(|base| count(&bases[range.clone()], base)).to_vec()
///         };
///         Ok(places.iter().map(one).collect())
///     }
/// }
/// let window = VariantWindow::new(b"GGAGG".to_vec(), 2, 1, b"C".to_vec())?;
/// let shift = embedding_shifts(&Letters, &[window], 8)?[0]; // from (1, 0) to (0, 1)
/// assert_eq!((shift.distance, shift.cosine_distance), (2.0_f64.sqrt(), 1.0));
/// # Ok::<(), dissensus_variant::Error>(())
/// ```
pub fn embedding_shifts(
    model: &dyn LocalEmbedder,
    windows: &[VariantWindow],
    batch: usize,
) -> Result<Vec<EmbeddingShift>, Error> {
    parameter("batch", "1 or more", batch as f64, batch > 0)?;
    let mut shifts = Vec::with_capacity(windows.len());
    for some in windows.chunks(batch) {
        let place = |bases: Vec<u8>, window: &VariantWindow, length: usize| {
            let range = changed(window.at, length, bases.len());
            (bases, range)
        };
        let mut places = Vec::with_capacity(2 * some.len());
        for window in some {
            places.push(place(window.reference.clone(), window, window.removed));
            places.push(place(window.alternative(), window, window.inserted.len()));
        }
        let found = model
            .embed_at(&places)
            .map_err(|source| Error::Model { source })?;
        same_length("embeddings of the model", places.len(), found.len())?;
        for pair in found.chunks_exact(2) {
            same_length("numbers of an embedding", pair[0].len(), pair[1].len())?;
            let [one, other] =
                [0, 1].map(|i| -> Vec<f64> { pair[i].iter().copied().map(f64::from).collect() });
            shifts.push(EmbeddingShift {
                distance: distance(&one, &other),
                cosine_distance: 1.0 - cosine(&one, &other),
            });
        }
    }
    Ok(shifts)
}

/// The changed bases; where none are left, the base behind the cut, or the last.
fn changed(at: usize, length: usize, bases: usize) -> Range<usize> {
    if length > 0 {
        return at..at + length;
    }
    let first = at.min(bases.saturating_sub(1));
    first..(first + 1).min(bases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deletion_at_the_end_looks_at_the_last_base() {
        assert_eq!(changed(3, 2, 9), 3..5);
        assert_eq!(changed(3, 0, 9), 3..4);
        assert_eq!(changed(9, 0, 9), 8..9);
        assert_eq!(changed(0, 0, 0), 0..0);
    }
}
