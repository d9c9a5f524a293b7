//! Functions of `source`.

use dissensus_source::{
    Alphabet, Copies, DnaLike, DnaParams, Edge, HiddenMarkov, Iid, Machine, Markov, MotifParams,
    Motifs, SampleMean, Source, Strand, entropy_bits,
};

use super::Kind::{Constant, Empty, Huge, Infinite, Negative, Subnormal, Zero};
use super::{Answer, Case, Law, case, number, said};

/// What no distribution is, where four numbers of an eighth are one.
const NO_DISTRIBUTION: [super::Kind; 5] = [Negative, Constant, Zero, Huge, Subnormal];

fn rate(source: &dyn Source) -> Answer {
    let bounds = source.entropy_rate();
    Ok(vec![bounds.low, bounds.high])
}

fn two_states() -> Vec<Vec<Edge>> {
    let edge = |symbol, next, probability| Edge {
        symbol,
        next,
        probability,
    };
    vec![
        vec![edge(0, 0, 0.5), edge(1, 1, 0.5)],
        vec![edge(2, 0, 0.5), edge(3, 1, 0.5)],
    ]
}

pub fn cases() -> Vec<Case> {
    let distributions = distributions()
        .into_iter()
        .map(|case| case.within(0.0, 2.0 + 1e-9).refuses(&NO_DISTRIBUTION));
    distributions.chain(others()).collect()
}

/// Functions of numbers that must sum to one.
fn distributions() -> Vec<Case> {
    use Law::Other;
    fn dna() -> Alphabet {
        Alphabet::dna()
    }
    let of = |name, numbers: &[u32], of: fn(&[f64]) -> Answer| {
        case(name, Other, of).of_numbers(numbers, 0.125)
    };
    vec![
        of("source::Copies::new", &[1, 3, 2, 2], |x| {
            rate(&said(Copies::new(dna(), x, 9, 0.875, Strand::Direct))?)
        }),
        of("source::Iid::new", &[1, 3, 2, 2], |x| {
            rate(&said(Iid::new(dna(), x))?)
        }),
        of("source::Markov::new", &[1, 3, 2, 2], |x| {
            rate(&said(Markov::new(dna(), 0, x))?)
        }),
        of("source::HiddenMarkov::new", &[1, 7, 6, 2], |x| {
            let emission = [0.25; 8];
            rate(&said(HiddenMarkov::new(dna(), x, &emission))?)
        }),
        of(
            "source::HiddenMarkov::new",
            &[1, 3, 2, 2, 4, 2, 1, 1],
            |x| rate(&said(HiddenMarkov::new(dna(), &[0.75, 0.25, 0.5, 0.5], x))?),
        ),
        of("source::Machine::from_guess", &[3, 5], |x| {
            rate(&said(Machine::from_guess(dna(), two_states(), x.to_vec()))?)
        }),
        of("source::Machine::mixture", &[3, 5], |x| {
            let one = said(Machine::new(dna(), two_states()))?;
            rate(&said(Machine::mixture(x, &[&one, &one]))?)
        }),
        of("source::MotifParams::with_background", &[1, 3, 2, 2], |x| {
            rate(&said(Motifs::new(
                &MotifParams::default().with_background(x),
            ))?)
        }),
        of("source::MotifParams::with_spacing", &[1, 3, 4], |x| {
            rate(&said(Motifs::new(&MotifParams::default().with_spacing(x)))?)
        }),
    ]
}

fn others() -> Vec<Case> {
    use Law::{Other, Same, Scaled};
    vec![
        case("source::entropy_bits", Same, |x| number(entropy_bits(x)))
            .within(0.0, 3.0)
            .refuses(&[Negative, Zero]),
        case("source::SampleMean::of", Scaled, |x| {
            let found = said(SampleMean::of(x))?;
            Ok(vec![found.bits, found.standard_error])
        }),
        case("source::HiddenMarkov::isochores", Other, |x| {
            rate(&said(HiddenMarkov::isochores(x, 100.0))?)
        })
        .of_numbers(&[3, 5], 0.125)
        .within(0.0, 2.0)
        .refuses(&[Negative, Huge, Infinite]),
        case("source::DnaParams::with_gc", Other, |x| {
            let params = DnaParams::rich_in_repeats()
                .with_background_bits(1.9)
                .with_gc(x);
            rate(&said(DnaLike::new(&params))?)
        })
        .of_numbers(&[3, 5], 0.125)
        .within(0.0, 2.0)
        .refuses(&[Negative, Huge, Empty])
        .may_refuse(&[Zero, Subnormal]),
    ]
}
