//! How an embedding moves when bases are replaced.

use std::fmt;

use dissensus_corpus::klet_shuffle_dna;
use dissensus_stats::{BootstrapParams, Estimate, bootstrap};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::error::{parameter, same_length};
use crate::{Embedder, Error, ModelError, SUBSTITUTION_COUNTS, nested_substitutions};

/// Which mutants are compared.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CurveParams {
    /// Numbers of substitutions; by default those of the paper.
    pub counts: Vec<usize>,
    /// The seed of places and bases; window i draws from seed + i.
    pub seed: u64,
    /// How intervals are drawn, over windows.
    pub bootstrap: BootstrapParams,
}

impl Default for CurveParams {
    fn default() -> Self {
        Self {
            counts: SUBSTITUTION_COUNTS.to_vec(),
            seed: 0,
            bootstrap: BootstrapParams::default(),
        }
    }
}

impl CurveParams {
    /// Sets the numbers of substitutions.
    #[must_use]
    pub fn with_counts(mut self, counts: &[usize]) -> Self {
        self.counts = counts.to_vec();
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets how intervals are drawn.
    #[must_use]
    pub fn with_bootstrap(mut self, bootstrap: BootstrapParams) -> Self {
        self.bootstrap = bootstrap;
        self
    }
}

/// What a window is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Compared {
    /// Itself with so many bases replaced.
    Substitutions(usize),
    /// Its own bases in another order with the same dinucleotides.
    DinucleotideShuffle,
    /// The next window.
    Unrelated,
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Substitutions(count) => f.pad(&format!("{count} substitutions")),
            Self::DinucleotideShuffle => f.pad("dinucleotide shuffle"),
            Self::Unrelated => f.pad("unrelated window"),
        }
    }
}

/// How near the embeddings of windows and of what they are compared with lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CurveRow {
    /// What was compared.
    pub compared: Compared,
    /// Mean cosine.
    pub cosine: Estimate,
    /// Mean cosine after the mean embedding of the windows is subtracted from both.
    pub centred_cosine: Estimate,
    /// Mean Euclidean distance over that of unrelated windows; none where these do not differ, as
    /// in the embedding of `[CLS]`.
    pub relative_distance: Option<Estimate>,
    /// The fraction whose nearest window, by Euclidean distance, is the original; none for
    /// unrelated windows.
    pub retrieved: Option<Estimate>,
}

/// A mutation curve with its two baselines.
///
/// Its `Display` is a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MutationCurve {
    /// Windows.
    pub windows: usize,
    /// One row per number of substitutions, then shuffled and unrelated windows.
    pub rows: Vec<CurveRow>,
}

/// Embeds windows, their nested mutants and their shuffles, and compares them.
///
/// A raw cosine near 1 says little: embeddings of language models lie in a narrow cone, and
/// unrelated windows have one near 1 too. So both baselines stand in the same table, and the cosine
/// is given centred as well. No number is rounded before it is averaged.
///
/// # Errors
/// Fewer than three windows, windows with fewer known bases than substitutions or with unknown
/// ones, embeddings of unlike length, and whatever the model says.
///
/// ```
/// use dissensus_variant::{Compared, CurveParams, Embedder, ModelError, mutation_curve};
///
/// /// Counts of A, C, G, T.
/// struct Composition;
/// impl Embedder for Composition {
///     fn embed(&self, sequences: &[Vec<u8>]) -> Result<Vec<Vec<f32>>, ModelError> {
///         let count = |s: &Vec<u8>, base| s.iter().filter(|&&b| b == base).count() as f32;
///         Ok(sequences.iter().map(|s| b"ACGT".map(|base| count(s, base)).to_vec()).collect())
///     }
/// }
/// let windows: Vec<Vec<u8>> =
///     (1..5).map(|i| [b"ACGT".repeat(8 - i), b"AC".repeat(2 * i)].concat()).collect();
/// let curve =
///     mutation_curve(&Composition, &windows, &CurveParams::default().with_counts(&[1, 8]))?;
/// let cosine = |compared| {
///     curve.rows.iter().find(|row| row.compared == compared).map(|row| row.cosine.value)
/// };
/// assert!(cosine(Compared::Substitutions(1)) > cosine(Compared::Substitutions(8)));
/// // it sees no order
/// assert!((cosine(Compared::DinucleotideShuffle).unwrap_or(0.0) - 1.0).abs() < 1e-9);
/// # Ok::<(), dissensus_variant::Error>(())
/// ```
pub fn mutation_curve(
    model: &dyn Embedder,
    windows: &[Vec<u8>],
    params: &CurveParams,
) -> Result<MutationCurve, Error> {
    let mut one = |sequences: &[Vec<u8>]| Ok(vec![model.embed(sequences)?]);
    let mut curves = mutation_curves(&mut one, windows, params)?;
    curves.pop().ok_or(Error::Length {
        what: "views of the model",
        expected: 1,
        found: 0,
    })
}

