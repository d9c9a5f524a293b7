//! What a perfect model of the source would have said, and how far the members are from it.

use dissensus_divergence::LetterMap;
use dissensus_report::Measure;
use dissensus_source::Source;
use rayon::prelude::*;

use crate::intervals::{over_ensemble, over_members};
use crate::predictions::Predictions;
use crate::{
    AnalysisSet, AnalysisWindow, EXCESS, EXCESS_PER_SYMBOL, Error, LOSS_BIAS, LOSS_VARIANCE,
};

/// The perfect model's predictions for the masked tokens of an analysis set.
///
/// It knows the source and sees of each window what the members see: everything but the masked
/// tokens. Of these it is told how many letters each has. For k-mers and characters the length is
/// no secret, and its loss is the smallest expected loss there is. For byte-pair tokens neither
/// holds: to be told the length helps it, and what the cuts say (a tokenizer would have cut other
/// contents otherwise) it does not use. Between the tokens of a text it sees the white space that
/// the members do not.
#[derive(Debug, Clone)]
pub struct Oracle {
    /// `-log2 P(token | what is visible)` of each masked token.
    losses: Vec<f64>,
    /// By masked token: the posterior of each of its letters, over the letters of the set.
    letters: Vec<Vec<f64>>,
    boundaries: TokenBoundaries,
}

/// Whether where a text was cut into tokens says something of the tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenBoundaries {
    /// Boundaries stand at fixed places: k-mers, characters. The oracle is exact.
    Fixed,
    /// Boundaries depend on the text: byte-pair tokens.
    Informative,
}

impl Oracle {
    /// Exact posteriors, by forward–backward over each window.
    ///
    /// # Errors
    /// [`Error::Source`] for a window that the source cannot have emitted.
    pub fn new(
        source: &dyn Source,
        set: &AnalysisSet,
        boundaries: TokenBoundaries,
    ) -> Result<Self, Error> {
        let of_window = |window: &AnalysisWindow| of_window(source, window, set.letters());
        let found: Vec<(Vec<f64>, Vec<Vec<f64>>)> = set
            .windows()
            .par_iter()
            .map(of_window)
            .collect::<Result<_, _>>()?;
        let (losses, letters): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        Ok(Self {
            losses: losses.concat(),
            letters: letters.concat(),
            boundaries,
        })
    }

    /// Its mean loss in bits a token: in expectation also the mean entropy of what it predicts.
    #[must_use]
    pub fn loss_bits(&self) -> f64 {
        self.losses.iter().sum::<f64>() / self.losses.len() as f64
    }

    /// Whether its posterior is that of the letters as they were drawn.
    pub(crate) fn is_exact(&self) -> bool {
        self.boundaries == TokenBoundaries::Fixed
    }

    /// Its posterior for one letter of a masked token.
    pub(crate) fn letter(&self, token: usize, offset: usize, size: usize) -> &[f64] {
        &self.letters[token][offset * size..(offset + 1) * size]
    }
}

fn of_window(
    source: &dyn Source,
    window: &AnalysisWindow,
    letters: Option<&LetterMap>,
) -> Result<(Vec<f64>, Vec<Vec<f64>>), Error> {
    let symbols = source.alphabet().parse(&window.text)?;
    let spans: Vec<_> = window.spans().collect();
    let losses = source.span_losses_bits(&symbols, &spans)?;
    let Some(letters) = letters else {
        return Ok((losses, Vec::new()));
    };
    let mut visible: Vec<Option<u8>> = symbols.iter().map(|&x| Some(x)).collect();
    spans.iter().for_each(|s| visible[s.clone()].fill(None));
    let posterior = source.posterior(&visible)?;
    let mut rows = posterior.iter().map(|(_, row)| row);
    // A letter that no token has cannot be masked, so the oracle is not charged for it.
    let places: Vec<Option<u8>> = letters
        .letters()
        .iter()
        .map(|&c| {
            u8::try_from(c)
                .ok()
                .and_then(|b| source.alphabet().symbol(b))
        })
        .collect();
    let of_span = |length: usize| {
        let mut all = Vec::with_capacity(length * places.len());
        for row in rows.by_ref().take(length) {
            let kept = places.iter().map(|x| x.map_or(0.0, |x| row[x as usize]));
            let total: f64 = kept.clone().sum();
            all.extend(kept.map(|p| p / total));
        }
        all
    };
    Ok((losses, spans.iter().map(|s| s.len()).map(of_span).collect()))
}

/// Accumulates the members' losses beside the oracle's.
pub(crate) struct Compared<'a> {
    oracle: &'a Oracle,
    /// Summed loss of each member, in bits.
    members: Vec<f64>,
    /// Summed loss of the members' mean, then of the mean without each.
    means: Vec<f64>,
    count: usize,
    /// Sum and sum of squares of what the members lose on average, and their mean, beyond the
    /// oracle.
    spread: [(f64, f64); 2],
}

