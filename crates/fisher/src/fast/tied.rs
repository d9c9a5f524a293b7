//! A word table that embeds and decodes.

use super::kernel::{Outer, dot, squared_norm};
use super::linear::Linear;
use super::plan::Plan;
use super::record::{Norms, Record};
use super::table::Row;
use crate::Error;
use crate::rows::TableRows;
use dissensus_layers::Rows;
use dissensus_lm::TiedTable;
use rayon::prelude::*;
use std::ops::Range;

impl Record {
    /// The tied table as decoder: `Σ_n δ_nv h_n` of every row `v`.
    pub(super) fn output_side(
        &mut self,
        tie: &TiedTable,
        linear: &Linear<'_>,
        segments: &[Range<usize>],
    ) -> Result<(), Error> {
        let [entries, width] = [linear.fan_out, linear.fan_in];
        if let Some(diagonal) = &mut self.diagonal {
            let sums = &mut diagonal.entry(&tie.input, &[entries, width])?.sums;
            linear.weight().add_squares(segments, sums);
        }
        let columns = Outer {
            left: linear.inputs,
            right: linear.gradients,
            rows: width,
            columns: entries,
        };
        let norms: Vec<Vec<f64>> = segments
            .par_iter()
            .map(|s| columns.column_norms(s))
            .collect();
        let rows = self.rows.get_or_insert_with(|| TableRows::new(entries));
        for norms in &norms {
            rows.output
                .iter_mut()
                .zip(norms)
                .for_each(|(sum, norm)| *sum += norm);
        }
        self.output = Some(Norms::new(
            entries * width,
            norms.iter().map(|n| n.iter().sum()).collect(),
        ));
        self.decoder = Some(Decoder {
            inputs: linear.inputs.to_vec(),
            gradients: linear.gradients.to_vec(),
        });
        Ok(())
    }

    /// `2 ⟨in_v, out_v⟩` for the rows `v` that an example embeds; the others have no input side.
    pub(super) fn cross_term(
        &mut self,
        plan: &Plan,
        weight: &str,
        examples: &[Vec<Row>],
        [entries, width]: [usize; 2],
    ) -> Result<(), Error> {
        let Some(decoder) = self.decoder.take() else {
            return Err(Error::MissingParameter {
                name: weight.into(),
            });
        };
        let masked = plan.tokens.iter().sum();
        let segments = plan.segments(
            weight,
            Rows {
                batch: masked,
                time: 1,
            },
        )?;
        let outputs: Vec<Vec<Vec<f32>>> = examples
            .par_iter()
            .zip(&segments)
            .map(|(rows, s)| decoder.rows(rows, s, [entries, width]))
            .collect();
        let table = self.rows.get_or_insert_with(|| TableRows::new(entries));
        let mut cross = vec![0.0; examples.len()];
        for ((rows, outputs), cross) in examples.iter().zip(&outputs).zip(&mut cross) {
            for (row, output) in rows.iter().zip(outputs) {
                let product = 2.0 * dot(&row.gradient, output);
                table.input[row.id] += squared_norm(&row.gradient);
                table.cross[row.id] += product;
                *cross += product;
            }
        }
        self.cross = Some(Norms::new(0, cross));
        let Some(diagonal) = &mut self.diagonal else {
            return Ok(());
        };
        let sums = &mut diagonal.entry(weight, &[entries, width])?.sums;
        for (row, output) in examples.iter().flatten().zip(outputs.iter().flatten()) {
            let sums = &mut sums[row.id * width..][..width];
            for (sum, (a, b)) in sums.iter_mut().zip(row.gradient.iter().zip(output)) {
                *sum += 2.0 * f64::from(*a) * f64::from(*b);
            }
        }
        Ok(())
    }
}

/// What a tied decoder saw, until its table reports as embedding.
#[derive(Debug)]
pub(super) struct Decoder {
    inputs: Vec<f32>,
    gradients: Vec<f32>,
}

impl Decoder {
    /// `Σ_n δ_nv h_n` for the ids `v` of some rows.
    fn rows(
        &self,
        rows: &[Row],
        segment: &Range<usize>,
        [entries, width]: [usize; 2],
    ) -> Vec<Vec<f32>> {
        let one = |row: &Row| {
            let mut sum = vec![0.0f32; width];
            for n in segment.clone() {
                let delta = self.gradients[n * entries + row.id];
                sum.iter_mut()
                    .zip(&self.inputs[n * width..][..width])
                    .for_each(|(s, h)| *s += delta * h);
            }
            sum
        };
        rows.iter().map(one).collect()
    }
}
