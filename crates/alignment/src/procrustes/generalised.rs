//! Many tables turned onto their consensus.

use nalgebra::DMatrix;

use super::frame::norm;
use super::{Frame, Procrustes, finite};
use crate::Error;
use crate::polar::polar;
use crate::product::{times_transposed, transposed_times};

/// N tables turned onto one consensus.
#[derive(Debug, Clone, PartialEq)]
pub struct Consensus {
    /// The mean of the turned tables, V × d, centred.
    pub consensus: DMatrix<f64>,
    /// One orthogonal map per table, applied to its centred rows from the right.
    pub maps: Vec<DMatrix<f64>>,
    /// Root mean square distance of each token's N turned vectors from their mean, tables being of
    /// unit norm.
    pub residuals: Vec<f64>,
    /// Σ_m ‖X̂_m Q_m − C‖² / N: 0 when the tables are one up to rotation.
    pub disparity: f64,
    /// Rounds until the disparity settled.
    pub rounds: usize,
}

impl Procrustes {
    /// Turns all `tables` onto their common mean (generalised Procrustes analysis).
    ///
    /// Tables are prepared as by [`Procrustes::fit`], then turned onto the mean of the turned ones
    /// until the disparity falls by less than a relative 1e-10 or `rounds` are over. Scaling is by
    /// the norms only ([`Procrustes::scale`] has no part here: a best factor would shrink the
    /// tables that agree least). Gower, *Generalized Procrustes analysis*, Psychometrika 40 (1975).
    ///
    /// # Errors
    /// [`Error::TooFewTables`] below two, otherwise as [`Procrustes::fit`].
    ///
    /// ```
    /// use dissensus_alignment::Procrustes;
    /// use nalgebra::dmatrix;
    /// let x = dmatrix![0.0, 0.0; 1.0, 0.0; 0.0, 2.0];
    /// let turned = &x * dmatrix![0.0, 1.0; -1.0, 0.0];
    /// let mirrored = &x * dmatrix![1.0, 0.0; 0.0, -1.0];
    /// let found = Procrustes::default().consensus(&[x, turned, mirrored], 100)?;
    /// assert!(found.disparity < 1e-14);
    /// # Ok::<(), dissensus_alignment::Error>(())
    /// ```
    pub fn consensus(&self, tables: &[DMatrix<f64>], rounds: usize) -> Result<Consensus, Error> {
        let first = tables.first().filter(|_| tables.len() > 1);
        let expected = first
            .ok_or(Error::TooFewTables {
                needed: 2,
                found: tables.len(),
            })?
            .shape();
        let mut originals = Vec::with_capacity(tables.len());
        for (which, table) in tables.iter().enumerate() {
            if table.shape() != expected {
                return Err(Error::Shape {
                    expected,
                    found: table.shape(),
                });
            }
            finite(table)?;
            originals.push(Frame::learn(*self, table.transpose(), which)?.1);
        }
        let mut state = State::new(originals);
        let mut disparity = f64::INFINITY;
        for round in 1..=rounds.max(1) {
            state.turn(self.reflection)?;
            let settled = disparity - state.disparity() <= 1e-10 * state.disparity();
            disparity = state.disparity();
            if settled || disparity < 1e-15 || round == rounds.max(1) {
                return Ok(state.finish(round));
            }
        }
        Ok(state.finish(rounds))
    }
}

/// The tables as given and as turned (vectors as columns), and their mean.
struct State {
    originals: Vec<DMatrix<f64>>,
    turned: Vec<DMatrix<f64>>,
    maps: Vec<DMatrix<f64>>,
    mean: DMatrix<f64>,
}

impl State {
    /// Starts from the first table.
    fn new(originals: Vec<DMatrix<f64>>) -> Self {
        let mean = originals[0].clone();
        Self {
            turned: originals.clone(),
            maps: Vec::new(),
            originals,
            mean,
        }
    }

    fn turn(&mut self, reflection: bool) -> Result<(), Error> {
        self.maps.clear();
        for (original, turned) in self.originals.iter().zip(&mut self.turned) {
            let map = polar(&times_transposed(original, &self.mean), reflection)?.map;
            *turned = transposed_times(&map, original);
            self.maps.push(map);
        }
        self.mean.fill(0.0);
        self.turned.iter().for_each(|turned| self.mean += turned);
        self.mean /= self.turned.len() as f64;
        Ok(())
    }

    fn disparity(&self) -> f64 {
        self.turned
            .iter()
            .map(|turned| norm(&(turned - &self.mean)).powi(2))
            .sum::<f64>()
            / self.turned.len() as f64
    }

    fn finish(self, rounds: usize) -> Consensus {
        let disparity = self.disparity();
        let tokens = 0..self.mean.ncols();
        let distance = |t: usize| {
            let squares = self
                .turned
                .iter()
                .map(|turned| (turned.column(t) - self.mean.column(t)).norm_squared());
            (squares.sum::<f64>() / self.turned.len() as f64).sqrt()
        };
        let residuals = tokens.map(distance).collect();
        Consensus {
            consensus: self.mean.transpose(),
            maps: self.maps,
            residuals,
            disparity,
            rounds,
        }
    }
}