/// [`mutation_curve`] of several views of one model (layers, pools), each sequence being embedded
/// once: `embed` gives `[view][sequence]`.
///
/// # Errors
/// As [`mutation_curve`]; other numbers of views from call to call.
pub fn mutation_curves(
    embed: &mut EmbedViews<'_>,
    windows: &[Vec<u8>],
    params: &CurveParams,
) -> Result<Vec<MutationCurve>, Error> {
    let expected = "3 or more";
    parameter("windows", expected, windows.len() as f64, windows.len() > 2)?;
    let originals = embedded(embed, windows, None)?;
    let widths: Vec<usize> = originals.iter().map(|view| view[0].len()).collect();
    let mut compared: Vec<(Compared, Views)> = Vec::new();
    for (&count, mutants) in params.counts.iter().zip(&mutants(windows, params)?) {
        let others = embedded(embed, mutants, Some(&widths))?;
        compared.push((Compared::Substitutions(count), others));
    }
    let shuffled = embedded(embed, &shuffled(windows, params.seed)?, Some(&widths))?;
    compared.push((Compared::DinucleotideShuffle, shuffled));
    let of_view = |(view, originals): (usize, &Vec<Vec<f64>>)| {
        let others = compared
            .iter()
            .map(|(name, views)| (*name, &views[view][..]));
        curve(originals, &others.collect::<Vec<_>>(), &params.bootstrap)
    };
    originals.iter().enumerate().map(of_view).collect()
}

/// Embeddings of sequences in several views, `[view][sequence]`.
pub type EmbedViews<'a> = dyn FnMut(&[Vec<u8>]) -> Result<Vec<Vec<Vec<f32>>>, ModelError> + 'a;

/// `[view][sequence]`, in double precision.
type Views = Vec<Vec<Vec<f64>>>;

/// The curve of one view.
fn curve(
    originals: &[Vec<f64>],
    compared: &[(Compared, &[Vec<f64>])],
    bootstrap: &BootstrapParams,
) -> Result<MutationCurve, Error> {
    let count = originals.len();
    let next: Vec<Vec<f64>> = (0..count)
        .map(|i| originals[(i + 1) % count].clone())
        .collect();
    let distances = originals.iter().zip(&next).map(|(a, b)| distance(a, b));
    let scale = distances.sum::<f64>() / count as f64;
    let centre = mean(originals);
    let row = |&(compared, others): &(Compared, &[Vec<f64>])| {
        let comparison = Comparison {
            originals,
            others,
            centre: &centre,
            scale,
        };
        comparison.row(compared, bootstrap)
    };
    let unrelated = (Compared::Unrelated, &next[..]);
    let rows = compared.iter().chain(std::iter::once(&unrelated)).map(row);
    Ok(MutationCurve {
        windows: count,
        rows: rows.collect::<Result<_, _>>()?,
    })
}

