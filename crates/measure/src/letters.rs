//! The members' predictions letter by letter, so that tokenizers compare.

use dissensus_divergence::{
    EnsembleDivergence, LetterBatch, LetterMap, MemberSummary, Settings, Summary,
};
use dissensus_input::Modality;
use dissensus_report::Measure;

use crate::intervals::{over_ensemble, over_members, over_pairs};
use crate::predictions::{Predictions, rows};
use crate::{
    AnalysisSet, AnalysisWindow, CatalogueRow, Error, LETTER_ACCURACY, LETTER_ARGMAX_DISAGREEMENT,
    LETTER_ENTROPY, LETTER_EPISTEMIC, LETTER_EXCESS, LETTER_JS_DISTANCE, LETTER_KL_TO_UNIFORM,
    LETTER_LOSS, LETTER_LOSS_BIAS, LETTER_LOSS_VARIANCE, LETTERS_MASKED, MeasureKey, Oracle,
};

/// Nucleus masses of the distances between distributions of letters.
const MASSES: [f64; 3] = [0.5, 0.9, 1.0];

/// Which masked letters are taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Every letter of the alphabet.
    Known,
    /// N as a fifth letter.
    WithUnknown,
    SoftMasked,
    Unmasked,
    LowComplexity,
    HighComplexity,
}

/// What is known of a masked letter.
#[derive(Debug, Clone, Copy, Default)]
struct Marks {
    soft_masked: bool,
    low_complexity: bool,
}

impl Kind {
    fn name(self, modality: Modality) -> &'static str {
        match self {
            Self::Known => modality.symbol(),
            Self::WithUnknown => "base or N",
            Self::SoftMasked => "soft-masked",
            Self::Unmasked => "unmasked",
            Self::LowComplexity => "low complexity",
            Self::HighComplexity => "high complexity",
        }
    }

    fn holds(self, marks: Marks) -> bool {
        match self {
            Self::Known | Self::WithUnknown => true,
            Self::SoftMasked => marks.soft_masked,
            Self::Unmasked => !marks.soft_masked,
            Self::LowComplexity => marks.low_complexity,
            Self::HighComplexity => !marks.low_complexity,
        }
    }
}

struct Group {
    kind: Kind,
    ensemble: EnsembleDivergence,
}

/// Accumulates distributions of single letters, by kind of letter.
pub(crate) struct Letters<'a> {
    modality: Modality,
    map: &'a LetterMap,
    oracle: Option<&'a Oracle>,
    /// By masked token, by letter.
    marks: Vec<Vec<Marks>>,
    /// A, C, G, T and N, where an N is masked.
    with_unknown: Option<&'a LetterMap>,
    groups: Vec<Group>,
    against: LossDifferences,
}

/// The members against the oracle, over all letters.
///
/// `KL(oracle‖member)` where the oracle's posterior is that of the letters. Where cuts say
/// something it is not, and what is left is the difference of the losses, which has the same
/// expectation under an exact oracle and a larger error.
#[derive(Default)]
struct LossDifferences {
    letters: usize,
    entropy: f64,
    loss: f64,
    accuracy: f64,
    /// Summed excess of each member.
    members: Vec<f64>,
    /// Summed excess of the members' mean, then that of the mean without each member.
    means: Vec<f64>,
}

