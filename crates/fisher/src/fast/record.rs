//! What one backward pass has shown.

use super::kernel::squared_norm;
use super::plan::Plan;
use super::table::{Row, norm};
use super::tied::Decoder;
use crate::rows::TableRows;
use crate::sums::{RoleNorm, add_to, input_side};
use crate::{Diagonal, Error, GroupSums, Roles};
use dissensus_lm::{ParameterKind as Kind, ParameterRole};
use std::collections::BTreeMap;
use std::ops::Range;

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
    pub decoder: Option<Decoder>,
    pub plan: Option<Plan>,
    pub error: Option<Error>,
}

impl Norms {
    pub(super) fn new(parameters: usize, examples: Vec<f64>) -> Self {
        Norms {
            parameters: parameters as u64,
            examples,
        }
    }

    fn add(&mut self, other: &Norms) {
        add_to(&mut self.examples, &other.examples);
    }
}

impl Record {
    /// A parameter that is one vector: each example's gradient of it.
    pub(super) fn vectors(&mut self, name: String, gradients: Vec<Vec<f32>>) -> Result<(), Error> {
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

    pub(super) fn embedding(
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

    /// Adds what another draw over the same examples has shown.
    pub(super) fn add(&mut self, other: &Record) {
        for (mine, theirs) in self.norms.values_mut().zip(other.norms.values()) {
            mine.add(theirs);
        }
        let sides = [
            (&mut self.output, &other.output),
            (&mut self.cross, &other.cross),
        ];
        for (mine, theirs) in sides {
            if let (Some(mine), Some(theirs)) = (mine, theirs) {
                mine.add(theirs);
            }
        }
        if let (Some(mine), Some(theirs)) = (&mut self.rows, &other.rows) {
            mine.merge(theirs);
        }
    }

    /// Adds the squared norms of every example to group sums.
    pub(super) fn add_to(
        &mut self,
        sums: &mut GroupSums,
        examples: usize,
        roles: Roles<'_>,
    ) -> Result<(), Error> {
        let by_role = self.by_role(roles);
        for example in 0..examples {
            let norm = |(role, all): (&ParameterRole, &Vec<&Norms>)| RoleNorm {
                role: role.clone(),
                parameters: all.iter().map(|n| n.parameters).sum(),
                squared: all.iter().map(|n| n.examples[example]).sum(),
            };
            sums.push(&by_role.iter().map(norm).collect::<Vec<_>>())?;
        }
        match (&mut sums.rows, self.rows.take()) {
            (Some(all), Some(rows)) => {
                all.check_merge(&rows)?;
                all.merge(&rows);
            }
            (None, rows) => sums.rows = rows,
            (_, None) => (),
        }
        Ok(())
    }

    /// Which parameters have which role.
    fn by_role(&self, roles: Roles<'_>) -> BTreeMap<ParameterRole, Vec<&Norms>> {
        let mut all: BTreeMap<ParameterRole, Vec<&Norms>> = BTreeMap::new();
        for (name, norms) in &self.norms {
            // Embedding and decoding are different operations here: what embeds is the input side.
            let role = input_side(roles.of(name));
            all.entry(role).or_default().push(norms);
        }
        for (kind, norms) in [
            (Kind::WordOutput, &self.output),
            (Kind::WordCross, &self.cross),
        ] {
            let role = ParameterRole::embeddings(kind);
            all.entry(role).or_default().extend(norms);
        }
        all.retain(|_, norms| !norms.is_empty());
        all
    }
}