impl<'a> Compared<'a> {
    pub(crate) fn new(oracle: &'a Oracle, members: usize) -> Self {
        Self {
            oracle,
            members: vec![0.0; members],
            means: vec![0.0; members + 1],
            count: 0,
            spread: [(0.0, 0.0); 2],
        }
    }

    pub(crate) fn push(&mut self, batch: &Predictions) {
        let vocabulary = batch.logits[0].len() / batch.targets.len();
        for (position, &target) in batch.targets.iter().enumerate() {
            let range = position * vocabulary..(position + 1) * vocabulary;
            let logs = batch.logits.iter();
            let logs: Vec<f64> = logs
                .map(|rows| log2_probability(&rows[range.clone()], target))
                .collect();
            self.members
                .iter_mut()
                .zip(&logs)
                .for_each(|(s, l)| *s -= l);
            let of_mean = |left_out: Option<usize>| {
                let kept = logs
                    .iter()
                    .enumerate()
                    .filter(|(m, _)| Some(*m) != left_out);
                let p: f64 = kept.clone().map(|(_, l)| l.exp2()).sum();
                (p / kept.count().max(1) as f64)
                    .max(f64::MIN_POSITIVE)
                    .log2()
            };
            let floor = self.oracle.losses[batch.first + position];
            let mean_loss = -logs.iter().sum::<f64>() / logs.len() as f64;
            for (sums, loss) in self.spread.iter_mut().zip([mean_loss, -of_mean(None)]) {
                let excess = loss - floor;
                *sums = (sums.0 + excess, sums.1 + excess * excess);
            }
            self.means[0] -= of_mean(None);
            for left_out in 0..logs.len() {
                self.means[left_out + 1] -= of_mean(Some(left_out));
            }
            self.count += 1;
        }
    }

    /// How far the members are from the oracle: each alone, their mean, and what they lose by not
    /// being one.
    pub(crate) fn finish(&self, set: &AnalysisSet, flat: f64) -> Result<Vec<Measure>, Error> {
        let floor = self.oracle.loss_bits();
        let mean = |sum: &f64| sum / self.count as f64;
        let excess: Vec<f64> = self.members.iter().map(|s| mean(s) - floor).collect();
        let spans = set.symbols_per_token();
        let per_symbol: Vec<f64> = excess.iter().map(|bits| bits / spans).collect();
        let chance = flat - floor;
        let mut all = vec![
            over_members(&EXCESS, &excess)?
                .with_chance(chance)?
                .with_example_error(self.error(0))?,
            over_members(EXCESS_PER_SYMBOL.per(set.modality()), &per_symbol)?
                .with_chance(chance / spans)?,
        ];
        if self.members.len() > 1 {
            let bias: Vec<f64> = self.means.iter().map(|s| mean(s) - floor).collect();
            all.extend(self.parts(&excess, &bias, chance)?);
        }
        all.into_iter().map(|m| Ok(m.with_oracle(0.0)?)).collect()
    }

    /// The excess in two parts: that of the members' mean, and what they lose by differing.
    fn parts(&self, excess: &[f64], bias: &[f64], chance: f64) -> Result<[Measure; 2], Error> {
        let members = excess.len();
        let without = |left_out: usize| {
            let kept = excess.iter().enumerate().filter(|(m, _)| *m != left_out);
            kept.map(|(_, e)| e).sum::<f64>() / (members - 1) as f64
        };
        let alone = excess.iter().sum::<f64>() / members as f64;
        let variance: Vec<f64> = (0..members).map(|m| without(m) - bias[m + 1]).collect();
        Ok([
            over_ensemble(&LOSS_BIAS, bias[0], &bias[1..])?
                .with_chance(chance)?
                .with_example_error(self.error(1))?,
            over_ensemble(&LOSS_VARIANCE, alone - bias[0], &variance)?.with_chance(0.0)?,
        ])
    }
}

impl Compared<'_> {
    /// Standard error over masked tokens.
    fn error(&self, of: usize) -> f64 {
        let (n, (sum, squares)) = (self.count as f64, self.spread[of]);
        let variance = (squares - sum * sum / n).max(0.0) / (n - 1.0).max(1.0);
        (variance / n).sqrt()
    }
}