impl<'a> Letters<'a> {
    pub(crate) fn new(
        set: &'a AnalysisSet,
        map: &'a LetterMap,
        oracle: Option<&'a Oracle>,
        members: usize,
    ) -> Result<Self, Error> {
        let marks: Vec<Vec<Marks>> = set.windows().iter().flat_map(marks).collect();
        let any = |of: fn(&Marks) -> bool| marks.iter().flatten().any(of);
        let mut kinds = vec![Kind::Known];
        let with_unknown = set.letters_with_n();
        if with_unknown.is_some() {
            kinds.push(Kind::WithUnknown);
        }
        if any(|m| m.soft_masked) {
            kinds.extend([Kind::SoftMasked, Kind::Unmasked]);
        }
        if any(|m| m.low_complexity) {
            kinds.extend([Kind::LowComplexity, Kind::HighComplexity]);
        }
        let group = |kind: Kind| {
            let size = map.letters().len() + usize::from(kind == Kind::WithUnknown);
            let settings = Settings::new(members, size)
                .masses(&MASSES)
                .rank_curve(false);
            Ok(Group {
                kind,
                ensemble: EnsembleDivergence::new(settings)?,
            })
        };
        Ok(Self {
            modality: set.modality(),
            map,
            oracle,
            marks,
            with_unknown,
            groups: kinds.into_iter().map(group).collect::<Result<_, Error>>()?,
            against: LossDifferences {
                members: vec![0.0; members],
                means: vec![0.0; members + 1],
                ..LossDifferences::default()
            },
        })
    }

    pub(crate) fn push(&mut self, batch: &Predictions) -> Result<(), Error> {
        let known = self.map.expand(&batch.rows(), &batch.targets)?;
        let with_unknown = match self.with_unknown {
            Some(map) => Some(map.expand(&batch.rows(), &batch.targets)?),
            None => None,
        };
        for Group { kind, ensemble } in &mut self.groups {
            let letters = match (&kind, &with_unknown) {
                (Kind::WithUnknown, Some(letters)) => letters,
                _ => &known,
            };
            let size = ensemble.settings().vocabulary;
            let kept = |&(token, offset): &(usize, usize)| {
                let marks = self.marks[batch.first + token].get(offset);
                kind.holds(marks.copied().unwrap_or_default())
            };
            let (probabilities, targets) = filtered(letters, size, kept);
            ensemble.push_probabilities(&rows(&probabilities), &targets)?;
        }
        if let Some(oracle) = self.oracle {
            let size = self.map.letters().len();
            self.against.push(&known, oracle, batch.first, size);
        }
        Ok(())
    }

    pub(crate) fn finish(&self) -> Result<Vec<Measure>, Error> {
        let modality = self.modality;
        let mut all = Vec::new();
        for Group { kind, ensemble } in &self.groups {
            if ensemble.positions() > 0 {
                let oracle = self
                    .oracle
                    .filter(|_| *kind == Kind::Known)
                    .map(|_| &self.against);
                all.extend(of_group(
                    kind.name(modality),
                    modality,
                    &ensemble.finish()?,
                    oracle,
                )?);
            }
        }
        if self.oracle.is_some() && self.against.letters > 0 {
            all.extend(self.against.finish(modality)?);
        }
        Ok(all)
    }
}

fn marks(window: &AnalysisWindow) -> Vec<Vec<Marks>> {
    let inside = |runs: &[std::ops::Range<usize>], at: usize| runs.iter().any(|r| r.contains(&at));
    let of = |at: usize| Marks {
        soft_masked: inside(&window.soft_masked, at),
        low_complexity: inside(&window.low_complexity, at),
    };
    window.spans().map(|span| span.map(of).collect()).collect()
}

/// The letters at some places.
fn filtered(
    batch: &LetterBatch,
    size: usize,
    keep: impl Fn(&(usize, usize)) -> bool,
) -> (Vec<Vec<f32>>, Vec<u32>) {
    let kept: Vec<usize> = (0..batch.places.len())
        .filter(|&i| keep(&batch.places[i]))
        .collect();
    let of_member = |rows: &Vec<f32>| {
        let rows = kept.iter().map(|&i| &rows[i * size..(i + 1) * size]);
        rows.collect::<Vec<_>>().concat()
    };
    (
        batch.probabilities.iter().map(of_member).collect(),
        kept.iter().map(|&i| batch.targets[i]).collect(),
    )
}

