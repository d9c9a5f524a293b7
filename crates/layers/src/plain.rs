//! The same operations written with burn's own, on any backend: what the fused ones are tested and
//! measured against.
//!
//! Same signatures, same values, same gradients; no hooks.

use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::{Bool, Int, Tensor, TensorData};

use crate::{
    Affine, Causal, Direction, Distances, Dropout, Gate, Lookup, Norm, Rotation, Selection, Taps,
};

/// Plain twin of [`crate::linear`].
#[must_use]
pub fn linear<const D: usize>(x: Tensor<D>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<D> {
    let dims = x.dims();
    let [inputs, outputs] = weight.dims();
    let rows = dims.iter().product::<usize>() / inputs;
    let mut out = dims;
    out[D - 1] = outputs;
    let y = x.reshape([rows, inputs]).matmul(weight) + bias.unsqueeze::<2>();
    y.reshape(out)
}

/// Plain twin of [`crate::linear_gelu`].
#[must_use]
pub fn linear_gelu<const D: usize>(x: Tensor<D>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<D> {
    gelu(linear(x, weight, bias))
}

/// Plain twin of [`crate::linear_without_bias`].
#[must_use]
pub fn linear_without_bias<const D: usize>(x: Tensor<D>, weight: Tensor<2>) -> Tensor<D> {
    let bias = Tensor::zeros([weight.dims()[1]], &x.device());
    linear(x, weight, bias)
}

/// Plain twin of [`crate::gated()`].
#[must_use]
pub fn gated<const D: usize>(x: Tensor<D>, gate: Gate) -> Tensor<D> {
    let width = x.dims()[D - 1] / 2;
    let (gates, values) = (
        x.clone().narrow(D - 1, 0, width),
        x.narrow(D - 1, width, width),
    );
    let gates = match gate {
        Gate::Gelu => gelu(gates),
        Gate::Silu => burn::tensor::activation::silu(gates),
    };
    gates * values
}

/// Plain twin of [`crate::causal_attention`].
#[must_use]
pub fn causal_attention(
    queries: Tensor<3>,
    keys: Tensor<3>,
    values: Tensor<3>,
    causal: Causal,
    drop: Option<Dropout>,
) -> Tensor<3> {
    let [batch, time, width] = queries.dims();
    let (heads, shared) = (causal.heads, causal.heads / causal.key_heads);
    let d = width / heads;
    let own = queries.reshape([batch, time, heads, d]).swap_dims(1, 2);
    let spread = |x: Tensor<3>| {
        let x = x.reshape([batch, time, causal.key_heads, 1, d]);
        let x = x.expand([batch, time, causal.key_heads, shared, d]);
        x.reshape([batch, time, heads, d]).swap_dims(1, 2)
    };
    let scores = own.matmul(spread(keys).swap_dims(2, 3)) / (d as f64).sqrt();
    let is_masked = |index: usize| {
        let (row, key) = (index / time, index % time);
        let first = causal.first.as_ref().map_or(0, |first| first[row] as usize);
        key < first || key > row % time
    };
    let masked: Vec<bool> = (0..batch * time * time).map(is_masked).collect();
    let masked = TensorData::new(masked, [batch, 1, time, time]);
    let masked = Tensor::<4, Bool>::from_data(masked, &scores.device());
    let masked = masked.expand([batch, heads, time, time]);
    let mut probabilities = softmax(scores.mask_fill(masked, -1e30), 3);
    if let Some(drop) = drop {
        probabilities = dropout(probabilities, drop);
    }
    let context = probabilities.matmul(spread(values));
    context.swap_dims(1, 2).reshape([batch, time, width])
}

/// Plain twin of [`crate::rotary()`].
#[must_use]
pub fn rotary<const D: usize>(x: Tensor<D>, planes: usize, rotation: Rotation) -> Tensor<D> {
    let Rotation { angles, positions } = rotation;
    let (dims, d, rows) = (x.dims(), angles.head(), positions.len());
    let (width, device) = (dims[D - 1], x.device());
    let all = dims.iter().product::<usize>() / width;
    let table = |sines: bool| {
        let of = |&position: &u32| {
            let (cos, sin) = angles.at(position as usize);
            if sines { sin.to_vec() } else { cos.to_vec() }
        };
        let values: Vec<f32> = positions.iter().flat_map(of).collect();
        Tensor::<4>::from_data(TensorData::new(values, [1, rows, 1, d / 2]), &device)
    };
    let (cos, sin) = (table(false), table(true));
    let flat = x.reshape([all, width]);
    let heads = flat.clone().narrow(0, 0, planes * rows);
    let heads = heads.reshape([planes, rows, width / d, d]);
    let half = |i: usize| heads.clone().narrow(3, i * d / 2, d / 2);
    let first = half(0) * cos.clone() - half(1) * sin.clone();
    let second = half(1) * cos + half(0) * sin;
    let turned = Tensor::cat(vec![first, second], 3).reshape([planes * rows, width]);
    let rest = all - planes * rows;
    let whole = match rest {
        0 => turned,
        rest => Tensor::cat(vec![turned, flat.narrow(0, planes * rows, rest)], 0),
    };
    whole.reshape(dims)
}

/// Plain twin of [`crate::gelu`].
#[must_use]
pub fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    burn::tensor::activation::gelu(x)
}

/// Plain twin of [`crate::softplus`].
#[must_use]
pub fn softplus<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let tail = (x.clone().abs().neg().exp()).log1p();
    x.clamp_min(0.0) + tail
}

