//! A layer's mixer: a state-space scan in each direction.
#![allow(
    non_snake_case,
    reason = "fields carry the names that published code gives the parameters"
)]

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use dissensus_layers::{
    Affine, Direction, Selection, Taps, linear, selective_scan, short_convolution, silu, silu_gate,
    softplus,
};
use dissensus_lm::{Error, Pass, Start};

use super::CaduceusConfig;
use crate::parts::{Builder, Linear};

/// How a sequence is read.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// Which way the first direction reads; the second reads the other way.
    pub(super) first: Direction,
    /// 1 at tokens, `[B, T, 1]`; none if all are.
    pub(super) tokens: Option<Tensor<3>>,
}

/// The convolution in front of a scan.
#[derive(Module, Debug)]
struct Convolution {
    /// `[E, 1, K]`.
    weight: Param<Tensor<3>>,
    bias: Option<Param<Tensor<1>>>,
}

/// One direction: Mamba (Gu and Dao 2023).
#[derive(Module, Debug)]
struct Mamba {
    /// `ln(−A)`, `[E, N]`.
    A_log: Param<Tensor<2>>,
    D: Param<Tensor<1>>,
    in_proj: Option<Linear>,
    conv1d: Convolution,
    x_proj: Linear,
    dt_proj: Linear,
    out_proj: Option<Linear>,
}

/// Both directions, or the first alone.
#[derive(Module, Debug)]
pub(super) struct Mixer {
    mamba_fwd: Mamba,
    mamba_rev: Option<Mamba>,
    #[module(skip)]
    multiplies: bool,
    #[module(skip)]
    biased: bool,
}

impl Mamba {
    fn build(
        name: &str,
        has_maps: bool,
        config: &CaduceusConfig,
        builder: &mut Builder<'_>,
    ) -> Result<Self, Error> {
        let (width, inner, rank) = (config.d_model, config.inner(), config.rank());
        let mixers = &config.ssm_cfg;
        let (states, taps) = (mixers.d_state, mixers.d_conv);
        let of = |which: &str| format!("{name}.{which}");
        let parameter = builder.parameter(&of("A_log"), [inner, states], Start::Ones)?;
        let past = builder.parameter(&of("D"), [inner], Start::Ones)?;
        let map = |which: &str, shape, builder: &mut Builder<'_>| {
            let map = has_maps.then(|| builder.maybe_biased(&of(which), shape, mixers.bias));
            map.transpose()
        };
        let in_proj = map("in_proj", [width, 2 * inner], builder)?;
        let weight = of("conv1d.weight");
        let weight = builder.parameter(&weight, [inner, 1, taps], Start::Gaussian)?;
        let bias = if mixers.conv_bias {
            Some(builder.parameter(&of("conv1d.bias"), [inner], Start::Zeros)?)
        } else {
            None
        };
        Ok(Self {
            A_log: parameter,
            D: past,
            in_proj,
            conv1d: Convolution { weight, bias },
            x_proj: builder.maybe_biased(&of("x_proj"), [inner, rank + 2 * states], false)?,
            dt_proj: builder.linear(&of("dt_proj"), [rank, inner])?,
            out_proj: map("out_proj", [inner, width], builder)?,
        })
    }

    /// What is scanned, and the gate: each a linear map of `x`.
    fn project_in(&self, x: Tensor<3>, pass: &Pass) -> [Tensor<3>; 2] {
        let Affine { weight, bias, mode } = map_of(&self.in_proj).affine(pass);
        let inner = bias.dims()[0] / 2;
        [0, inner].map(|from| {
            let weight = weight.clone().narrow(1, from, inner);
            linear(
                x.clone(),
                weight,
                bias.clone().narrow(0, from, inner),
                mode.clone(),
            )
        })
    }

    fn project_out(&self, x: Tensor<3>, pass: &Pass) -> Tensor<3> {
        map_of(&self.out_proj).forward(x, pass)
    }

    /// Convolution and scan. A sequence read from its end must not see its padding: that is 0, and
    /// so are the states there.
    fn scan(
        &self,
        u: Tensor<3>,
        direction: Direction,
        tokens: Option<&Tensor<3>>,
        pass: &Pass,
    ) -> Tensor<3> {
        let masked = |x: Tensor<3>| match (tokens, direction) {
            (Some(tokens), Direction::Leftwards) => x * tokens.clone(),
            _ => x,
        };
        let [inner, _, taps] = self.conv1d.weight.dims();
        let taps = Taps {
            weight: self.conv1d.weight.val().reshape([inner, taps]),
            bias: self.conv1d.bias.as_ref().map(Param::val),
        };
        let u = masked(silu(short_convolution(masked(u), taps, direction)));
        let selected = self.x_proj.forward(u.clone(), pass);
        let states = self.A_log.dims()[1];
        let rank = selected.dims()[2] - 2 * states;
        let steps = selected.clone().narrow(2, 0, rank);
        let selection = Selection {
            u,
            delta: softplus(self.dt_proj.forward(steps, pass)),
            a: self.A_log.val().exp().neg(),
            b: selected.clone().narrow(2, rank, states),
            c: selected.narrow(2, rank + states, states),
            d: self.D.val(),
        };
        selective_scan(selection, direction)
    }
}

