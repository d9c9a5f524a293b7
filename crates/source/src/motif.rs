//! Planted motifs with spacing rules.

use crate::entropy::{check_count, check_probability, check_row};
use crate::source::delegate_to_machine;
use crate::{Alphabet, Edge, Error, Machine};

/// Parameters of a [`Motifs`] source; the default is a promoter-like pair.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MotifParams {
    /// Composition outside the motifs and in the spacer.
    pub background: Vec<f64>,
    /// Consensus of the first box.
    pub left: String,
    /// Consensus of the second box.
    pub right: String,
    /// Shortest spacer, in symbols (at least 1).
    pub shortest: usize,
    /// Probability of each spacer length from the shortest on.
    pub spacing: Vec<f64>,
    /// Probability that a symbol of a box is the consensus; otherwise it is drawn from the
    /// background.
    pub conservation: f64,
    /// Probability that a pair begins, at each background symbol.
    pub rate: f64,
}

impl Default for MotifParams {
    fn default() -> Self {
        Self {
            background: vec![0.25; 4],
            left: "TTGACA".into(),
            right: "TATAAT".into(),
            shortest: 16,
            spacing: vec![0.25, 0.5, 0.25],
            conservation: 0.9,
            rate: 0.01,
        }
    }
}

impl MotifParams {
    /// Sets [`MotifParams::background`].
    #[must_use]
    pub fn with_background(mut self, background: impl Into<Vec<f64>>) -> Self {
        self.background = background.into();
        self
    }

    /// Sets [`MotifParams::left`].
    #[must_use]
    pub fn with_left(mut self, left: impl Into<String>) -> Self {
        self.left = left.into();
        self
    }

    /// Sets [`MotifParams::right`].
    #[must_use]
    pub fn with_right(mut self, right: impl Into<String>) -> Self {
        self.right = right.into();
        self
    }

    /// Sets [`MotifParams::shortest`].
    #[must_use]
    pub fn with_shortest(mut self, shortest: usize) -> Self {
        self.shortest = shortest;
        self
    }

    /// Sets [`MotifParams::spacing`].
    #[must_use]
    pub fn with_spacing(mut self, spacing: impl Into<Vec<f64>>) -> Self {
        self.spacing = spacing.into();
        self
    }

    /// Sets [`MotifParams::conservation`].
    #[must_use]
    pub fn with_conservation(mut self, conservation: f64) -> Self {
        self.conservation = conservation;
        self
    }

    /// Sets [`MotifParams::rate`].
    #[must_use]
    pub fn with_rate(mut self, rate: f64) -> Self {
        self.rate = rate;
        self
    }
}

/// Independent symbols with planted pairs of boxes at a distance that follows a rule: to predict
/// the second box one must see the first, about twenty symbols away.
///
/// A hidden Markov source; exact in the sense of [`HiddenMarkov`](crate::HiddenMarkov).
///
/// ```
/// use dissensus_source::{MotifParams, Motifs, Source};
/// let motifs = Motifs::new(&MotifParams::default().with_rate(0.05).with_conservation(1.0))?;
/// let text = motifs.text(1, 0, 20_000);
/// let at = text.find("TTGACA").unwrap();
/// let between = text[at..].find("TATAAT").unwrap();
/// assert!((22..=24).contains(&between), "{between}");
/// # Ok::<(), dissensus_source::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Motifs {
    machine: Machine,
}

impl Motifs {
    /// The source of these parameters, over DNA.
    ///
    /// # Errors
    /// Probabilities that are none, an empty box or one with other letters, a spacer of length 0.
    pub fn new(params: &MotifParams) -> Result<Self, Error> {
        let alphabet = Alphabet::dna();
        check_row("background", 0, &params.background)?;
        check_row("spacing", 0, &params.spacing)?;
        check_probability("conservation", params.conservation)?;
        check_probability("rate", params.rate)?;
        check_count("shortest", params.shortest, 1..=4096, "1 to 4096 symbols")?;
        check_count(
            "background",
            params.background.len(),
            4..=4,
            "4 probabilities",
        )?;
        let layout = Layout {
            left: alphabet.parse(&params.left)?,
            right: alphabet.parse(&params.right)?,
            longest: params.shortest + params.spacing.len() - 1,
            params,
        };
        check_count("left", layout.left.len(), 1..=4096, "1 to 4096 letters")?;
        check_count("right", layout.right.len(), 1..=4096, "1 to 4096 letters")?;
        Ok(Self {
            machine: Machine::new(alphabet, layout.states())?,
        })
    }

    /// Its finite-state form.
    #[must_use]
    pub fn as_machine(&self) -> &Machine {
        &self.machine
    }
}

delegate_to_machine!(Motifs => machine);

/// States: background; left box with 1 and more symbols done; spacer with that many symbols to
/// come; right box with 0 and more done.
struct Layout<'a> {
    left: Vec<u8>,
    right: Vec<u8>,
    longest: usize,
    params: &'a MotifParams,
}

impl Layout<'_> {
    fn left(&self, done: usize) -> u32 {
        done as u32
    }

    fn spacer(&self, to_come: usize) -> u32 {
        (self.left.len() - 1 + to_come) as u32
    }

    fn right(&self, done: usize) -> u32 {
        (self.left.len() + self.longest + done) as u32
    }

    /// Where a partly read box leads: on, or out.
    fn targets_of_left(&self, done: usize) -> Vec<(u32, f64)> {
        if done < self.left.len() {
            return vec![(self.left(done), 1.0)];
        }
        let spacer = |(extra, &p): (usize, &f64)| (self.spacer(self.params.shortest + extra), p);
        self.params.spacing.iter().enumerate().map(spacer).collect()
    }

    fn states(&self) -> Vec<Vec<Edge>> {
        let rate = self.params.rate;
        let mut background = self.emit(None, 1.0 - rate, &[(0, 1.0)]);
        background.extend(self.emit(Some(self.left[0]), rate, &self.targets_of_left(1)));
        let mut states = vec![background];
        for done in 1..self.left.len() {
            states.push(self.emit(Some(self.left[done]), 1.0, &self.targets_of_left(done + 1)));
        }
        for to_come in 1..=self.longest {
            let next = if to_come > 1 {
                self.spacer(to_come - 1)
            } else {
                self.right(0)
            };
            states.push(self.emit(None, 1.0, &[(next, 1.0)]));
        }
        for (done, &symbol) in self.right.iter().enumerate() {
            let next = if done + 1 < self.right.len() {
                self.right(done + 1)
            } else {
                0
            };
            states.push(self.emit(Some(symbol), 1.0, &[(next, 1.0)]));
        }
        states
    }

    /// Edges that emit a conserved symbol, or one from the background.
    fn emit(&self, consensus: Option<u8>, weight: f64, targets: &[(u32, f64)]) -> Vec<Edge> {
        let kept = if consensus.is_some() {
            self.params.conservation
        } else {
            0.0
        };
        let mut edges = Vec::new();
        for &(next, fraction) in targets {
            edges.extend(self.params.background.iter().enumerate().map(|(x, p)| {
                let bonus = if consensus == Some(x as u8) {
                    kept
                } else {
                    0.0
                };
                Edge {
                    symbol: x as u8,
                    next,
                    probability: weight * fraction * ((1.0 - kept) * p + bonus),
                }
            }));
        }
        edges
    }
}