/// Plain twin of [`crate::silu`].
#[must_use]
pub fn silu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    burn::tensor::activation::silu(x)
}

/// Plain twin of [`crate::silu_gate`].
#[must_use]
pub fn silu_gate<const D: usize>(x: Tensor<D>, z: Tensor<D>) -> Tensor<D> {
    x * silu(z)
}

/// Plain twin of [`crate::rms_norm`].
#[must_use]
pub fn rms_norm<const D: usize>(x: Tensor<D>, gamma: Tensor<1>, epsilon: f64) -> Tensor<D> {
    let squares = x.clone().square().mean_dim(D - 1);
    x / (squares + epsilon).sqrt() * gamma.unsqueeze()
}

/// Plain twin of [`crate::short_convolution`]: one shifted copy a tap.
#[must_use]
pub fn short_convolution(x: Tensor<3>, taps: Taps, direction: Direction) -> Tensor<3> {
    let [batch, time, width] = x.dims();
    let [_, count] = taps.weight.dims();
    let shifted = |lag: usize| {
        if lag == 0 || lag >= time {
            return x.clone() * f64::from(u8::from(lag == 0));
        }
        let zeros = Tensor::zeros([batch, lag, width], &x.device());
        let parts = match direction {
            Direction::Rightwards => vec![zeros, x.clone().narrow(1, 0, time - lag)],
            Direction::Leftwards => vec![x.clone().narrow(1, lag, time - lag), zeros],
        };
        Tensor::cat(parts, 1)
    };
    let mut y = x.clone() * 0.0;
    for tap in 0..count {
        let weight = taps.weight.clone().narrow(1, tap, 1).reshape([1, 1, width]);
        y = y + shifted(count - 1 - tap) * weight;
    }
    match taps.bias {
        Some(bias) => y + bias.unsqueeze(),
        None => y,
    }
}

/// Plain twin of [`crate::selective_scan`]: one step after the other.
#[must_use]
pub fn selective_scan(selection: Selection, direction: Direction) -> Tensor<3> {
    let Selection {
        u,
        delta,
        a,
        b,
        c,
        d,
    } = selection;
    let ([batch, time, channels], [_, states]) = (u.dims(), a.dims());
    let at = |x: &Tensor<3>, t: usize| x.clone().narrow(1, t, 1);
    let a = a.unsqueeze::<3>();
    let mut h = Tensor::<3>::zeros([batch, channels, states], &u.device());
    let mut steps: Vec<usize> = (0..time).collect();
    if direction == Direction::Leftwards {
        steps.reverse();
    }
    let mut outputs = vec![at(&u, 0); time];
    for t in steps {
        let delta = at(&delta, t).swap_dims(1, 2);
        let drive = delta.clone() * at(&u, t).swap_dims(1, 2);
        h = (delta * a.clone()).exp() * h + drive * at(&b, t);
        outputs[t] = (h.clone() * at(&c, t)).sum_dim(2).swap_dims(1, 2);
    }
    Tensor::cat(outputs, 1) + u * d.unsqueeze()
}

