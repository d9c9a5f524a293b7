//! What a hook sees gives the gradients that burn gets.

use std::sync::{Arc, Mutex};

use burn::tensor::{Device, Int, Tensor, TensorData};
use dissensus_layers::{
    Affine, Hook, Hooked, Lookup, Norm, Rows, Seen, WeightLayout, decoder, embedding, layer_norm,
    linear_gelu, qkv,
};

use super::common::{assert_close, leaf, values};

/// A name, its rows, and the gradients formed from what was seen.
type Report = (String, Rows, Vec<Vec<f32>>);

/// Forms the gradients of the parameters from what it sees.
#[derive(Default)]
struct Recorder {
    seen: Mutex<Vec<Report>>,
    declines: bool,
}

impl Hook for Recorder {
    fn seen(&self, name: &str, seen: Seen<'_>) {
        let (rows, gradients) = match seen {
            Seen::Linear {
                inputs,
                output_gradients,
                rows,
                fan_in,
                fan_out,
                layout,
                has_bias,
            } => {
                let weight = outer(inputs, output_gradients, fan_in, fan_out, layout);
                let bias = has_bias.then(|| sums(output_gradients, fan_out));
                (rows, std::iter::once(weight).chain(bias).collect())
            }
            Seen::LayerNorm {
                normalized,
                output_gradients,
                rows,
                width,
            } => {
                let products: Vec<f32> = normalized
                    .iter()
                    .zip(output_gradients)
                    .map(|(x, g)| x * g)
                    .collect();
                (
                    rows,
                    vec![sums(&products, width), sums(output_gradients, width)],
                )
            }
            Seen::Embedding {
                ids,
                output_gradients,
                rows,
                width,
                entries,
            } => {
                let mut table = vec![0.0; entries * width];
                for (row, &id) in ids.iter().enumerate() {
                    for c in 0..width {
                        table[id as usize * width + c] += output_gradients[row * width + c];
                    }
                }
                (rows, vec![table])
            }
            _ => return,
        };
        self.seen
            .lock()
            .expect("a lock")
            .push((name.to_owned(), rows, gradients));
    }

    fn wants_parameter_gradients(&self) -> bool {
        !self.declines
    }
}

fn sums(x: &[f32], width: usize) -> Vec<f32> {
    (0..width)
        .map(|c| x.iter().skip(c).step_by(width).sum())
        .collect()
}

fn outer(x: &[f32], g: &[f32], fan_in: usize, fan_out: usize, layout: WeightLayout) -> Vec<f32> {
    let mut weight = vec![0.0; fan_in * fan_out];
    for (x, g) in x.chunks(fan_in).zip(g.chunks(fan_out)) {
        for (i, x) in x.iter().enumerate() {
            for (o, g) in g.iter().enumerate() {
                let at = match layout {
                    WeightLayout::InputsByOutputs => i * fan_out + o,
                    WeightLayout::OutputsByInputs => o * fan_in + i,
                };
                weight[at] += x * g;
            }
        }
    }
    weight
}

/// A hooked chain of every kind of operation; the parameters by name, and the loss.
fn chain(hook: &Arc<Recorder>) -> (Vec<Tensor<2>>, Vec<Tensor<1>>, Tensor<1>) {
    let hooked = |name: &str| Some(Hooked::new(name, Arc::clone(hook) as Arc<dyn Hook>));
    let weights: Vec<Tensor<2>> = [[6, 4], [4, 4], [4, 4], [4, 4], [4, 5], [7, 5]]
        .iter()
        .zip(1..)
        .map(|(&s, i)| leaf(s, i))
        .collect();
    let biases: Vec<Tensor<1>> = [4, 4, 4, 4, 4, 5, 7]
        .iter()
        .zip(20..)
        .map(|(&n, i)| leaf([n], i))
        .collect();
    let ids = Tensor::<2, Int>::from_data(
        TensorData::new(vec![0i64, 5, 5, 1, 2, 5], [2, 3]),
        &Device::flex(),
    );
    let x = embedding(vec![Lookup {
        table: weights[0].clone(),
        ids,
        hook: hooked("words"),
    }]);
    let affine = |i: usize, name| Affine {
        weight: weights[1 + i].clone(),
        bias: biases[1 + i].clone(),
        mode: hooked(name).into(),
    };
    let x = qkv(x, affine(0, "query"), affine(1, "key"), affine(2, "value"))
        .sum_dim(0)
        .reshape([2, 3, 4]);
    let norm = Norm {
        gamma: biases[0].clone(),
        beta: biases[4].clone(),
        epsilon: 1e-5,
        hook: hooked("norm"),
    };
    let x = linear_gelu(
        layer_norm(x, norm),
        weights[4].clone(),
        biases[5].clone(),
        hooked("dense"),
    );
    let logits = decoder(
        x.reshape([6, 5]),
        weights[5].clone(),
        biases[6].clone(),
        hooked("decoder"),
    );
    (weights, biases, logits.square().sum())
}

#[test]
fn what_a_hook_sees_makes_the_gradients() {
    let hook = Arc::new(Recorder::default());
    let (w, b, loss) = chain(&hook);
    let gradients = loss.backward();
    let of = |t: &Tensor<2>| values(t.grad(&gradients).expect("a gradient"));
    let of1 = |t: &Tensor<1>| values(t.grad(&gradients).expect("a gradient"));
    let sequences = Rows { batch: 2, time: 3 };
    let expected = [
        (
            "decoder",
            Rows { batch: 6, time: 1 },
            vec![of(&w[5]), of1(&b[6])],
        ),
        ("dense", sequences, vec![of(&w[4]), of1(&b[5])]),
        ("norm", sequences, vec![of1(&b[0]), of1(&b[4])]),
        ("query", sequences, vec![of(&w[1]), of1(&b[1])]),
        ("key", sequences, vec![of(&w[2]), of1(&b[2])]),
        ("value", sequences, vec![of(&w[3]), of1(&b[3])]),
        ("words", sequences, vec![of(&w[0])]),
    ];
    let seen = hook.seen.lock().expect("a lock");
    assert_eq!(seen.len(), expected.len());
    for ((name, rows, ours), (expected_name, expected_rows, theirs)) in seen.iter().zip(&expected) {
        assert_eq!((name.as_str(), rows), (*expected_name, expected_rows));
        assert_close(ours, theirs, 1e-5, name);
    }
}

#[test]
fn an_observer_may_decline_parameter_gradients() {
    let hook = Arc::new(Recorder {
        declines: true,
        ..Recorder::default()
    });
    let (w, b, loss) = chain(&hook);
    let gradients = loss.backward();
    assert!(w.iter().all(|t| t.grad(&gradients).is_none()));
    assert!(b.iter().all(|t| t.grad(&gradients).is_none()));
    assert_eq!(hook.seen.lock().expect("a lock").len(), 7);
}

#[test]
fn a_forward_pass_without_gradient_is_not_seen() {
    let hook = Arc::new(Recorder::default());
    let _ = chain(&hook);
    assert!(hook.seen.lock().expect("a lock").is_empty());
}
