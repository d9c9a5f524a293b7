use super::kernel::{Outer, column_sums, dot, squared_norm};
use super::plan::Plan;
use super::table::{Row, norm, scattered};
use crate::rows::Rows as TableRows;
use crate::{Diagonal, Error, Group, GroupSums, Place, Tie};
use dissensus_layers::{Rows, Seen, Tap, WeightLayout};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Squared norms of one parameter's gradient, an entry an example.
#[derive(Debug, Clone, Default)]
pub(super) struct Norms {
    pub parameters: u64,
    pub examples: Vec<f64>,
}

/// What one backward pass has shown.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// By parameter name; of a tied table the input side.
    pub norms: BTreeMap<String, Norms>,
    /// Output side and cross term of a tied table.
    pub output: Option<Norms>,
    pub cross: Option<Norms>,
    pub rows: Option<TableRows>,
    pub diagonal: Option<Diagonal>,
    decoder: Option<Decoder>,
    plan: Option<Plan>,
    error: Option<Error>,
}

/// The tap: squares what each layer saw, at once, and keeps nothing else.
pub(super) struct Recorder {
    tie: Option<Tie>,
    record: Mutex<Record>,
}

impl Tap for Recorder {
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

/// A linear layer in one backward pass.
struct Linear<'a> {
    name: &'a str,
    inputs: &'a [f32],
    gradients: &'a [f32],
    fan_in: usize,
    fan_out: usize,
    layout: WeightLayout,
}

impl<'a> Linear<'a> {
    /// The weight's gradient as it is stored.
    fn weight(&self) -> Outer<'a> {
        let (inputs, outputs) = ((self.inputs, self.fan_in), (self.gradients, self.fan_out));
        let ((left, rows), (right, columns)) = match self.layout {
            WeightLayout::InputsByOutputs => (inputs, outputs),
            WeightLayout::OutputsByInputs => (outputs, inputs),
        };
        Outer {
            left,
            right,
            rows,
            columns,
        }
    }
}

impl Recorder {
    pub(super) fn new(tie: Option<Tie>) -> Self {
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
            } => {
                let segments = plan.segments(name, rows)?;
                let linear = Linear {
                    name,
                    inputs,
                    gradients,
                    fan_in,
                    fan_out,
                    layout,
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
        let biases = segments
            .par_iter()
            .map(|s| column_sums(&linear.gradients[s.start * width..s.end * width], width))
            .collect();
        record.vectors(format!("{name}.bias"), biases)?;
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

impl Norms {
    fn new(parameters: usize, examples: Vec<f64>) -> Self {
        Norms {
            parameters: parameters as u64,
            examples,
        }
    }
}

impl Record {
    /// A parameter that is one vector: each example's gradient of it.
    fn vectors(&mut self, name: String, gradients: Vec<Vec<f32>>) -> Result<(), Error> {
        let width = gradients.first().map_or(0, Vec::len);
        let norms = gradients.iter().map(|g| squared_norm(g)).collect();
        if let Some(diagonal) = &mut self.diagonal {
            let sums = &mut diagonal.entry(&name, &[width])?.sums;
            for gradient in &gradients {
                sums.iter_mut()
                    .zip(gradient)
                    .for_each(|(sum, g)| *sum += f64::from(*g).powi(2));
            }
        }
        self.norms.insert(name, Norms::new(width, norms));
        Ok(())
    }

    /// The tied table as decoder: `Σ_n δ_nv h_n` of every row `v`.
    fn output_side(
        &mut self,
        tie: &Tie,
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

    fn embedding(
        &mut self,
        weight: &str,
        examples: &[Vec<Row>],
        [entries, width]: [usize; 2],
    ) -> Result<(), Error> {
        if let Some(diagonal) = &mut self.diagonal {
            let sums = &mut diagonal.entry(weight, &[entries, width])?.sums;
            for row in examples.iter().flatten() {
                let sums = &mut sums[row.id * width..][..width];
                sums.iter_mut()
                    .zip(&row.gradient)
                    .for_each(|(sum, g)| *sum += f64::from(*g).powi(2));
            }
        }
        let norms = examples.iter().map(|rows| norm(rows)).collect();
        self.norms
            .insert(weight.into(), Norms::new(entries * width, norms));
        Ok(())
    }

    /// `2 ⟨in_v, out_v⟩` for the rows `v` that an example embeds; the others have no input side.
    fn cross_term(
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

    /// Fails when nothing was seen, or when an example's gradient is not finite.
    pub(super) fn check(&self, batch: &Range<u64>, examples: &[Range<usize>]) -> Result<(), Error> {
        if self.norms.is_empty() {
            return Err(Error::NothingSeen);
        }
        for (name, norms) in &self.norms {
            if let Some(at) = norms.examples.iter().position(|norm| !norm.is_finite()) {
                let sequence = batch.start + examples[at].start as u64;
                return Err(Error::GradientNotFinite {
                    sequence,
                    parameter: name.clone(),
                });
            }
        }
        Ok(())
    }

    /// Adds the squared norms of every example to group sums.
    pub(super) fn add_to(&mut self, sums: &mut GroupSums, examples: usize) -> Result<(), Error> {
        let places = self.places()?;
        for example in 0..examples {
            let norms: Vec<(Place, u64, f64)> = places
                .iter()
                .map(|(place, all)| {
                    let q = all.iter().map(|n| n.examples[example]).sum();
                    (*place, all.iter().map(|n| n.parameters).sum(), q)
                })
                .collect();
            sums.push(&norms)?;
        }
        match (&mut sums.rows, self.rows.take()) {
            (Some(all), Some(rows)) => all.merge(&rows),
            (None, Some(rows)) => {
                sums.rows = Some(rows);
                Ok(())
            }
            (_, None) => Ok(()),
        }
    }

    /// Which parameters sit at which place.
    fn places(&self) -> Result<BTreeMap<Place, Vec<&Norms>>, Error> {
        let mut places: BTreeMap<Place, Vec<&Norms>> = BTreeMap::new();
        for (name, norms) in &self.norms {
            let mut place = Place::of(name)?;
            // Embedding and decoding are different operations here: what embeds is the input side.
            if place.group == Group::WordTied {
                place.group = Group::WordInput;
            }
            places.entry(place).or_default().push(norms);
        }
        let sides = [
            (Group::WordOutput, &self.output),
            (Group::WordCross, &self.cross),
        ];
        for (group, norms) in sides {
            places
                .entry(Place { layer: None, group })
                .or_default()
                .extend(norms);
        }
        places.retain(|_, norms| !norms.is_empty());
        Ok(places)
    }
}

/// What a tied decoder saw, until its table reports as embedding.
#[derive(Debug)]
struct Decoder {
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