fn of_group(
    class: &str,
    modality: Modality,
    found: &Summary,
    oracle: Option<&LossDifferences>,
) -> Result<Vec<Measure>, Error> {
    let flat = (found.vocabulary as f64).log2();
    let key = |row: &'static CatalogueRow| row.part(class).per(modality);
    let member = |row, of: fn(&MemberSummary) -> f64| over_members(key(row), &found.by_member(of));
    let with_oracle = |measure: Measure, of: &dyn Fn(&LossDifferences) -> f64| match oracle {
        Some(against) => measure.with_oracle(of(against) / against.letters as f64),
        None => Ok(measure),
    };
    let loss = member(&LETTER_LOSS, |m| m.nll_bits)?.with_chance(flat)?;
    let entropy = member(&LETTER_ENTROPY, |m| m.entropy_bits)?.with_chance(flat)?;
    let divergence = member(&LETTER_KL_TO_UNIFORM, |m| m.kl_to_uniform_bits)?.with_chance(0.0)?;
    let accuracy = member(&LETTER_ACCURACY, |m| m.accuracy)?;
    let mut all = vec![
        key(&LETTERS_MASKED).measure(found.positions as f64)?,
        with_oracle(loss, &|a| a.loss)?,
        with_oracle(entropy, &|a| a.entropy)?,
        with_oracle(divergence, &|a| flat * a.letters as f64 - a.entropy)?,
        with_oracle(accuracy, &|a| a.accuracy)?,
    ];
    if found.members.len() > 1 {
        all.extend(of_several(&key, found)?);
    }
    Ok(all)
}

