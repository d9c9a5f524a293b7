//! The masked-language head of BERT and its relatives.
#![allow(
    non_snake_case,
    reason = "fields carry the names that published code gives the parameters"
)]

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use dissensus_layers::decoder;
use dissensus_lm::{Error, Pass, Start};

use super::{Builder, LayerNorm, Linear};

/// `x·Eᵀ + b`, with the word table `E` unless it has a weight of its own.
#[derive(Module, Debug)]
pub(crate) struct Decoder {
    weight: Option<Param<Tensor<2>>>,
    bias: Param<Tensor<1>>,
    #[module(skip)]
    name: String,
}

impl Decoder {
    pub(crate) fn build(
        name: &str,
        [vocabulary, width]: [usize; 2],
        tied: bool,
        builder: &mut Builder<'_>,
    ) -> Result<Self, Error> {
        let weight = format!("{name}.weight");
        let weight = if tied {
            None
        } else {
            Some(builder.parameter(&weight, [vocabulary, width], Start::Gaussian)?)
        };
        Ok(Self {
            weight,
            bias: builder.parameter(&format!("{name}.bias"), [vocabulary], Start::Zeros)?,
            name: name.to_string(),
        })
    }

    pub(crate) fn forward(&self, x: Tensor<2>, table: Tensor<2>, pass: &Pass) -> Tensor<2> {
        let table = self.weight.as_ref().map_or(table, Param::val);
        decoder(x, table, self.bias.val(), pass.mode(&self.name))
    }

    /// Gives a tied decoder a weight of its own, a copy of the word table.
    pub(crate) fn untie(&mut self, table: Tensor<2>) {
        let data = table.clone().detach().into_data();
        self.weight = Some(Param::from_data(data, &table.device()));
    }
}

/// `LayerNorm(GELU(x·W + b))`.
#[derive(Module, Debug)]
struct Transform {
    dense: Linear,
    LayerNorm: LayerNorm,
}

/// From hidden states to logits.
#[derive(Module, Debug)]
struct PredictionHead {
    transform: Transform,
    decoder: Decoder,
}

impl PredictionHead {
    fn build(
        [vocabulary, width]: [usize; 2],
        epsilon: f64,
        tied: bool,
        builder: &mut Builder<'_>,
    ) -> Result<Self, Error> {
        let name = "cls.predictions.transform";
        let transform = Transform {
            dense: builder.linear(&format!("{name}.dense"), [width, width])?,
            LayerNorm: builder.norm(&format!("{name}.LayerNorm"), width, epsilon)?,
        };
        let sizes = [vocabulary, width];
        let decoder = Decoder::build("cls.predictions.decoder", sizes, tied, builder)?;
        Ok(Self { transform, decoder })
    }

    fn forward(&self, x: Tensor<2>, table: Tensor<2>, pass: &Pass) -> Tensor<2> {
        let activated = self.transform.dense.forward_gelu(x, pass);
        let normalized = self.transform.LayerNorm.forward(activated, pass);
        self.decoder.forward(normalized, table, pass)
    }
}

/// What published code calls the head's parent.
#[derive(Module, Debug)]
pub(crate) struct Predictions {
    predictions: PredictionHead,
}

impl Predictions {
    /// The head of a model of so many words and such a width, unless its files are bare of one.
    pub(crate) fn build(
        is_bare: bool,
        sizes: [usize; 2],
        epsilon: f64,
        tied: bool,
        builder: &mut Builder<'_>,
    ) -> Result<Option<Self>, Error> {
        if is_bare {
            return Ok(None);
        }
        let predictions = PredictionHead::build(sizes, epsilon, tied, builder)?;
        Ok(Some(Self { predictions }))
    }

    /// Logits of hidden states `[M, H]`.
    pub(crate) fn forward(&self, x: Tensor<2>, table: Tensor<2>, pass: &Pass) -> Tensor<2> {
        self.predictions.forward(x, table, pass)
    }

    /// Gives a tied decoder a weight of its own, a copy of the word table.
    pub(crate) fn untie(&mut self, table: Tensor<2>) {
        self.predictions.decoder.untie(table);
    }
}
