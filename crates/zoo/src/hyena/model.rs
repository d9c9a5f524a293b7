//! The model.

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use dissensus_lm::{
    Batch, CausalLanguageModel, Constant, Encoder, Error, MaskedLanguageModel, ModelConfig,
    ParameterRole, ParameterSource, Pass, Sizes, Start, TrainableModel, WeightNames,
};

use super::HyenaDnaConfig;
use super::draws::{rules, rules_of_pretraining};
use super::layers::{self, Layer};
use super::names::{Names, repeats_frequencies};
use super::roles::role;
use crate::family::Evidence;
use crate::load::require_same;
use crate::parts::{Builder, LayerNorm, Linear, Table, rows_at};
use crate::published::seal::Sealed;
use crate::{DrawRule, Family, Published, TwinWeights};

/// HyenaDNA with a next-token head: a burn module whose parameters are named as in published files,
/// but for the filter networks, whose maps are numbered one by one.
///
/// Linear weights are `[inputs, outputs]` in memory and `[outputs, inputs]` in files. There are no
/// positions but the order of the tokens, and no mask: a batch pads on the right, where nothing
/// that counts sees it. The published tokenizer pads on the left, where the model takes padding for
/// letters; `dissensus_lm::batch_padded_left` does the same.
///
/// The hidden states are the embeddings, what leaves every layer but the last, and what leaves the
/// last behind the final norm; the published list has what leaves the last before that norm too.
#[derive(Module, Debug)]
pub struct HyenaDna {
    hyena: Outer,
    lm_head: Option<Linear>,
    #[module(skip)]
    config: HyenaDnaConfig,
}

/// What published code calls the encoder's parent.
#[derive(Module, Debug)]
struct Outer {
    backbone: Backbone,
}

#[derive(Module, Debug)]
struct Backbone {
    embeddings: Embeddings,
    layers: Vec<Layer>,
    ln_f: LayerNorm,
}

#[derive(Module, Debug)]
struct Embeddings {
    word_embeddings: Table,
}

impl HyenaDna {
    /// A twin drawn as the code draws that the models were pretrained with: the maps that end a
    /// half layer are narrower by `√(2L)` than [`random_twin`](crate::random_twin) has them, which
    /// follows the code beside the published weights.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn twin_of_pretraining(
        config: &HyenaDnaConfig,
        seed: u64,
        device: &Device,
    ) -> Result<Self, Error> {
        let mut source = TwinWeights::new(Family::HyenaDna, rules_of_pretraining(config), seed);
        Self::build(config, &mut source, device)
    }

    fn states(&self, batch: &Batch, pass: &Pass, seen: &mut dyn FnMut(&Tensor<3>)) -> Tensor<3> {
        require_neighbours(batch);
        let backbone = &self.hyena.backbone;
        let table = &backbone.embeddings.word_embeddings;
        let ids = batch.id_tensor(&table.values().device().inner());
        let embedded = table.rows(ids, pass);
        seen(&embedded);
        let last = layers::forward(&backbone.layers, embedded, pass, seen);
        let last = backbone.ln_f.forward(last, pass);
        seen(&last);
        last
    }
}

/// Tokens of a row follow each other: a convolution has no place for what is left out.
fn require_neighbours(batch: &Batch) {
    let Some(positions) = batch.positions() else {
        return;
    };
    let rows = positions.chunks(batch.time().max(1)).zip(batch.lengths());
    for (row, &length) in rows {
        assert!(
            row[..length].windows(2).all(|pair| pair[1] == pair[0] + 1),
            "HyenaDNA: expected the tokens of a sequence side by side, without any left out"
        );
    }
}

impl Encoder for HyenaDna {
    fn sizes(&self) -> Sizes {
        self.config.sizes()
    }

    fn device(&self) -> Device {
        self.input_embeddings().device()
    }

    /// # Panics
    /// If positions of the batch leave tokens out.
    fn encode(&self, batch: &Batch, pass: &Pass) -> Tensor<3> {
        self.states(batch, pass, &mut |_| ())
    }

