//! The built-in DNA-like source.

use crate::entropy::{check_count, check_length, check_probability};
use crate::source::delegate_to_machine;
use crate::{Alphabet, Edge, Error, Machine, Markov};
use elements::Elements;

mod elements;

/// Parameters of a [`DnaLike`] source; the default has rare, diverged repeats,
/// [`DnaParams::rich_in_repeats`] many.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DnaParams {
    /// Order of the Markov background.
    pub order: usize,
    /// Entropy rate of each background before it is made strand-symmetric, in bits per base.
    pub background_bits: f64,
    /// GC content of each isochore.
    pub gc: Vec<f64>,
    /// Mean length of an isochore in bases.
    pub isochore_length: f64,
    /// Number of repeat families.
    pub families: usize,
    /// Length of a repeat in bases.
    pub repeat_length: usize,
    /// Probability that a base of a repeat differs from its family's consensus.
    pub divergence: f64,
    /// Mean number of bases between repeats.
    pub repeat_spacing: f64,
    /// Chooses backgrounds and consensus sequences.
    pub seed: u64,
}

impl Default for DnaParams {
    fn default() -> Self {
        Self {
            order: 3,
            background_bits: 1.95,
            gc: vec![0.32, 0.38, 0.46],
            isochore_length: 2_000.0,
            families: 4,
            repeat_length: 120,
            divergence: 0.15,
            repeat_spacing: 1_200.0,
            seed: 0x0D4A,
        }
    }
}

impl DnaParams {
    /// Short repeats of few families, little diverged and close together, on a background of order
    /// 2: what context tells stands within a hundred bases, so that a small model learns most of it
    /// in a minute.
    ///
    /// ```
    /// use dissensus_source::{DnaLike, DnaParams, Source};
    /// let bounds = DnaLike::new(&DnaParams::rich_in_repeats())?.entropy_rate();
    /// assert!(bounds.low > 0.5 && bounds.high < 1.6, "{bounds}");
    /// # Ok::<(), dissensus_source::Error>(())
    /// ```
    #[must_use]
    pub fn rich_in_repeats() -> Self {
        Self::default()
            .with_order(2)
            .with_background_bits(1.8)
            .with_gc([0.5])
            .with_families(2)
            .with_repeat_length(40)
            .with_repeat_spacing(20.0)
            .with_divergence(0.03)
    }

    /// Sets [`DnaParams::order`].
    #[must_use]
    pub fn with_order(mut self, order: usize) -> Self {
        self.order = order;
        self
    }

    /// Sets [`DnaParams::background_bits`].
    #[must_use]
    pub fn with_background_bits(mut self, background_bits: f64) -> Self {
        self.background_bits = background_bits;
        self
    }

    /// Sets [`DnaParams::gc`].
    #[must_use]
    pub fn with_gc(mut self, gc: impl Into<Vec<f64>>) -> Self {
        self.gc = gc.into();
        self
    }

    /// Sets [`DnaParams::isochore_length`].
    #[must_use]
    pub fn with_isochore_length(mut self, isochore_length: f64) -> Self {
        self.isochore_length = isochore_length;
        self
    }

    /// Sets [`DnaParams::families`].
    #[must_use]
    pub fn with_families(mut self, families: usize) -> Self {
        self.families = families;
        self
    }

    /// Sets [`DnaParams::repeat_length`].
    #[must_use]
    pub fn with_repeat_length(mut self, repeat_length: usize) -> Self {
        self.repeat_length = repeat_length;
        self
    }

    /// Sets [`DnaParams::divergence`].
    #[must_use]
    pub fn with_divergence(mut self, divergence: f64) -> Self {
        self.divergence = divergence;
        self
    }

    /// Sets [`DnaParams::repeat_spacing`].
    #[must_use]
    pub fn with_repeat_spacing(mut self, repeat_spacing: f64) -> Self {
        self.repeat_spacing = repeat_spacing;
        self
    }

    /// Sets [`DnaParams::seed`].
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

/// DNA-like sequence: a hidden Markov source with isochores (a slowly changing base composition), a
/// strand-symmetric order-k background, and dispersed, diverged repeats on both strands.
///
/// The source is not unifilar, so its entropy rate has no closed form:
/// [`Source::entropy_rate`](crate::Source::entropy_rate) gives proven bounds,
/// [`Machine::enclose_rate`] two estimates that enclose it to `log2(states) / n`, and
/// [`Source::log2_probability`](crate::Source::log2_probability) is exact for every document.
/// Posteriors are exact.
///
/// ```
/// use dissensus_source::{DnaLike, Source};
/// let dna = DnaLike::default();
/// let bounds = dna.entropy_rate();
/// assert!(bounds.low > 1.7 && bounds.high < 2.0);
/// assert_eq!(dna.text(1, 0, 40).len(), 40);
/// ```
#[derive(Debug, Clone)]
pub struct DnaLike {
    machine: Machine,
}

impl DnaLike {
    /// The source of these parameters.
    ///
    /// # Errors
    /// A parameter outside its range.
    pub fn new(params: &DnaParams) -> Result<Self, Error> {
        check(params)?;
        let backgrounds = params
            .gc
            .iter()
            .enumerate()
            .map(|(i, &gc)| background(params, i as u64, gc));
        let backgrounds = backgrounds.collect::<Result<Vec<_>, _>>()?;
        let elements = Elements::new(params);
        let layout = Layout {
            contexts: 4usize.pow(params.order as u32),
            isochores: params.gc.len(),
        };
        let mut states = layout.background(params, &backgrounds, &elements);
        states.extend(elements.states(params, &layout));
        let guess = layout.guess(params, &backgrounds, states.len());
        Ok(Self {
            machine: Machine::from_guess(Alphabet::dna(), states, guess)?,
        })
    }

