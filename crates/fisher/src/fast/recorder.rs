//! The observer of the backward pass.

use super::kernel::column_sums;
use super::linear::Linear;
use super::plan::Plan;
use super::record::{Norms, Record};
use super::table::{Row, scattered};
use crate::{Diagonal, Error};
use dissensus_layers::{Hook, Seen};
use dissensus_lm::TiedTable;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// The hook: squares what each layer saw, at once, and keeps nothing else.
pub(super) struct Recorder {
    tie: Option<TiedTable>,
    record: Mutex<Record>,
}

impl Hook for Recorder {
    fn seen(&self, name: &str, seen: Seen<'_>) {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        if record.error.is_none()
            && let Some(plan) = record.plan.clone()
            && let Err(error) = self.record(&mut record, &plan, name, seen)
        {
            record.error = Some(error);
        }
    }

    fn wants_parameter_gradients(&self) -> bool {
        false
    }
}

impl Recorder {
    pub(super) fn new(tie: Option<TiedTable>) -> Self {
        Recorder {
            tie,
            record: Mutex::default(),
        }
    }

    /// Starts a backward pass over a batch of this plan.
    pub(super) fn begin(&self, plan: Plan, diagonal: Option<Diagonal>) {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        *record = Record {
            plan: Some(plan),
            diagonal,
            ..Record::default()
        };
    }

    /// What was seen, or what went wrong (the diagonal is lost then).
    pub(super) fn finish(&self) -> Result<Record, Error> {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        match record.error.take() {
            Some(error) => Err(error),
            None => Ok(std::mem::take(&mut record)),
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of operation")]
    fn record(
        &self,
        record: &mut Record,
        plan: &Plan,
        name: &str,
        seen: Seen<'_>,
    ) -> Result<(), Error> {
        match seen {
            Seen::Linear {
                inputs,
                output_gradients: gradients,
                rows,
                fan_in,
                fan_out,
                layout,
                has_bias,
            } => {
                let segments = plan.segments(name, rows)?;
                let linear = Linear {
                    name,
                    inputs,
                    gradients,
                    fan_in,
                    fan_out,
                    layout,
                    has_bias,
                };
                self.linear(record, &linear, &segments)
            }
            Seen::LayerNorm {
                normalized,
                output_gradients,
                rows,
                width,
            } => {
                let segments = plan.segments(name, rows)?;
                let of = |segment: &Range<usize>| {
                    &output_gradients[segment.start * width..segment.end * width]
                };
                let biases = segments
                    .par_iter()
                    .map(|s| column_sums(of(s), width))
                    .collect();
                let weights = segments.par_iter().map(|s| {
                    product_sums(of(s), &normalized[s.start * width..s.end * width], width)
                });
                record.vectors(format!("{name}.weight"), weights.collect())?;
                record.vectors(format!("{name}.bias"), biases)
            }
            Seen::Embedding {
                ids,
                output_gradients,
                rows,
                width,
                entries,
            } => {
                let segments = plan.segments(name, rows)?;
                let scatter = |s: &Range<usize>| scattered(ids, output_gradients, width, s);
                let examples: Vec<Vec<Row>> = segments.par_iter().map(scatter).collect();
                let weight = format!("{name}.weight");
                record.embedding(&weight, &examples, [entries, width])?;
                match &self.tie {
                    Some(tie) if tie.input == weight => {
                        record.cross_term(plan, &weight, &examples, [entries, width])
                    }
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn linear(
        &self,
        record: &mut Record,
        linear: &Linear<'_>,
        segments: &[Range<usize>],
    ) -> Result<(), Error> {
        let (name, width) = (linear.name, linear.fan_out);
        if linear.has_bias {
            let biases = segments
                .par_iter()
                .map(|s| column_sums(&linear.gradients[s.start * width..s.end * width], width))
                .collect();
            record.vectors(format!("{name}.bias"), biases)?;
        }
        let weight = format!("{name}.weight");
        let outer = linear.weight();
        match &self.tie {
            Some(tie) if tie.output == weight => record.output_side(tie, linear, segments),
            _ => {
                let norms = match &mut record.diagonal {
                    None => outer.norms(segments),
                    Some(diagonal) => {
                        let squares = diagonal.entry(&weight, &[outer.rows, outer.columns])?;
                        outer.add_squares(segments, &mut squares.sums)
                    }
                };
                record
                    .norms
                    .insert(weight, Norms::new(outer.rows * outer.columns, norms));
                Ok(())
            }
        }
    }
}

/// `Σ_r a_r ∘ b_r`.
fn product_sums(a: &[f32], b: &[f32], width: usize) -> Vec<f32> {
    let mut sums = vec![0.0; width];
    for (a, b) in a.chunks_exact(width).zip(b.chunks_exact(width)) {
        sums.iter_mut()
            .zip(a.iter().zip(b))
            .for_each(|(sum, (a, b))| *sum += a * b);
    }
    sums
}