/// How far several members disagree on the letters of a class.
fn of_several(
    key: &dyn Fn(&'static CatalogueRow) -> MeasureKey,
    found: &Summary,
) -> Result<Vec<Measure>, Error> {
    let members = found.members.len();
    let without = found.leave_one_out.iter().map(|u| u.epistemic_bits);
    let without: Vec<f64> = without.collect();
    let epistemic = found.uncertainty.epistemic_bits;
    let disagreement = found.by_pair(|pair| pair.argmax_disagreement);
    let mut all = vec![
        over_ensemble(key(&LETTER_EPISTEMIC), epistemic, &without)?.with_chance(0.0)?,
        over_pairs(key(&LETTER_ARGMAX_DISAGREEMENT), members, &disagreement)?,
    ];
    for (index, &mass) in found.masses.iter().enumerate() {
        let distances = found.by_pair(|pair| pair.js_distance[index]);
        all.push(over_pairs(
            key(&LETTER_JS_DISTANCE).at(mass),
            members,
            &distances,
        )?);
    }
    Ok(all)
}

impl LossDifferences {
    fn push(&mut self, batch: &LetterBatch, oracle: &Oracle, first: usize, size: usize) {
        for (place, &(token, offset)) in batch.places.iter().enumerate() {
            let posterior = oracle.letter(first + token, offset, size);
            let letter = batch.targets[place] as usize;
            let range = place * size..(place + 1) * size;
            let rows = batch.probabilities.iter();
            let rows: Vec<&[f32]> = rows.map(|p| &p[range.clone()]).collect();
            self.letters += 1;
            self.entropy += dissensus_source::entropy_bits(posterior);
            self.loss -= floored(posterior[letter]).log2();
            self.accuracy += if oracle.is_exact() {
                posterior.iter().copied().fold(0.0, f64::max)
            } else {
                f64::from(posterior.iter().all(|&p| p <= posterior[letter]))
            };
            let excess = |p: &dyn Fn(usize) -> f64| {
                if oracle.is_exact() {
                    divergence(posterior, p)
                } else {
                    (floored(posterior[letter]) / floored(p(letter))).log2()
                }
            };
            for (sum, row) in self.members.iter_mut().zip(&rows) {
                *sum += excess(&|x| f64::from(row[x]));
            }
            for (left_out, sum) in self.means.iter_mut().enumerate() {
                let kept = rows.iter().enumerate();
                let kept = kept.filter(|(m, _)| left_out == 0 || m + 1 != left_out);
                let count = kept.clone().count().max(1) as f64;
                let mean =
                    |x: usize| kept.clone().map(|(_, row)| f64::from(row[x])).sum::<f64>() / count;
                *sum += excess(&mean);
            }
        }
    }

    fn finish(&self, modality: Modality) -> Result<Vec<Measure>, Error> {
        let key = |row: &'static CatalogueRow| row.part(modality.symbol()).per(modality);
        let mean = |sum: &f64| sum / self.letters as f64;
        let excess: Vec<f64> = self.members.iter().map(mean).collect();
        let mut all = vec![over_members(key(&LETTER_EXCESS), &excess)?];
        let members = excess.len();
        if members > 1 {
            let bias: Vec<f64> = self.means.iter().map(mean).collect();
            let total: f64 = excess.iter().sum();
            let variance: Vec<f64> = excess
                .iter()
                .zip(&bias[1..])
                .map(|(own, bias)| (total - own) / (members - 1) as f64 - bias)
                .collect();
            all.push(over_ensemble(key(&LETTER_LOSS_BIAS), bias[0], &bias[1..])?);
            let value = total / members as f64 - bias[0];
            all.push(over_ensemble(key(&LETTER_LOSS_VARIANCE), value, &variance)?);
        }
        all.into_iter().map(|m| Ok(m.with_oracle(0.0)?)).collect()
    }
}

/// `KL(q‖p)` in bits.
fn divergence(q: &[f64], p: &dyn Fn(usize) -> f64) -> f64 {
    let term = |(x, &q): (usize, &f64)| {
        if q > 0.0 {
            q * (q / floored(p(x))).log2()
        } else {
            0.0
        }
    };
    q.iter().enumerate().map(term).sum()
}

/// A probability below the smallest normal `f32` counts as that.
fn floored(p: f64) -> f64 {
    p.max(f64::from(f32::MIN_POSITIVE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis_set::tests::of_documents;
    use dissensus_input::Document;
    use dissensus_source::{DnaLike, Source};
    use dissensus_tokenize::{Kmer, Layout, Tokenizer};

    /// Repeats behind other DNA, with an N and soft-masked bases.
    fn document() -> Document {
        let repeats = "A".repeat(80);
        let mut text = DnaLike::default().text(1, 0, 700) + &repeats;
        text.replace_range(100..101, "N");
        Document {
            text,
            soft_masked: vec![50..300, 400..410],
            ..Document::default()
        }
    }

    /// The measures of made-up logits at the masked tokens of a set.
    fn measured(set: &AnalysisSet, size: usize) -> Vec<Measure> {
        let masked = set.masked().iter();
        let targets: Vec<u32> = masked.flat_map(|m| m.targets.clone()).collect();
        let logits = (0..targets.len() * size).map(|i| (i * 7919 % 13) as f32 / 5.0);
        let batch = Predictions {
            logits: vec![logits.collect()],
            targets,
            first: 0,
        };
        let mut letters = Letters::new(set, set.letters().unwrap(), None, 1).unwrap();
        letters.push(&batch).unwrap();
        letters.finish().unwrap()
    }

    #[test]
    fn kinds_of_bases_make_up_the_whole() {
        let (tokenizer, document) = (Kmer::new(2, Layout::Standard).unwrap(), document());
        // A seed under which the N is among the masked tokens.
        let of_seed = |seed| of_documents(vec![document.clone()], &tokenizer, 40, (20, seed));
        let set = (0..100)
            .map(of_seed)
            .find(|set| set.letters_with_n().is_some())
            .unwrap();
        let measures = measured(&set, tokenizer.vocabulary().len());
        let value = |id: &str| measures.iter().find(|m| m.id == id).unwrap().value;
        let sum = |a: &str, b: &str| {
            let part =
                |kind: &str| value(&format!("{kind}/masked")) * value(&format!("{kind}/loss"));
            (part(a) + part(b)) / value("base/masked")
        };
        assert_eq!(value("base or N/masked"), value("base/masked") + 1.0);
        for (a, b) in [
            ("soft-masked", "unmasked"),
            ("low complexity", "high complexity"),
        ] {
            assert!((sum(a, b) - value("base/loss")).abs() < 1e-6, "{a} and {b}");
        }
    }
}
