//! Loss against what is visible.

use dissensus_lm::{Masked, MaskedLanguageModel};
use dissensus_report::Measure;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::ContextUse;
use super::token_query::{TokenQuery, answers};
use super::view::{Side, view};
use crate::intervals::over_members;
use crate::losses::mean_losses_bits;
use crate::oracle::log2_probability;
use crate::{Error, SHUFFLED_LOSS};

/// Radii in symbols: nothing, then powers of two as far as a window reaches, then all of it.
fn radii(context: &ContextUse<'_>) -> Vec<usize> {
    let windows = context.set.windows().iter();
    let longest = windows.map(|w| w.text.chars().count()).max().unwrap_or(1);
    let powers = (0..10).map(|power| 1 << power);
    std::iter::once(0)
        .chain(powers.filter(|&radius| radius < longest))
        .chain([longest])
        .collect()
}

/// `context_loss/…` on each side.
pub(super) fn curves(
    context: &ContextUse<'_>,
    members: &[impl MaskedLanguageModel],
) -> Result<Vec<Measure>, Error> {
    let (radii, mut all) = (radii(context), Vec::new());
    for side in Side::ALL {
        // Question number `targets × radius + target`; where a wider radius shows nothing new the
        // question is not asked again.
        let (mut asked, mut which): (Vec<TokenQuery>, Vec<Vec<usize>>) = Default::default();
        let mut targets = Vec::new();
        for (row, chosen) in context.chosen() {
            let (masked, window) = (&context.set.masked()[row], &context.set.windows()[row]);
            targets.push(masked.targets[chosen]);
            let mut questions = Vec::with_capacity(radii.len());
            for &radius in &radii {
                let next = view(masked, window, chosen, radius, side);
                if questions.is_empty() || asked.last() != Some(&next) {
                    asked.push(next);
                }
                questions.push(asked.len() - 1);
            }
            which.push(questions);
        }
        if targets.is_empty() {
            return Ok(all);
        }
        let mut losses = vec![Vec::new(); radii.len()];
        for model in members {
            let answers = answers(model, &asked, context.set.tokens())?;
            for (place, losses) in losses.iter_mut().enumerate() {
                let of = |(questions, &target): (&Vec<usize>, &u32)| {
                    -log2_probability(&answers[questions[place]], target)
                };
                let sum: f64 = which.iter().zip(&targets).map(of).sum();
                losses.push(sum / targets.len() as f64);
            }
        }
        for (&radius, values) in radii.iter().zip(&losses) {
            all.push(over_members(side.row().at(radius as f64), values)?);
        }
    }
    Ok(all)
}

/// `shuffled_loss`: special and masked tokens stay where they are, all others of a sequence change
/// places at random.
pub(super) fn shuffled(
    context: &ContextUse<'_>,
    members: &[impl MaskedLanguageModel],
) -> Result<Measure, Error> {
    let mixed: Vec<Masked> = context
        .set
        .masked()
        .iter()
        .zip(0..)
        .map(|(masked, index)| mixed(masked, context, index))
        .collect();
    let means = mean_losses_bits(members, &mixed, context.set.tokens())?;
    over_members(&SHUFFLED_LOSS, &means)
}

fn mixed(masked: &Masked, context: &ContextUse<'_>, index: u64) -> Masked {
    let specials = context.tokenizer.specials();
    let is_free = |p: &usize| !masked.positions.contains(p) && !specials.contains(masked.ids[*p]);
    let free: Vec<usize> = (0..masked.ids.len()).filter(is_free).collect();
    let mut order = free.clone();
    let mut rng = ChaCha8Rng::seed_from_u64(context.seed);
    rng.set_stream(index);
    order.shuffle(&mut rng);
    let mut ids = masked.ids.clone();
    for (&to, &from) in free.iter().zip(&order) {
        ids[to] = masked.ids[from];
    }
    Masked {
        ids,
        ..masked.clone()
    }
}