/// `log2 softmax(logits)[target]`.
pub(crate) fn log2_probability(logits: &[f32], target: u32) -> f64 {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|&x| f64::from(x - largest).exp()).sum();
    (f64::from(logits[target as usize] - largest) - sum.ln()) * std::f64::consts::LOG2_E
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis_set::tests::of_documents;
    use crate::letters::Letters;
    use dissensus_input::Document;
    use dissensus_source::{Alphabet, Iid, Markov};
    use dissensus_tokenize::{Character, Kmer, Layout, Tokenizer};

    fn set(source: &dyn Source, tokenizer: &dyn Tokenizer) -> AnalysisSet {
        let documents = (0..4).map(|i| Document::of_text(source.text(3, i, 300)));
        of_documents(documents.collect(), tokenizer, 34, (20, 1))
    }

    fn value(measures: &[Measure], id: &str) -> f64 {
        let found = measures.iter().find(|m| m.id == id);
        found
            .unwrap_or_else(|| panic!("{id} was not measured"))
            .value
    }

    #[test]
    fn of_independent_bases_the_oracle_knows_their_frequencies() {
        let source = Iid::new(Alphabet::dna(), &[0.5, 0.25, 0.125, 0.125]).unwrap();
        let set = set(&source, &Kmer::new(3, Layout::Standard).unwrap());
        let oracle = Oracle::new(&source, &set, TokenBoundaries::Fixed).unwrap();
        let targets = set
            .windows()
            .iter()
            .flat_map(|w| w.spans().map(|s| &w.text[s]));
        for ((target, bits), letters) in targets.zip(&oracle.losses).zip(&oracle.letters) {
            let expected: f64 = target
                .bytes()
                .map(|b| match b {
                    b'A' => 1.0,
                    b'C' => 2.0,
                    _ => 3.0,
                })
                .sum();
            assert!((bits - expected).abs() < 1e-9, "{target}: {bits}");
            assert!((letters[0] - 0.5).abs() < 1e-12 && (letters[3] - 0.125).abs() < 1e-12);
        }
    }

    /// Predictions of two members over the vocabulary of single bases.
    fn predictions(set: &AnalysisSet, of: impl Fn(usize, usize) -> Vec<f64>) -> Predictions {
        let targets: Vec<u32> = set
            .masked()
            .iter()
            .flat_map(|m| m.targets.clone())
            .collect();
        let rows = |member: usize| {
            let row = |position: usize| {
                let mut logits = vec![f32::NEG_INFINITY; 10];
                let p = of(member, position);
                (0..4).for_each(|x| logits[5 + x] = p[x].ln() as f32);
                logits
            };
            (0..targets.len()).flat_map(row).collect::<Vec<f32>>()
        };
        Predictions {
            logits: vec![rows(0), rows(1)],
            targets,
            first: 0,
        }
    }

    #[test]
    fn members_that_are_the_oracle_are_not_wrong() {
        let source = Markov::random(Alphabet::dna(), 2, 1.3, 5).unwrap();
        let set = set(&source, &Character::dna(Layout::Standard).unwrap());
        let oracle = Oracle::new(&source, &set, TokenBoundaries::Fixed).unwrap();
        let exact = predictions(&set, |_, position| oracle.letters[position].clone());
        let mut compared = Compared::new(&oracle, 2);
        compared.push(&exact);
        let found = compared.finish(&set, 10f64.log2()).unwrap();
        for id in ["excess", "loss_bias", "loss_variance"] {
            assert!(value(&found, id).abs() < 1e-5, "{id} {}", value(&found, id));
        }
        let mut letters = Letters::new(&set, set.letters().unwrap(), Some(&oracle), 2).unwrap();
        letters.push(&exact).unwrap();
        let found = letters.finish().unwrap();
        assert!(value(&found, "base/excess").abs() < 1e-5);
        let entropy = found.iter().find(|m| m.id == "base/entropy").unwrap();
        assert!((entropy.value - entropy.oracle.unwrap()).abs() < 1e-5);
    }

    #[test]
    fn the_excess_is_bias_and_variance() {
        let source = Markov::random(Alphabet::dna(), 1, 1.5, 5).unwrap();
        let set = set(&source, &Character::dna(Layout::Standard).unwrap());
        let oracle = Oracle::new(&source, &set, TokenBoundaries::Fixed).unwrap();
        let guesses = [vec![0.7, 0.1, 0.1, 0.1], vec![0.1, 0.1, 0.1, 0.7]];
        let apart = predictions(&set, |member, _| guesses[member].clone());
        let same = predictions(&set, |_, _| guesses[0].clone());
        for (batch, agree) in [(apart, false), (same, true)] {
            let mut compared = Compared::new(&oracle, 2);
            compared.push(&batch);
            let found = compared.finish(&set, 2.0).unwrap();
            let parts = value(&found, "loss_bias") + value(&found, "loss_variance");
            assert!((value(&found, "excess") - parts).abs() < 1e-9);
            assert_eq!(value(&found, "loss_variance").abs() < 1e-9, agree);
        }
    }
}