/// Plain twin of [`crate::gelu_tanh`].
#[must_use]
pub fn gelu_tanh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let cubic = x.clone() * x.clone() * x.clone() * 0.044715;
    let u = (x.clone() + cubic) * (2.0 / std::f64::consts::PI).sqrt();
    x * 0.5 * (u.tanh() + 1.0)
}

/// Plain twin of [`crate::sine`].
#[must_use]
pub fn sine(x: Tensor<2>, frequencies: Tensor<1>) -> Tensor<2> {
    (x * frequencies.unsqueeze::<2>()).sin()
}

/// Plain twin of [`crate::long_convolution`]: the sum itself, whose cost grows with the square of
/// the time.
#[must_use]
pub fn long_convolution(
    x: Tensor<3>,
    taps: Tensor<2>,
    skip: Tensor<1>,
    drop: Option<Dropout>,
) -> Tensor<3> {
    let [time, width] = taps.dims();
    let part = |i: usize| x.clone().narrow(2, i * width, width);
    let mut p = part(1) * part(2);
    if let Some(drop) = drop {
        p = dropout(p, drop);
    }
    let term =
        |lag: usize| delayed(p.clone(), lag) * taps.clone().narrow(0, lag, 1).unsqueeze::<3>();
    let skipped = p.clone() * skip.unsqueeze::<3>();
    part(0) * (0..time).map(term).fold(skipped, |sum, term| sum + term)
}

/// `x` so many positions later, zeros before.
fn delayed(x: Tensor<3>, lag: usize) -> Tensor<3> {
    let [batch, time, width] = x.dims();
    if lag == 0 {
        return x;
    }
    let zeros = Tensor::zeros([batch, lag, width], &x.device());
    Tensor::cat(vec![zeros, x.narrow(1, 0, time - lag)], 1)
}

/// Plain twin of [`crate::decoder`].
#[must_use]
pub fn decoder<const D: usize>(x: Tensor<D>, table: Tensor<2>, bias: Tensor<1>) -> Tensor<D> {
    linear(x, table.transpose(), bias)
}

/// Plain twin of [`crate::qkv`].
#[must_use]
pub fn qkv(x: Tensor<3>, query: Affine, key: Affine, value: Affine) -> Tensor<4> {
    let planes = [query, key, value].map(|a| linear(x.clone(), a.weight, a.bias));
    Tensor::stack(planes.to_vec(), 0)
}

/// Plain twin of [`crate::dropout()`].
#[must_use]
pub fn dropout<const D: usize>(x: Tensor<D>, dropout: Dropout) -> Tensor<D> {
    if dropout.is_identity() {
        return x;
    }
    let dims = x.dims();
    let columns = dims[D - 1];
    let rows = dims[..D - 1].iter().product();
    let factors = TensorData::new(dropout.factors(rows, columns), dims);
    let factors = Tensor::from_data(factors, &x.device());
    x * factors
}

/// Plain twin of [`crate::layer_norm`].
#[must_use]
pub fn layer_norm<const D: usize>(x: Tensor<D>, norm: Norm) -> Tensor<D> {
    let centred = x.clone() - x.mean_dim(D - 1);
    let variance = centred.clone().square().mean_dim(D - 1);
    let normalized = centred / (variance + norm.epsilon).sqrt();
    normalized * norm.gamma.unsqueeze() + norm.beta.unsqueeze()
}

/// Plain twin of [`crate::residual_layer_norm`].
#[must_use]
pub fn residual_layer_norm<const D: usize>(
    x: Tensor<D>,
    drop: Option<Dropout>,
    residual: Tensor<D>,
    norm: Norm,
) -> Tensor<D> {
    layer_norm(residual_sum(x, drop, residual), norm)
}

