//! Sequences side by side.

use std::sync::Arc;

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};

use crate::{Error, Sizes};

/// Sequences of ids in the rows of one table, short rows padded on the right.
///
/// The attention sees a row only up to its own length, so padding changes no result.
///
/// ```
/// use dissensus_lm::{Batch, Sizes};
/// let sizes = Sizes { vocabulary: 10, positions: 8, width: 4, layers: 1, padding: 0 };
/// let batch = Batch::new(&[vec![5, 6, 7], vec![8]], &sizes)?;
/// assert_eq!((batch.rows(), batch.time(), batch.ids()), (2, 3, &[5, 6, 7, 8, 0, 0][..]));
/// assert_eq!(batch.flat(1, 0), 3);
/// # Ok::<(), dissensus_lm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    ids: Vec<u32>,
    lengths: Vec<usize>,
    time: usize,
    /// Row-major `[B, T]`, where tokens do not stand at 0, 1, 2, ….
    positions: Option<Vec<usize>>,
}

impl Batch {
    /// One row per sequence.
    ///
    /// # Errors
    /// [`Error::Empty`] without sequences or with an empty one; [`Error::SequenceTooLong`] and
    /// [`Error::TokenOutOfRange`] against the model's sizes.
    pub fn new<S: AsRef<[u32]>>(sequences: &[S], sizes: &Sizes) -> Result<Self, Error> {
        if sequences.is_empty() {
            return Err(Error::empty("the batch"));
        }
        for (index, sequence) in sequences.iter().enumerate() {
            check_sequence(index, sequence.as_ref(), sizes)?;
        }
        let lengths: Vec<usize> = sequences.iter().map(|s| s.as_ref().len()).collect();
        let time = lengths.iter().copied().max().unwrap_or(0);
        let mut ids = Vec::with_capacity(time * lengths.len());
        for sequence in sequences {
            ids.extend_from_slice(sequence.as_ref());
            ids.resize(ids.len().next_multiple_of(time), sizes.padding);
        }
        Ok(Self {
            ids,
            lengths,
            time,
            positions: None,
        })
    }

    /// The same tokens at other positions than 0, 1, 2, …: one list a sequence.
    ///
    /// What is not in a batch cannot be attended to. So a sequence with tokens left out, the others
    /// at their places, gives exactly what the whole sequence gives when nothing attends to the
    /// left-out ones, and costs only what is left.
    ///
    /// ```
    /// use dissensus_lm::{Batch, Sizes};
    /// let sizes = Sizes { vocabulary: 10, positions: 16, width: 4, layers: 1, padding: 0 };
    /// let around =
    ///     Batch::new(&[vec![5, 4, 7]], &sizes)?.at_positions(&[vec![9, 10, 11]], &sizes)?;
    /// assert_eq!(around.flat(0, 1), 1); // logits are asked for by place in the batch
    /// # Ok::<(), dissensus_lm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Positions`] unless there is one position a token, each within the model's.
    pub fn at_positions<P: AsRef<[usize]>>(
        mut self,
        positions: &[P],
        sizes: &Sizes,
    ) -> Result<Self, Error> {
        let limit = sizes.positions;
        if positions.len() != self.rows() {
            return Err(Error::Positions {
                sequence: positions.len().min(self.rows()),
                found: positions.len(),
                expected: format!("positions of {} sequences", self.rows()),
            });
        }
        let mut all = Vec::with_capacity(self.ids.len());
        for (sequence, (row, &length)) in positions.iter().zip(&self.lengths).enumerate() {
            let row = row.as_ref();
            let wrong = |found, expected| {
                Err(Error::Positions {
                    sequence,
                    found,
                    expected,
                })
            };
            if row.len() != length {
                return wrong(row.len(), format!("{length} positions, one a token"));
            }
            if let Some(&position) = row.iter().find(|&&position| position >= limit) {
                return wrong(position, format!("positions below {limit}"));
            }
            all.extend_from_slice(row);
            all.resize(all.len().next_multiple_of(self.time), 0);
        }
        self.positions = Some(all);
        Ok(self)
    }

