//! Whether the same base gets the same prediction when its sequence is cut or read another way.

use dissensus_corpus::reverse_complement;
use dissensus_divergence::{Distribution, jensen_shannon_distance};
use dissensus_lm::MaskedLanguageModel;
use dissensus_report::Measure;
use dissensus_tokenize::Role;

use super::ContextUse;
use super::token_query::{TokenQuery, answers};
use crate::intervals::over_members;
use crate::{AnalysisWindow, Error, MeasureKey, PHASE_DISTANCE, STRAND_DISTANCE};

/// Bases by which a sequence is shifted.
const SHIFTS: std::ops::RangeInclusive<usize> = 1..=5;
/// Bases in the order of the letters of an analysis set of DNA.
const BASES: usize = 4;

/// The masked token of a sequence, asked for in two ways.
struct Pair {
    one: TokenQuery,
    other: TokenQuery,
    /// Length of the span that the first masks, of which some bases are compared.
    lengths: [usize; 2],
    /// Bases by their place in each span.
    bases: Vec<[usize; 2]>,
}

/// `strand_distance`: the sequence as it stands against its reverse complement, the same bases
/// masked.
///
/// What stands left and right of the masked token is cut into tokens anew on the other strand; the
/// span is one masked token there too.
pub(super) fn both_strands(
    context: &ContextUse<'_>,
    members: &[impl MaskedLanguageModel],
) -> Result<Option<Measure>, Error> {
    let mut pairs = Vec::new();
    for (row, which) in context.chosen() {
        let window = &context.set.windows()[row];
        let span = window.tokens[window.masked[which]].clone();
        let (left, right) = (&window.text[..span.start], &window.text[span.end..]);
        let length = span.len();
        pairs.push(Pair {
            one: around(context, left, right)?,
            other: around(
                context,
                &reverse_complement(right),
                &reverse_complement(left),
            )?,
            lengths: [length; 2],
            bases: (0..length).map(|at| [at, length - 1 - at]).collect(),
        });
    }
    compared(context, members, &pairs, true, &STRAND_DISTANCE)
}

/// `phase_distance` at each shift: the same base when the sequence begins some bases later and is
/// cut into tokens from there.
pub(super) fn phases(
    context: &ContextUse<'_>,
    members: &[impl MaskedLanguageModel],
) -> Result<Vec<Measure>, Error> {
    let mut all = Vec::new();
    for shift in SHIFTS {
        let mut pairs = Vec::new();
        for (row, which) in context.chosen() {
            let window = &context.set.windows()[row];
            pairs.extend(shifted(context, window, window.masked[which], shift)?);
        }
        if let Some(found) = compared(
            context,
            members,
            &pairs,
            false,
            PHASE_DISTANCE.at(shift as f64),
        )? {
            all.push(found);
        }
    }
    Ok(all)
}

/// A masked token, and the masked token that has its middle base when the sequence begins `shift`
/// bases later.
fn shifted(
    context: &ContextUse<'_>,
    window: &AnalysisWindow,
    token: usize,
    shift: usize,
) -> Result<Option<Pair>, Error> {
    let span = &window.tokens[token];
    let base = (span.start + span.end) / 2;
    let Some(at) = base.checked_sub(shift) else {
        return Ok(None);
    };
    let text = &window.text[shift..];
    let offsets = context.tokenizer.encode(text)?.offsets;
    let Some(other) = offsets.iter().find(|range| range.contains(&at)) else {
        return Ok(None);
    };
    let (before, behind) = (&window.text[..span.start], &window.text[span.end..]);
    Ok(Some(Pair {
        one: around(context, before, behind)?,
        other: around(context, &text[..other.start], &text[other.end..])?,
        lengths: [span.len(), other.len()],
        bases: vec![[base - span.start, at - other.start]],
    }))
}

/// A masked token between two segments, as much of them as fits.
fn around(context: &ContextUse<'_>, left: &str, right: &str) -> Result<TokenQuery, Error> {
    let mask = context.tokenizer.specials().require(Role::Mask)?;
    let framing = context.set.framing();
    let left = context.tokenizer.encode(left)?.ids;
    let right = context.tokenizer.encode(right)?.ids;
    // One position is the masked token's.
    let room = framing.room(context.max_length)? - 1;
    // What is too much goes from the ends.
    let excess = (left.len() + right.len()).saturating_sub(room);
    let from_right = excess.min(right.len());
    let left = &left[excess - from_right..];
    let right = &right[..right.len() - from_right];
    let ids = [left, &[mask], right].concat();
    let at = framing.before.len() + left.len();
    Ok(TokenQuery::whole(framing.around(&ids), at))
}

/// Mean distance over all bases; its chance level is that of the pairs of different sequences.
fn compared(
    context: &ContextUse<'_>,
    members: &[impl MaskedLanguageModel],
    pairs: &[Pair],
    complemented: bool,
    key: impl Into<MeasureKey>,
) -> Result<Option<Measure>, Error> {
    let Some(letters) = context.set.letters().filter(|_| !pairs.is_empty()) else {
        return Ok(None);
    };
    let asked: Vec<TokenQuery> = pairs
        .iter()
        .flat_map(|pair| [pair.one.clone(), pair.other.clone()])
        .collect();
    let (mut values, mut by_chance) = (Vec::new(), Vec::new());
    for model in members {
        let answers = answers(model, &asked, context.set.tokens())?;
        let mut rows = Vec::with_capacity(answers.len());
        for (answer, length) in answers
            .iter()
            .zip(pairs.iter().flat_map(|pair| pair.lengths))
        {
            let p = Distribution::from_logits(answer)?;
            rows.push(letters.marginals(&p, length)?);
        }
        let mean = |apart: usize| {
            let (mut sum, mut count) = (0.0, 0);
            for (index, pair) in pairs.iter().enumerate() {
                let with = (index + apart) % pairs.len();
                for (bases, others) in pair.bases.iter().zip(&pairs[with].bases) {
                    let one = &rows[2 * index][BASES * bases[0]..][..BASES];
                    let other = &rows[2 * with + 1][BASES * others[1]..][..BASES];
                    sum += distance(one, other, complemented)?;
                    count += 1;
                }
            }
            Ok::<f64, Error>(sum / f64::from(count.max(1)))
        };
        values.push(mean(0)?);
        by_chance.push(mean(1)?);
    }
    let chance = by_chance.iter().sum::<f64>() / by_chance.len() as f64;
    let measure = over_members(key, &values)?;
    Ok(Some(match pairs.len() {
        1 => measure,
        _ => measure.with_chance(chance)?,
    }))
}

/// Jensen–Shannon distance of two distributions of a base, the second's read from the other strand
/// if asked.
fn distance(one: &[f64], other: &[f64], complemented: bool) -> Result<f64, Error> {
    let mut other = other.to_vec();
    if complemented {
        // A, C, G, T stand so that the complements are in reverse order.
        other.reverse();
    }
    let (one, other) = (Distribution::new(one)?, Distribution::new(&other)?);
    Ok(jensen_shannon_distance(&one, &other)?)
}
