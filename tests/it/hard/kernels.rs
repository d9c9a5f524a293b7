//! Functions of `kernels` that take sums and squares: NaN comes out where one went in. The others
//! are held to the same by the crate's own `hard_numbers`.

use dissensus_kernels::adamw::global_norm;
use dissensus_kernels::loss::log_sum_exp;
use dissensus_kernels::norm::{self, NormInput};
use dissensus_kernels::rms::RmsNorm;
use dissensus_kernels::{elementwise, sums};

use super::Kind::{Constant, Empty, Huge, Infinite, MinusInfinite, NotANumber, Subnormal, Zero};
use super::{Answer, Case, Law, single};

fn wide(x: Vec<f32>) -> Answer {
    Ok(x.into_iter().map(f64::from).collect())
}

/// The first numbers, and zeros where there are no more.
fn lanes<const N: usize>(x: &[f32]) -> [f32; N] {
    std::array::from_fn(|i| x.get(i).copied().unwrap_or_default())
}

/// Sums of lanes.
fn totals() -> [Case; 2] {
    let bad = [NotANumber, Infinite, MinusInfinite];
    [
        single("kernels::sums::total_f32", Law::Scaled, move |x| {
            Ok(vec![sums::total_f32(lanes(x))])
        }),
        single("kernels::sums::total_f64", Law::Scaled, move |x| {
            Ok(vec![sums::total_f64(lanes(x).map(f64::from))])
        }),
    ]
    .map(|case| case.spreads(&bad).gives(Empty, &[0.0]))
}

pub fn cases() -> Vec<Case> {
    use Law::{Other, Same, Scaled};
    let bad = [NotANumber, Infinite, MinusInfinite];
    let mut all = vec![
        single("kernels::adamw::global_norm", Scaled, |x| {
            Ok(vec![global_norm(&[x])])
        })
        .spreads(&bad)
        .gives(Empty, &[0.0])
        // As it says: its squares are single precision.
        .gives(Huge, &[f64::INFINITY])
        .gives(Subnormal, &[0.0]),
        single("kernels::sums::sum", Scaled, |x| {
            Ok(vec![f64::from(sums::sum(x, |x| x))])
        })
        .spreads(&bad)
        .spreads(&[Huge])
        .gives(Empty, &[0.0]),
        single("kernels::elementwise::column_sums", Scaled, |x| {
            wide(elementwise::column_sums(x, 2))
        })
        .spreads(&bad)
        .gives(Empty, &[0.0; 2]),
        single("kernels::loss::log_sum_exp", Other, |x| {
            wide(log_sum_exp(x, 8))
        })
        .spreads(&bad)
        .takes(&[MinusInfinite])
        .gives(Empty, &[]),
        single("kernels::norm::forward", Same, |x| {
            let input = NormInput {
                x,
                residual: None,
                dropout: None,
                width: 8,
            };
            wide(norm::forward(input, &[1.0; 8], &[0.0; 8], 0.0))
        })
        .spreads(&bad)
        // Without ε there is nothing to divide by.
        .spreads(&[Constant, Zero, Huge, Subnormal])
        .gives(Empty, &[]),
        // Of both signs, so that the mean is within the numbers and the squares are not.
        single("kernels::norm::forward", Same, |x| {
            let signs = [1.0, -1.0].into_iter().cycle();
            let x: Vec<f32> = x.iter().zip(signs).map(|(x, sign)| x * sign).collect();
            let input = NormInput {
                x: &x,
                residual: None,
                dropout: None,
                width: 8,
            };
            wide(norm::forward(input, &[1.0; 8], &[0.0; 8], 0.0))
        })
        .spreads(&bad)
        .spreads(&[Zero, Huge, Subnormal])
        .gives(Empty, &[]),
        single("kernels::RmsNorm::forward", Same, |x| {
            wide(
                RmsNorm {
                    width: 8,
                    epsilon: 0.0,
                }
                .forward(x, &[1.0; 8]),
            )
        })
        .spreads(&bad)
        .spreads(&[Zero, Huge, Subnormal])
        .gives(Empty, &[]),
    ];
    all.extend(totals());
    all
}