/// A projection of the direction that has it.
fn map_of(map: &Option<Linear>) -> &Linear {
    let Some(map) = map else {
        panic!("caduceus: a direction without projections of its own was asked for them");
    };
    map
}

impl Mixer {
    pub(super) fn build(
        name: &str,
        config: &CaduceusConfig,
        builder: &mut Builder<'_>,
    ) -> Result<Self, Error> {
        let forth = Mamba::build(&format!("{name}.mamba_fwd"), true, config, builder)?;
        let has_maps = !config.bidirectional_weight_tie;
        let back = format!("{name}.mamba_rev");
        let back = if config.bidirectional {
            Some(Mamba::build(&back, has_maps, config, builder)?)
        } else {
            None
        };
        Ok(Self {
            mamba_fwd: forth,
            mamba_rev: back,
            multiplies: config.multiplies(),
            biased: config.ssm_cfg.bias,
        })
    }

    /// What both directions make of `x`, `[B, T, D]`.
    pub(super) fn forward(&self, x: Tensor<3>, reading: &Reading, pass: &Pass) -> Tensor<3> {
        let (forth, first) = (&self.mamba_fwd, reading.first);
        let Some(back) = &self.mamba_rev else {
            return self.branch([forth, forth], x, first, reading, pass);
        };
        let is_tied = back.in_proj.is_none();
        if is_tied && !self.multiplies {
            return self.sum(back, x, reading, pass);
        }
        let maps = if is_tied { forth } else { back };
        let one = self.branch([forth, forth], x.clone(), first, reading, pass);
        let other = self.branch([back, maps], x, first.reversed(), reading, pass);
        if self.multiplies {
            one * other
        } else {
            one + other
        }
    }

    /// One direction from end to end: its own scan between projections that may be another's.
    fn branch(
        &self,
        [own, maps]: [&Mamba; 2],
        x: Tensor<3>,
        direction: Direction,
        reading: &Reading,
        pass: &Pass,
    ) -> Tensor<3> {
        let [u, gate] = maps.project_in(x, pass);
        let y = own.scan(u, direction, reading.tokens.as_ref(), pass);
        maps.project_out(silu_gate(y, gate), pass)
    }

    /// The sum of two directions that share their projections, which are maps of each token: once
    /// for both.
    fn sum(&self, back: &Mamba, x: Tensor<3>, reading: &Reading, pass: &Pass) -> Tensor<3> {
        let (forth, tokens) = (&self.mamba_fwd, reading.tokens.as_ref());
        let [u, gate] = forth.project_in(x, pass);
        let y = forth.scan(u.clone(), reading.first, tokens, pass)
            + back.scan(u, reading.first.reversed(), tokens, pass);
        let y = forth.project_out(silu_gate(y, gate), pass);
        if self.biased {
            y + map_of(&forth.out_proj).affine(pass).bias.unsqueeze()
        } else {
            y
        }
    }
}