    fn hidden_states(&self, batch: &Batch, pass: &Pass) -> Vec<Tensor<3>> {
        let mut states = self.published_hidden_states(batch, pass);
        let before_the_norm = states.len() - 2;
        states.remove(before_the_norm);
        states
    }

    fn input_embeddings(&self) -> Tensor<2> {
        self.hyena.backbone.embeddings.word_embeddings.values()
    }

    fn parameter_role(&self, name: &str) -> ParameterRole {
        role(name).unwrap_or_else(|| ParameterRole::of_path(name))
    }
}

impl CausalLanguageModel for HyenaDna {
    /// # Panics
    /// If the model was read from files of the backbone alone;
    /// [`ZooModel::causal`](crate::ZooModel::causal) is none then.
    fn next_logits(&self, batch: &Batch, positions: &[usize], pass: &Pass) -> Tensor<2> {
        let Some(head) = &self.lm_head else {
            panic!("HyenaDNA: the files hold a backbone without a head");
        };
        head.forward(rows_at(self.encode(batch, pass), positions), pass)
    }
}

impl TrainableModel for HyenaDna {
    type Config = HyenaDnaConfig;

    fn config(&self) -> &HyenaDnaConfig {
        &self.config
    }

    fn build(
        config: &HyenaDnaConfig,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        config.check()?;
        let mut builder = Builder { source, device };
        let (rows, width) = (config.rows(), config.d_model);
        let words = "hyena.backbone.embeddings.word_embeddings";
        let backbone = Backbone {
            embeddings: Embeddings {
                word_embeddings: builder.table(words, [rows, width], Start::Gaussian)?,
            },
            layers: layers::build(config, &mut builder)?,
            ln_f: builder.norm("hyena.backbone.ln_f", width, config.layer_norm_epsilon)?,
        };
        let lm_head = if config.is_bare {
            None
        } else {
            Some(builder.maybe_biased("lm_head", [width, rows], false)?)
        };
        Ok(Self {
            hyena: Outer { backbone },
            lm_head,
            config: config.clone(),
        })
    }

    fn names() -> &'static dyn WeightNames {
        &Names
    }

    fn initial(config: &HyenaDnaConfig, seed: u64) -> Box<dyn ParameterSource> {
        Box::new(TwinWeights::new(Family::HyenaDna, rules(config), seed))
    }

    fn constants(&self) -> Vec<Constant> {
        let layers = self.hyena.backbone.layers.iter();
        layers
            .flat_map(|layer| layer.constants(&self.config))
            .collect()
    }
}

impl Sealed for HyenaDna {
    fn settle(config: &mut HyenaDnaConfig, _: &Path, evidence: &Evidence) -> Result<(), Error> {
        config.is_bare = evidence.shape("lm_head.weight").is_none();
        Ok(())
    }

    /// All sines of a filter share their frequencies: files that repeat them must agree.
    fn verify(_: &HyenaDnaConfig, folder: &Path, evidence: &Evidence) -> Result<(), crate::Error> {
        for key in evidence
            .shapes
            .keys()
            .filter(|key| repeats_frequencies(key))
        {
            if let Some((before, _)) = key.split_once("implicit_filter.") {
                let first = format!("{before}implicit_filter.1.freq");
                require_same([&first, key], folder, evidence)?;
            }
        }
        Ok(())
    }

    fn masked(&self) -> Option<&dyn MaskedLanguageModel> {
        None
    }

    fn causal(&self) -> Option<&dyn CausalLanguageModel> {
        self.lm_head.as_ref().map(|_| self as _)
    }
}

impl Published for HyenaDna {
    const FAMILY: Family = Family::HyenaDna;

    fn draws(config: &HyenaDnaConfig) -> Vec<DrawRule> {
        rules(config)
    }

    fn published_hidden_states(&self, batch: &Batch, pass: &Pass) -> Vec<Tensor<3>> {
        let mut states = Vec::new();
        self.states(batch, pass, &mut |state| states.push(state.clone()));
        states
    }
}