/// Windows and what they are compared with, pair by pair.
struct Comparison<'a> {
    originals: &'a [Vec<f64>],
    others: &'a [Vec<f64>],
    centre: &'a [f64],
    scale: f64,
}

impl Comparison<'_> {
    fn row(&self, compared: Compared, params: &BootstrapParams) -> Result<CurveRow, Error> {
        let pairs = || self.originals.iter().zip(self.others);
        let less =
            |v: &[f64]| -> Vec<f64> { v.iter().zip(self.centre).map(|(v, c)| v - c).collect() };
        let retrieved = match compared {
            Compared::Unrelated => None,
            _ => Some(averaged(
                self.others
                    .iter()
                    .enumerate()
                    .map(|(i, other)| self.hit(i, other)),
                params,
            )?),
        };
        Ok(CurveRow {
            compared,
            cosine: averaged(pairs().map(|(a, b)| cosine(a, b)), params)?,
            centred_cosine: averaged(pairs().map(|(a, b)| cosine(&less(a), &less(b))), params)?,
            relative_distance: (self.scale > 0.0)
                .then(|| averaged(pairs().map(|(a, b)| distance(a, b) / self.scale), params))
                .transpose()?,
            retrieved,
        })
    }

    /// 1 where no other window lies as near as the original; of n at one distance the
    /// original counts 1/n.
    fn hit(&self, own: usize, other: &[f64]) -> f64 {
        let to_own = distance(&self.originals[own], other);
        let (mut nearer, mut equal) = (0, 0.0);
        for original in self.originals {
            let to = distance(original, other);
            nearer += usize::from(to < to_own);
            equal += f64::from(u8::from(to == to_own));
        }
        if nearer > 0 { 0.0 } else { 1.0 / equal }
    }
}

fn averaged(
    values: impl Iterator<Item = f64>,
    params: &BootstrapParams,
) -> Result<Estimate, Error> {
    let values: Vec<f64> = values.collect();
    let mean = |drawn: &[usize]| drawn.iter().map(|&i| values[i]).sum::<f64>() / drawn.len() as f64;
    Ok(bootstrap(values.len(), params, mean)?.estimate)
}

/// For each number of substitutions one mutant of each window.
fn mutants(windows: &[Vec<u8>], params: &CurveParams) -> Result<Vec<Vec<Vec<u8>>>, Error> {
    let mut by_count = vec![Vec::with_capacity(windows.len()); params.counts.len()];
    for (index, window) in windows.iter().enumerate() {
        let seed = params.seed.wrapping_add(index as u64);
        let nested = nested_substitutions(window, &params.counts, seed)?;
        by_count
            .iter_mut()
            .zip(nested)
            .for_each(|(all, one)| all.push(one));
    }
    Ok(by_count)
}

fn shuffled(windows: &[Vec<u8>], seed: u64) -> Result<Vec<Vec<u8>>, Error> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut one = |window: &Vec<u8>| {
        let bases = String::from_utf8_lossy(window);
        Ok(klet_shuffle_dna(&bases, 2, &mut rng)?.into_bytes())
    };
    windows.iter().map(&mut one).collect()
}

fn embedded(
    embed: &mut EmbedViews<'_>,
    sequences: &[Vec<u8>],
    widths: Option<&[usize]>,
) -> Result<Views, Error> {
    let found = embed(sequences).map_err(|source| Error::Model { source })?;
    let views = widths.map_or(found.len(), <[usize]>::len);
    same_length("views of the model", views, found.len())?;
    for (view, embeddings) in found.iter().enumerate() {
        same_length("embeddings of the model", sequences.len(), embeddings.len())?;
        let width = widths.map(|widths| widths[view]);
        let width = width.or(embeddings.first().map(Vec::len)).unwrap_or(0);
        for embedding in embeddings {
            same_length("numbers of an embedding", width, embedding.len())?;
        }
    }
    let double = |embedding: Vec<f32>| embedding.into_iter().map(f64::from).collect();
    let view = |view: Vec<Vec<f32>>| view.into_iter().map(double).collect();
    Ok(found.into_iter().map(view).collect())
}