    /// Number of sequences, `B`.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.lengths.len()
    }

    /// Length of the longest sequence, `T`.
    #[must_use]
    pub fn time(&self) -> usize {
        self.time
    }

    /// The ids, row-major `[B, T]`.
    #[must_use]
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// The position of each token, row-major `[B, T]`, where they do not stand at 0, 1, 2, …:
    /// [`Batch::at_positions`].
    #[must_use]
    pub fn positions(&self) -> Option<&[usize]> {
        self.positions.as_deref()
    }

    /// The sequences' own lengths.
    #[must_use]
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// The index of a position among all `B·T`.
    #[must_use]
    pub fn flat(&self, row: usize, position: usize) -> usize {
        row * self.time + position
    }

    /// Number of tokens, padding left out.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.lengths.iter().sum()
    }

    /// The ids, `[B, T]`.
    #[must_use]
    pub fn id_tensor(&self, device: &Device) -> Tensor<2, Int> {
        int_tensor(
            self.ids.iter().map(|&id| id as i32).collect(),
            [self.rows(), self.time],
            device,
        )
    }

    /// The position of each token in its sequence, row-major `[B, T]`: 0, 1, 2, … unless
    /// [`Batch::at_positions`] says others.
    #[must_use]
    pub fn token_positions(&self) -> Arc<[u32]> {
        let row = 0..self.time as u32;
        match &self.positions {
            Some(positions) => positions.iter().map(|&position| position as u32).collect(),
            None => (0..self.rows()).flat_map(|_| row.clone()).collect(),
        }
    }

    /// [`Batch::token_positions`] as a tensor, `[B, T]`.
    #[must_use]
    pub fn position_tensor(&self, device: &Device) -> Tensor<2, Int> {
        let positions = self.token_positions();
        let positions = positions.iter().map(|&position| position as i32).collect();
        int_tensor(positions, [self.rows(), self.time], device)
    }

    /// `[B, T]`, true where there is a token; `None` if that is everywhere.
    #[must_use]
    pub fn mask(&self, device: &Device) -> Option<Tensor<2, Bool>> {
        if self.lengths.iter().all(|&length| length == self.time) {
            return None;
        }
        let row = |length: usize| (0..self.time).map(move |t| t < length);
        let mask: Vec<bool> = self
            .lengths
            .iter()
            .flat_map(|&length| row(length))
            .collect();
        Some(Tensor::from_data(
            TensorData::new(mask, [self.rows(), self.time]),
            device,
        ))
    }
}

fn int_tensor<const D: usize>(
    values: Vec<i32>,
    shape: [usize; D],
    device: &Device,
) -> Tensor<D, Int> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

pub(crate) fn index_tensor(
    indices: impl Iterator<Item = usize>,
    device: &Device,
) -> Tensor<1, Int> {
    let values: Vec<i32> = indices.map(|i| i as i32).collect();
    let shape = [values.len()];
    int_tensor(values, shape, device)
}

pub(crate) fn check_sequence(index: usize, ids: &[u32], sizes: &Sizes) -> Result<(), Error> {
    if ids.is_empty() {
        return Err(Error::empty(format!("sequence {index}")));
    }
    let limit = sizes.positions;
    if ids.len() > limit {
        return Err(Error::SequenceTooLong {
            sequence: index,
            length: ids.len(),
            limit,
        });
    }
    let vocabulary = sizes.vocabulary;
    match ids.iter().position(|&id| id as usize >= vocabulary) {
        None => Ok(()),
        Some(position) => Err(Error::TokenOutOfRange {
            sequence: index,
            position,
            id: ids[position],
            vocabulary,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: Sizes = Sizes {
        vocabulary: 10,
        positions: 4,
        width: 8,
        layers: 1,
        padding: 1,
    };

    #[test]
    fn an_empty_sequence_is_named() {
        let error = Batch::new(&[vec![2], vec![]], &SIZES).unwrap_err();
        assert_eq!(error.to_string(), "sequence 1 is empty");
    }

    #[test]
    fn a_long_sequence_is_named() {
        let error = Batch::new(&[vec![2; 5]], &SIZES).unwrap_err();
        assert!(matches!(
            error,
            Error::SequenceTooLong {
                sequence: 0,
                length: 5,
                limit: 4
            }
        ));
    }

    #[test]
    fn an_id_outside_the_vocabulary_is_named() {
        let error = Batch::new(&[vec![2, 10]], &SIZES).unwrap_err();
        assert!(matches!(
            error,
            Error::TokenOutOfRange {
                sequence: 0,
                position: 1,
                id: 10,
                vocabulary: 10
            }
        ));
    }

    #[test]
    fn rows_are_filled_with_the_padding_token() {
        let batch = Batch::new(&[vec![2], vec![3, 4]], &SIZES).unwrap();
        assert_eq!(batch.ids(), [2, 1, 3, 4]);
        assert_eq!(batch.tokens(), 3);
    }
}
