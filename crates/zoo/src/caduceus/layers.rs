//! The stack of layers of a Caduceus model, as it reads one strand.

use burn::module::{Module, Param};
use burn::tensor::{Int, Tensor};
use dissensus_layers::{Direction, Norm, layer_norm, rms_norm};
use dissensus_lm::{Error, Pass, Start};

use super::CaduceusConfig;
use super::mixer::{Mixer, Reading};
use crate::parts::{Builder, Level, Table};

/// A norm with or without a mean.
#[derive(Module, Debug)]
struct StrandNorm {
    weight: Param<Tensor<1>>,
    /// Of a norm with a mean.
    bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    epsilon: f64,
}

impl StrandNorm {
    fn build(
        name: &str,
        config: &CaduceusConfig,
        builder: &mut Builder<'_>,
    ) -> Result<Level<Self>, Error> {
        let wrapped = config.rcps && !config.fused_add_norm;
        let name = Level::<Self>::prefix(WRAPPED, wrapped, name);
        let width = [config.d_model];
        let weight = builder.parameter(&format!("{name}.weight"), width, Start::Ones)?;
        let bias = if config.rms_norm {
            None
        } else {
            Some(builder.parameter(&format!("{name}.bias"), width, Start::Zeros)?)
        };
        let norm = Self {
            weight,
            bias,
            epsilon: config.norm_epsilon,
        };
        Ok(Level::new(WRAPPED, wrapped, norm))
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let gamma = self.weight.val();
        let Some(bias) = &self.bias else {
            return rms_norm(x, gamma, self.epsilon);
        };
        let norm = Norm {
            gamma,
            beta: bias.val(),
            epsilon: self.epsilon,
            hook: None,
        };
        layer_norm(x, norm)
    }

    /// The same norm as one that nobody trained.
    fn fresh(mut self) -> Self {
        self.weight = self.weight.map(|weight| weight.ones_like());
        self.bias = self.bias.map(|bias| bias.map(|bias| bias.zeros_like()));
        self
    }
}

/// What published wrappers call the module that they wrap.
const WRAPPED: &str = "submodule";

/// The mixer of what the norm leaves, which is added to what the norm read.
#[derive(Module, Debug)]
struct Layer {
    mixer: Level<Mixer>,
    norm: Level<StrandNorm>,
}

impl Layer {
    fn build(
        index: usize,
        config: &CaduceusConfig,
        builder: &mut Builder<'_>,
    ) -> Result<Self, Error> {
        let name = format!("caduceus.backbone.layers.{index}");
        let mixer = Level::<Mixer>::prefix(WRAPPED, config.rcps, &format!("{name}.mixer"));
        let mixer = Mixer::build(&mixer, config, builder)?;
        Ok(Self {
            mixer: Level::new(WRAPPED, config.rcps, mixer),
            norm: StrandNorm::build(&format!("{name}.norm"), config, builder)?,
        })
    }
}

/// The word table.
#[derive(Module, Debug)]
struct Embeddings {
    word_embeddings: Level<Table>,
}

/// Embeddings, layers and the last norm.
#[derive(Module, Debug)]
pub(super) struct Backbone {
    embeddings: Embeddings,
    layers: Vec<Layer>,
    norm_f: Level<StrandNorm>,
}

/// What a layer reads: the residual stream, and what the layer before added to it; both are the
/// embeddings for the first.
pub(super) struct Between<'a> {
    pub(super) stream: &'a Tensor<3>,
    pub(super) added: &'a Tensor<3>,
}

impl Backbone {
    pub(super) fn build(config: &CaduceusConfig, builder: &mut Builder<'_>) -> Result<Self, Error> {
        let (level, name) = ("embedding", "caduceus.backbone.embeddings.word_embeddings");
        let table = Level::<Table>::prefix(level, config.rcps, name);
        let table = builder.table(&table, [config.rows(), config.d_model], Start::Words)?;
        let layers = 0..config.n_layer;
        let layers = layers.map(|index| Layer::build(index, config, builder));
        Ok(Self {
            embeddings: Embeddings {
                word_embeddings: Level::new(level, config.rcps, table),
            },
            layers: layers.collect::<Result<_, _>>()?,
            norm_f: StrandNorm::build("caduceus.backbone.norm_f", config, builder)?,
        })
    }

    /// The word table, `[V, D]`.
    pub(super) fn table(&self) -> Tensor<2> {
        self.embeddings.word_embeddings.module.values()
    }

    /// The last states `[B, T, D]` of one strand.
    ///
    /// A published pair of strands that change places before every layer is two strands that each
    /// read every other layer, the first one too, from the other end and with their channels in
    /// reverse. So no pair is carried, no sequence turned.
    pub(super) fn strand(
        &self,
        ids: Tensor<2, Int>,
        tokens: Option<Tensor<3>>,
        exchanges: bool,
        pass: &Pass,
        seen: &mut dyn FnMut(Between<'_>),
    ) -> Tensor<3> {
        let mut stream = self.embeddings.word_embeddings.module.rows(ids, pass);
        let mut added = stream.clone();
        for (index, layer) in self.layers.iter().enumerate() {
            seen(Between {
                stream: &stream,
                added: &added,
            });
            let turned = exchanges && index % 2 == 0;
            let reading = Reading {
                first: if turned {
                    Direction::Leftwards
                } else {
                    Direction::Rightwards
                },
                tokens: tokens.clone(),
            };
            let mixed = |x| {
                let normed = layer.norm.module.forward(x);
                layer.mixer.module.forward(normed, &reading, pass)
            };
            added = in_reverse(turned, stream.clone(), mixed);
            stream = stream + added.clone();
        }
        drop(added);
        let turned = exchanges && self.layers.len() % 2 == 1;
        in_reverse(turned, stream, |x| self.norm_f.module.forward(x))
    }

    /// The same layers with the names that norms have in files of models that exchange strands or
    /// do not.
    pub(super) fn with_wrapped_norms(mut self, wrapped: bool) -> Self {
        for layer in &mut self.layers {
            layer.norm.rename(WRAPPED, wrapped);
        }
        self.norm_f.rename(WRAPPED, wrapped);
        self
    }

    /// The same layers with norms that nobody trained.
    pub(super) fn with_fresh_norms(mut self) -> Self {
        let fresh = |layer: Layer| Layer {
            mixer: layer.mixer,
            norm: layer.norm.with(StrandNorm::fresh),
        };
        self.layers = self.layers.into_iter().map(fresh).collect();
        self.norm_f = self.norm_f.with(StrandNorm::fresh);
        self
    }
}

/// `f`, or between two reversals of the channels.
fn in_reverse(turned: bool, x: Tensor<3>, f: impl FnOnce(Tensor<3>) -> Tensor<3>) -> Tensor<3> {
    if turned {
        f(x.flip([2])).flip([2])
    } else {
        f(x)
    }
}