fn mean(vectors: &[Vec<f64>]) -> Vec<f64> {
    let mut sum = vec![0.0; vectors[0].len()];
    for vector in vectors {
        sum.iter_mut().zip(vector).for_each(|(sum, v)| *sum += v);
    }
    sum.iter_mut().for_each(|sum| *sum /= vectors.len() as f64);
    sum
}

/// a·b/(|a||b|); 1 of equal vectors, 0 where one is zero.
pub(crate) fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let norms = (dot(a, a) * dot(b, b)).sqrt();
    if norms > 0.0 {
        dot(a, b) / norms
    } else {
        f64::from(u8::from(a == b))
    }
}

pub(crate) fn distance(a: &[f64], b: &[f64]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - b).powi(2));
    squares.sum::<f64>().sqrt()
}

impl fmt::Display for MutationCurve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:24} {:>24} {:>24} {:>24} {:>22}",
            format!("{} windows", self.windows),
            "cosine",
            "centred cosine",
            "relative distance",
            "retrieved"
        )?;
        for row in &self.rows {
            let retrieved = row
                .retrieved
                .map_or("–".to_owned(), |fraction| format!("{fraction:.2}"));
            let [cosine, centred] =
                [row.cosine, row.centred_cosine].map(|estimate| format!("{estimate:.4}"));
            let distance = row.relative_distance;
            let distance = distance.map_or("–".to_owned(), |of| format!("{of:.4}"));
            writeln!(
                f,
                "{:24} {cosine:>24} {centred:>24} {distance:>24} {retrieved:>22}",
                row.compared
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same vector whatever the sequence.
    struct Blind;
    impl Embedder for Blind {
        fn embed(&self, sequences: &[Vec<u8>]) -> Result<Vec<Vec<f32>>, ModelError> {
            Ok(vec![vec![1.0, 2.0]; sequences.len()])
        }
    }

    #[test]
    fn where_all_windows_are_one_cosines_are_one_and_retrieval_is_chance() {
        let windows: Vec<Vec<u8>> = (0..5).map(|i| b"ACGT".repeat(4 + i)).collect();
        let params = CurveParams::default().with_counts(&[1, 4]);
        let curve = mutation_curve(&Blind, &windows, &params).unwrap();
        for row in &curve.rows {
            assert!((row.cosine.value - 1.0).abs() < 1e-12);
            assert_eq!(row.relative_distance, None);
            if let Some(retrieved) = row.retrieved {
                assert!((retrieved.value - 0.2).abs() < 1e-12);
            }
        }
        assert!(curve.to_string().contains('–'));
    }

    #[test]
    fn views_are_compared_each_by_itself() {
        let count = |s: &[u8], base| s.iter().filter(|&&b| b == base).count() as f32;
        let mut embed = |sequences: &[Vec<u8>]| {
            let of = |base| {
                sequences
                    .iter()
                    .map(|s| vec![count(s, base), 1.0])
                    .collect()
            };
            Ok(vec![of(b'A'), of(b'C')])
        };
        let windows: Vec<Vec<u8>> = (1..6)
            .map(|i| [b"A".repeat(i), b"C".repeat(9 - i)].concat())
            .collect();
        let params = CurveParams::default().with_counts(&[2]);
        let both = mutation_curves(&mut embed, &windows, &params).unwrap();
        struct OnlyC;
        impl Embedder for OnlyC {
            fn embed(&self, sequences: &[Vec<u8>]) -> Result<Vec<Vec<f32>>, ModelError> {
                let count = |s: &Vec<u8>| s.iter().filter(|&&b| b == b'C').count() as f32;
                Ok(sequences.iter().map(|s| vec![count(s), 1.0]).collect())
            }
        }
        assert_eq!(both[1], mutation_curve(&OnlyC, &windows, &params).unwrap());
        assert_ne!(both[0], both[1]);
    }
}
