//! Self-attention with its output projection, residual and layer norm.

use burn::module::{
    Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor,
};
use burn::tensor::{Bool, Device, Tensor};
use dissensus_layers::{Rotation, attention, qkv, rotary};
use dissensus_lm::{Error, ParameterSource, Pass};

use super::encoder::{Output, before};
use super::linear::Linear;
use super::norm::LayerNorm;
use crate::{Config, NormPlacement};

/// What every attention of a pass is told of the batch.
#[derive(Debug, Clone)]
pub(crate) struct BatchContext {
    /// Where there is padding.
    pub(crate) mask: Option<Tensor<2, Bool>>,
    /// How queries and keys are turned, where positions are rotary.
    pub(crate) rotation: Option<Rotation>,
}

/// The three projections.
#[derive(Module, Debug)]
pub(crate) struct Projections {
    query: Linear,
    key: Linear,
    value: Linear,
}

/// `LayerNorm(x + Dropout(W·Attention(x) + b))`, or with the norm before:
/// `x + Dropout(W·Attention(LayerNorm(x)) + b)`.
///
/// `transformers` calls the projections `self`, which no Rust field can be named: hence a module
/// written by hand.
#[derive(Debug, Clone)]
pub(crate) struct Attention {
    ln: Option<LayerNorm>,
    projections: Projections,
    output: Output,
    heads: usize,
    dropout: f64,
    place: u64,
}

impl Attention {
    pub(crate) fn build(
        name: &str,
        place: u64,
        config: &Config,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        let width = config.hidden_size;
        let ln = LayerNorm::where_placed(
            NormPlacement::Before,
            || format!("{name}.ln"),
            config,
            source,
            device,
        )?;
        let mut projection = |which| {
            Linear::build(
                format!("{name}.self.{which}"),
                [width, width],
                source,
                device,
            )
        };
        let projections = Projections {
            query: projection("query")?,
            key: projection("key")?,
            value: projection("value")?,
        };
        let output = Output::build(
            format!("{name}.output"),
            width,
            place + 1,
            config,
            source,
            device,
        )?;
        let dropout = config.attention_probs_dropout_prob;
        Ok(Self {
            ln,
            projections,
            output,
            heads: config.num_attention_heads,
            dropout,
            place,
        })
    }

    pub(crate) fn forward(&self, x: Tensor<3>, sight: BatchContext, pass: &Pass) -> Tensor<3> {
        let Projections { query, key, value } = &self.projections;
        let planes = qkv(
            before(self.ln.as_ref(), x.clone(), pass),
            query.affine(pass),
            key.affine(pass),
            value.affine(pass),
        );
        let planes = match sight.rotation {
            Some(rotation) => rotary(planes, 2, rotation),
            None => planes,
        };
        let context = attention(
            planes,
            self.heads,
            sight.mask,
            pass.drop_at(self.dropout, self.place),
            pass.precision(),
        );
        self.output.forward(context, x, pass)
    }
}

impl Module for Attention {
    fn collect_devices(&self, devices: Devices) -> Devices {
        let devices = self.ln.collect_devices(devices);
        self.output
            .collect_devices(self.projections.collect_devices(devices))
    }

    fn fork(self, device: &Device) -> Self {
        Self {
            ln: self.ln.fork(device),
            projections: self.projections.fork(device),
            output: self.output.fork(device),
            ..self
        }
    }

    fn to_device(self, device: &Device) -> Self {
        Self {
            ln: self.ln.to_device(device),
            projections: self.projections.to_device(device),
            output: self.output.to_device(device),
            ..self
        }
    }

    fn train(self) -> Self {
        Self {
            ln: self.ln.train(),
            projections: self.projections.train(),
            output: self.output.train(),
            ..self
        }
    }

    fn valid(&self) -> Self {
        Self {
            ln: self.ln.valid(),
            projections: self.projections.valid(),
            output: self.output.valid(),
            ..self.clone()
        }
    }

    fn materialize(self) -> Self {
        Self {
            ln: self.ln.materialize(),
            projections: self.projections.materialize(),
            output: self.output.materialize(),
            ..self
        }
    }

    fn visit<Visitor: ModuleVisitor>(&self, visitor: &mut Visitor) {
        visitor.enter_module("ln", CONTAINER);
        self.ln.visit(visitor);
        visitor.exit_module("ln", CONTAINER);
        visitor.enter_module("self", CONTAINER);
        self.projections.visit(visitor);
        visitor.exit_module("self", CONTAINER);
        visitor.enter_module("output", CONTAINER);
        self.output.visit(visitor);
        visitor.exit_module("output", CONTAINER);
    }

    fn map<Mapper: ModuleMapper>(self, mapper: &mut Mapper) -> Self {
        mapper.enter_module("ln", CONTAINER);
        let ln = Module::map(self.ln, mapper);
        mapper.exit_module("ln", CONTAINER);
        mapper.enter_module("self", CONTAINER);
        let projections = self.projections.map(mapper);
        mapper.exit_module("self", CONTAINER);
        mapper.enter_module("output", CONTAINER);
        let output = self.output.map(mapper);
        mapper.exit_module("output", CONTAINER);
        Self {
            ln,
            projections,
            output,
            ..self
        }
    }
}

const CONTAINER: &str = "Struct:Attention";

impl ModuleDisplay for Attention {}

impl ModuleDisplayDefault for Attention {
    fn content(&self, content: Content) -> Option<Content> {
        content
            .set_top_level_type("Attention")
            .add("ln", &self.ln)
            .add("self", &self.projections)
            .add("output", &self.output)
            .optional()
    }

    fn num_params(&self) -> usize {
        Module::num_params(self)
    }
}
