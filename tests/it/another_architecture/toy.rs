//! A convolution over three neighbouring tokens, masked or causal.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use dissensus_lm::{
    Batch, CausalLanguageModel, Encoder, Error, FreshWeights, MaskedLanguageModel, ModelConfig,
    ParameterSource, Pass, Sizes, Start, TrainableModel, WeightNames, parameter,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    pub vocabulary: usize,
    pub width: usize,
    /// Whether a position sees none behind it.
    pub causal: bool,
}

impl ModelConfig for Shape {
    type Model = Convolution;

    fn check(&self) -> Result<(), Error> {
        Error::check_field(self.width > 0, "width", self.width, "at least 1")
    }

    fn sizes(&self) -> Sizes {
        Sizes {
            vocabulary: self.vocabulary,
            positions: 64,
            width: self.width,
            layers: 1,
            padding: 0,
        }
    }
}

/// `tanh(x_{t−1}·L + x_t·M + x_{t+1}·R)`.
#[derive(Module, Debug)]
struct Block {
    convolution: Kernel,
}

#[derive(Module, Debug)]
struct Kernel {
    left: Param<Tensor<2>>,
    middle: Param<Tensor<2>>,
    right: Param<Tensor<2>>,
}

#[derive(Module, Debug)]
pub struct Convolution {
    embedding: Param<Tensor<2>>,
    blocks: Vec<Block>,
    head: Param<Tensor<2>>,
    #[module(skip)]
    shape: Shape,
}

struct OwnNames;

impl WeightNames for OwnNames {}

impl Convolution {
    fn states(&self, batch: &Batch) -> Vec<Tensor<3>> {
        let [rows, time, width] = [batch.rows(), batch.time(), self.shape.width];
        let ids = batch
            .id_tensor(&self.device().inner())
            .reshape([rows * time]);
        let words = self
            .embedding
            .val()
            .select(0, ids)
            .reshape([rows, time, width]);
        // A padded position is as empty as one beyond the end.
        let words = match batch.mask(&self.device().inner()) {
            Some(mask) => {
                let absent = mask
                    .bool_not()
                    .unsqueeze_dim::<3>(2)
                    .expand([rows, time, width]);
                words.mask_fill(absent, 0.0)
            }
            None => words,
        };
        let edge = Tensor::<3>::zeros([rows, 1, width], &words.device());
        let wide = Tensor::cat(vec![edge.clone(), words.clone(), edge], 1);
        let seen = |from: usize, kernel: &Param<Tensor<2>>| {
            let x = wide
                .clone()
                .narrow(1, from, time)
                .reshape([rows * time, width]);
            x.matmul(kernel.val()).reshape([rows, time, width])
        };
        let Kernel {
            left,
            middle,
            right,
        } = &self.blocks[0].convolution;
        let sum = seen(0, left) + seen(1, middle);
        let sum = if self.shape.causal {
            sum
        } else {
            sum + seen(2, right)
        };
        vec![words, sum.tanh()]
    }

    fn decode(&self, batch: &Batch, positions: &[usize]) -> Tensor<2> {
        let [_, state] = &self.states(batch)[..] else {
            unreachable!("two states")
        };
        let indices: Vec<i32> = positions.iter().map(|&p| p as i32).collect();
        let indices = Tensor::from_data(&indices[..], &self.device().inner());
        let [rows, time, width] = state.dims();
        let states = state.clone().reshape([rows * time, width]);
        states.select(0, indices).matmul(self.head.val())
    }
}

impl Encoder for Convolution {
    fn sizes(&self) -> Sizes {
        self.shape.sizes()
    }

    fn device(&self) -> Device {
        self.embedding.val().device()
    }

    fn encode(&self, batch: &Batch, _pass: &Pass) -> Tensor<3> {
        self.states(batch).swap_remove(1)
    }

    fn hidden_states(&self, batch: &Batch, _pass: &Pass) -> Vec<Tensor<3>> {
        self.states(batch)
    }

    fn input_embeddings(&self) -> Tensor<2> {
        self.embedding.val()
    }
}

impl MaskedLanguageModel for Convolution {
    fn head(&self, states: Tensor<2>, _pass: &Pass) -> Tensor<2> {
        states.matmul(self.head.val())
    }
}

impl CausalLanguageModel for Convolution {
    fn next_logits(&self, batch: &Batch, positions: &[usize], _pass: &Pass) -> Tensor<2> {
        self.decode(batch, positions)
    }
}

impl TrainableModel for Convolution {
    type Config = Shape;

    fn config(&self) -> &Shape {
        &self.shape
    }

    fn build(
        shape: &Shape,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        let mut make = |name: &str, sizes| parameter(source, name, sizes, Start::Gaussian, device);
        let (words, width) = (shape.vocabulary, shape.width);
        let embedding = make("embedding", [words, width])?;
        let mut kernel = |side| make(&format!("blocks.0.convolution.{side}"), [width, width]);
        let convolution = Kernel {
            left: kernel("left")?,
            middle: kernel("middle")?,
            right: kernel("right")?,
        };
        Ok(Self {
            embedding,
            blocks: vec![Block { convolution }],
            head: make("head", [width, words])?,
            shape: shape.clone(),
        })
    }

    fn names() -> &'static dyn WeightNames {
        &OwnNames
    }

    fn initial(_shape: &Shape, seed: u64) -> Box<dyn ParameterSource> {
        Box::new(FreshWeights::new(0.2, None, seed))
    }
}