    /// Its finite-state form.
    #[must_use]
    pub fn as_machine(&self) -> &Machine {
        &self.machine
    }
}

impl Default for DnaLike {
    #[expect(
        clippy::expect_used,
        reason = "the default parameters are valid, which the tests check"
    )]
    fn default() -> Self {
        Self::new(&DnaParams::default()).expect("valid default parameters")
    }
}

delegate_to_machine!(DnaLike => machine);

fn check(params: &DnaParams) -> Result<(), Error> {
    check_count("number of isochores", params.gc.len(), 1..=64, "1 to 64")?;
    if let Some(&value) = params.gc.iter().find(|&&gc| !(gc > 0.0 && gc < 1.0)) {
        return Err(Error::Parameter {
            name: "GC content",
            value,
            expected: "a number in (0, 1)",
        });
    }
    check_length("isochore_length", params.isochore_length)?;
    check_length("repeat_spacing", params.repeat_spacing)?;
    check_count("families", params.families, 1..=1024, "1 to 1024")?;
    let length = params.repeat_length;
    check_count("order", params.order, 0..=8, "at most 8")?;
    check_count(
        "repeat_length",
        length,
        params.order + 1..=65_536,
        "more than the order, at most 65536",
    )?;
    check_probability("divergence", params.divergence)
}

/// A random strand-symmetric background, tilted to a GC content.
fn background(params: &DnaParams, isochore: u64, gc: f64) -> Result<Markov, Error> {
    let plain = Markov::random(
        Alphabet::dna(),
        params.order,
        params.background_bits,
        params.seed ^ (isochore + 1),
    )?;
    let tilt = [1.0 - gc, gc, gc, 1.0 - gc];
    let mut table = Vec::with_capacity(plain.table().len());
    for row in plain.table().chunks(4) {
        let weights: Vec<f64> = row.iter().zip(tilt).map(|(p, w)| p * w).collect();
        let total: f64 = weights.iter().sum();
        table.extend(weights.iter().map(|w| w / total));
    }
    Markov::new(Alphabet::dna(), params.order, &table)?.reverse_complement_symmetric()
}

/// Numbering of the states: isochore × context, then the elements.
struct Layout {
    contexts: usize,
    isochores: usize,
}

impl Layout {
    fn state(&self, isochore: usize, context: usize) -> u32 {
        (isochore * self.contexts + context) as u32
    }

    fn background(
        &self,
        params: &DnaParams,
        backgrounds: &[Markov],
        elements: &Elements,
    ) -> Vec<Vec<Edge>> {
        let enter = 1.0 / params.repeat_spacing;
        let pairs = (0..self.isochores).flat_map(|i| (0..self.contexts).map(move |c| (i, c)));
        let state = |(isochore, context): (usize, usize)| {
            let mut edges = elements.entries(enter, params.divergence, self);
            for (to, background) in backgrounds.iter().enumerate() {
                let row = &background.table()[4 * context..4 * context + 4];
                let stay = (1.0 - enter) * self.switch(params, isochore, to);
                edges.extend((0..4).map(|x| Edge {
                    symbol: x as u8,
                    next: self.state(to, (4 * context + x) % self.contexts),
                    probability: stay * row[x],
                }));
            }
            edges
        };
        pairs.map(state).collect()
    }

    fn switch(&self, params: &DnaParams, from: usize, to: usize) -> f64 {
        let leave = 1.0 / params.isochore_length;
        let others = (self.isochores - 1) as f64;
        match (self.isochores, from == to) {
            (1, _) => 1.0,
            (_, true) => 1.0 - leave,
            (_, false) => leave / others,
        }
    }

    /// A start for the iteration near the answer: isochores alike, each in its own equilibrium.
    fn guess(&self, params: &DnaParams, backgrounds: &[Markov], states: usize) -> Vec<f64> {
        let outside = params.repeat_spacing / (params.repeat_spacing + params.repeat_length as f64);
        let weight = outside / self.isochores as f64;
        let inside = (1.0 - outside) / (states - self.isochores * self.contexts) as f64;
        let mut guess = vec![inside; states];
        for (isochore, background) in backgrounds.iter().enumerate() {
            let pi = background.as_machine().stationary();
            let slots = guess[isochore * self.contexts..].iter_mut();
            slots.zip(pi).for_each(|(slot, p)| *slot = weight * p);
        }
        guess
    }
}