/// Plain twin of [`crate::residual_sum`].
#[must_use]
pub fn residual_sum<const D: usize>(
    x: Tensor<D>,
    drop: Option<Dropout>,
    residual: Tensor<D>,
) -> Tensor<D> {
    let x = match drop {
        Some(drop) => dropout(x, drop),
        None => x,
    };
    residual + x
}

/// Plain twin of [`crate::attention`].
#[must_use]
pub fn attention(
    qkv: Tensor<4>,
    heads: usize,
    mask: Option<Tensor<2, Bool>>,
    drop: Option<Dropout>,
) -> Tensor<3> {
    attention_of(qkv, heads, mask, None, drop)
}

/// Plain twin of [`crate::attention_with_distances`].
#[must_use]
pub fn attention_with_distances(
    qkv: Tensor<4>,
    heads: usize,
    mask: Option<Tensor<2, Bool>>,
    distances: Distances,
    drop: Option<Dropout>,
) -> Tensor<3> {
    attention_of(qkv, heads, mask, Some(distances), drop)
}

pub(crate) fn attention_of(
    qkv: Tensor<4>,
    heads: usize,
    mask: Option<Tensor<2, Bool>>,
    distances: Option<Distances>,
    drop: Option<Dropout>,
) -> Tensor<3> {
    let [_, batch, time, width] = qkv.dims();
    let d = width / heads;
    let plane = |i: usize| {
        let plane = qkv.clone().narrow(0, i, 1);
        plane.reshape([batch, time, heads, d]).swap_dims(1, 2)
    };
    let mut scores = plane(0).matmul(plane(1).swap_dims(2, 3)) / (d as f64).sqrt();
    if let Some(Distances { slopes, positions }) = distances {
        let device = scores.device();
        let slopes = Tensor::<1>::from_data(TensorData::new(slopes.to_vec(), [heads]), &device);
        let positions = TensorData::new(positions.to_vec(), [batch, 1, 1, time]);
        let there = Tensor::<4>::from_data(positions, &device);
        let apart = (there.clone().swap_dims(2, 3) - there).abs();
        scores = scores - slopes.reshape([1, heads, 1, 1]) * apart;
    }
    let mut probabilities = match mask {
        None => softmax(scores, 3),
        Some(mask) => {
            let masked = mask.bool_not().reshape([batch, 1, 1, time]);
            let masked = masked.expand([batch, heads, time, time]);
            let probabilities = softmax(scores.mask_fill(masked.clone(), -1e30), 3);
            probabilities.mask_fill(masked, 0.0)
        }
    };
    if let Some(drop) = drop {
        probabilities = dropout(probabilities, drop);
    }
    let context = probabilities.matmul(plane(2));
    context.swap_dims(1, 2).reshape([batch, time, width])
}

/// Plain twin of [`crate::embedding`].
#[must_use]
pub fn embedding(lookups: Vec<Lookup>) -> Tensor<3> {
    let looked_up = lookups.into_iter().map(|lookup| {
        let [batch, time] = lookup.ids.dims();
        let [_, width] = lookup.table.dims();
        let rows = lookup.table.select(0, lookup.ids.reshape([batch * time]));
        rows.reshape([batch, time, width])
    });
    let sum = looked_up.reduce(|sum, rows| sum + rows);
    #[expect(
        clippy::expect_used,
        reason = "documented panic on a programming error"
    )]
    sum.expect("embedding: expected at least one look-up")
}

/// Plain twin of [`crate::gather_rows`].
#[must_use]
pub fn gather_rows(x: Tensor<3>, indices: Tensor<1, Int>) -> Tensor<2> {
    let [batch, time, width] = x.dims();
    x.reshape([batch * time, width]).select(0, indices)
}

/// Plain twin of [`crate::cross_entropy`].
#[must_use]
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<1, Int>) -> Tensor<1> {
    let [rows, _] = logits.dims();
    let log_probabilities = log_softmax(logits, 1);
    let targets = targets.reshape([rows, 1]);
    log_probabilities.gather(1, targets).neg().reshape([rows])
}
