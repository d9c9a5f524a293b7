//! Sequences side by side.

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};

use crate::{Config, Error};

/// Sequences of ids in the rows of one table, short rows filled up on the right.
///
/// The attention sees a row only up to its own length, so filling changes no result.
///
/// ```
/// use dissensus_bert::{Batch, Config};
/// let config = Config::preset("tiny")?;
/// let batch = Batch::new(&[vec![5, 6, 7], vec![8]], &config)?;
/// assert_eq!((batch.rows(), batch.time(), batch.ids()), (2, 3, &[5, 6, 7, 8, 0, 0][..]));
/// assert_eq!(batch.flat(1, 0), 3);
/// # Ok::<(), dissensus_bert::Error>(())
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
    pub fn new<S: AsRef<[u32]>>(sequences: &[S], config: &Config) -> Result<Self, Error> {
        if sequences.is_empty() {
            return Err(Error::empty("the batch"));
        }
        for (index, sequence) in sequences.iter().enumerate() {
            check_sequence(index, sequence.as_ref(), config)?;
        }
        let lengths: Vec<usize> = sequences.iter().map(|s| s.as_ref().len()).collect();
        let time = lengths.iter().copied().max().unwrap_or(0);
        let mut ids = Vec::with_capacity(time * lengths.len());
        for sequence in sequences {
            ids.extend_from_slice(sequence.as_ref());
            ids.resize(ids.len().next_multiple_of(time), config.padding());
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
    /// What is not in a batch cannot be attended to. So a sequence with tokens left out, the others at their places, gives
    /// exactly what the whole sequence gives when nothing attends to the left-out ones, and costs only what is left.
    ///
    /// ```
    /// use dissensus_bert::{Batch, Config};
    /// let config = Config::preset("tiny")?;
    /// let around = Batch::new(&[vec![5, 4, 7]], &config)?.at_positions(&[vec![9, 10, 11]], &config)?;
    /// assert_eq!(around.flat(0, 1), 1); // logits are asked for by place in the batch
    /// # Ok::<(), dissensus_bert::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Positions`] unless there is one position a token, each within the model's.
    pub fn at_positions<P: AsRef<[usize]>>(
        mut self,
        positions: &[P],
        config: &Config,
    ) -> Result<Self, Error> {
        let limit = config.max_position_embeddings;
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
    pub fn rows(&self) -> usize {
        self.lengths.len()
    }

    /// Length of the longest sequence, `T`.
    pub fn time(&self) -> usize {
        self.time
    }

    /// The ids, row-major `[B, T]`.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// The sequences' own lengths.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// The index of a position among all `B·T`.
    pub fn flat(&self, row: usize, position: usize) -> usize {
        row * self.time + position
    }

    /// Number of tokens, fillers left out.
    pub fn tokens(&self) -> usize {
        self.lengths.iter().sum()
    }

    pub(crate) fn id_tensor(&self, device: &Device) -> Tensor<2, Int> {
        int_tensor(
            self.ids.iter().map(|&id| id as i32).collect(),
            [self.rows(), self.time],
            device,
        )
    }

    pub(crate) fn position_tensor(&self, device: &Device) -> Tensor<2, Int> {
        let row = 0..self.time as i32;
        let positions = match &self.positions {
            Some(positions) => positions.iter().map(|&position| position as i32).collect(),
            None => (0..self.rows()).flat_map(|_| row.clone()).collect(),
        };
        int_tensor(positions, [self.rows(), self.time], device)
    }

    pub(crate) fn type_tensor(&self, device: &Device) -> Tensor<2, Int> {
        int_tensor(vec![0; self.ids.len()], [self.rows(), self.time], device)
    }

    /// True where there is a token; `None` if that is everywhere.
    pub(crate) fn mask(&self, device: &Device) -> Option<Tensor<2, Bool>> {
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

pub(crate) fn check_sequence(index: usize, ids: &[u32], config: &Config) -> Result<(), Error> {
    if ids.is_empty() {
        return Err(Error::empty(format!("sequence {index}")));
    }
    let limit = config.max_position_embeddings;
    if ids.len() > limit {
        return Err(Error::SequenceTooLong {
            sequence: index,
            length: ids.len(),
            limit,
        });
    }
    let vocabulary = config.vocab_size;
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

    fn config() -> Config {
        Config {
            max_position_embeddings: 4,
            ..Config::default()
        }
        .with_vocabulary(10, 1)
    }

    #[test]
    fn an_empty_sequence_is_named() {
        let error = Batch::new(&[vec![2], vec![]], &config()).unwrap_err();
        assert_eq!(error.to_string(), "sequence 1 is empty");
    }

    #[test]
    fn a_long_sequence_is_named() {
        let error = Batch::new(&[vec![2; 5]], &config()).unwrap_err();
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
        let error = Batch::new(&[vec![2, 10]], &config()).unwrap_err();
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
        let batch = Batch::new(&[vec![2], vec![3, 4]], &config()).unwrap();
        assert_eq!(batch.ids(), [2, 1, 3, 4]);
        assert_eq!(batch.tokens(), 3);
    }
}
