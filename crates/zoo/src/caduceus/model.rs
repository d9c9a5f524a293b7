//! The model.

use std::path::Path;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use dissensus_layers::decoder;
use dissensus_lm::{
    Batch, CausalLanguageModel, Encoder, Error, MaskedLanguageModel, ModelConfig, ParameterRole,
    ParameterSource, Pass, Sizes, Start, TrainableModel, WeightNames, stored_integers,
};

use super::CaduceusConfig;
use super::complement::Complement;
use super::draws::rules;
use super::layers::{Backbone, Between};
use super::names::Names;
use super::roles::role;
use super::strands::{OtherStrands, paired};
use crate::family::Evidence;
use crate::parts::{Builder, check, kept};
use crate::published::seal::Sealed;
use crate::{DrawRule, Family, Published, TwinWeights};

/// Caduceus with a masked-language head: a burn module whose parameters are named as in published
/// files. The decoder is the word table, unless a model of one strand has one of its own.
///
/// A model that reads both strands (PS, `rcps`) has states of twice the width: the strand as given,
/// and the other one, aligned to it and with its channels in reverse. Its logits of a reverse
/// complement are the reverse complement of its logits.
///
/// There is no mask for padding in the published code. Here rows of a batch see nothing of the
/// padding behind them: each answers as if alone. What published code pads on the left is a letter
/// of the sequence.
///
/// No observer sees the passes: a hook is not called, and what needs one says that it saw nothing.
#[derive(Module, Debug)]
pub struct Caduceus {
    caduceus: Stack,
    lm_head: Option<Head>,
    #[module(skip)]
    config: CaduceusConfig,
}

/// What published code calls the encoder's parent.
#[derive(Module, Debug)]
struct Stack {
    backbone: Backbone,
}

/// A decoder of its own.
#[derive(Module, Debug)]
struct Head {
    /// `[V, D]`.
    weight: Param<Tensor<2>>,
}

/// What `fused_add_norm` says. For models of one strand both graphs give the same states; for
/// models of both strands they are two models, of which no test of reverse complements tells which
/// one the weights were trained in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CaduceusGraph {
    /// The strands change places before every layer: what the published weights were trained in.
    Fused,
    /// They do not.
    Unfused,
}

impl CaduceusGraph {
    fn is_fused(self) -> bool {
        self == Self::Fused
    }
}

impl CaduceusConfig {
    /// The graph.
    #[must_use]
    pub fn graph(&self) -> CaduceusGraph {
        if self.fused_add_norm {
            CaduceusGraph::Fused
        } else {
            CaduceusGraph::Unfused
        }
    }

    /// The same shape with another graph.
    #[must_use]
    pub fn with_graph(mut self, graph: CaduceusGraph) -> Self {
        self.fused_add_norm = graph.is_fused();
        self
    }
}

/// Which states are shown beside the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Show {
    None,
    /// What each layer reads.
    Streams,
    /// What each layer added, as the published list has it.
    Added,
}

impl Show {
    fn of(self, between: &Between<'_>) -> Option<Tensor<3>> {
        match self {
            Self::None => None,
            Self::Streams => Some(between.stream.clone()),
            Self::Added => Some(between.added.clone()),
        }
    }
}

impl Caduceus {
    /// The same weights in another graph.
    ///
    /// Which graph a file's weights were trained in is what its `fused_add_norm` says; the loss on
    /// real sequence tells.
    #[must_use]
    pub fn with_graph(mut self, graph: CaduceusGraph) -> Self {
        self.config = self.config.with_graph(graph);
        let wrapped = self.config.rcps && !graph.is_fused();
        self.caduceus.backbone = self.caduceus.backbone.with_wrapped_norms(wrapped);
        self
    }

    /// What m42-health/gfm-random-eval ran as pretrained Caduceus-PS: it sets `fused_add_norm` to
    /// false, so that the strands no longer change places, and the norms, whose names differ then,
    /// keep the 1 that they begin with. Of its published list of hidden states the last one is what
    /// the last layer read.
    #[must_use]
    pub fn unfused_with_fresh_norms(mut self) -> Self {
        if self.config.rcps {
            self.caduceus.backbone = self.caduceus.backbone.with_fresh_norms();
        }
        self.with_graph(CaduceusGraph::Unfused)
    }

    /// The last states of the strand as given and of the other one, aligned to it, `[B, T, D]` each
    /// and with their channels in one order: their mean at a base is the same whichever strand is
    /// given. `None` for models of one strand.
    #[must_use]
    pub fn strands(&self, batch: &Batch, pass: &Pass) -> Option<[Tensor<3>; 2]> {
        let pair = self.encode(batch, pass);
        let width = self.config.d_model;
        let half = |at: usize| pair.clone().narrow(2, at * width, width);
        let exchanged = self.exchanged(self.config.n_layer);
        self.config.rcps.then(|| {
            if exchanged {
                [half(1), half(0).flip([2])]
            } else {
                [half(0), half(1).flip([2])]
            }
        })
    }

    /// Whether the strands have changed places an odd number of times before a layer reads them.
    fn exchanged(&self, layers: usize) -> bool {
        self.config.exchanges() && layers % 2 == 1
    }

    fn complement(&self) -> Option<Complement> {
        self.config.complement().ok().flatten() // a model's configuration was checked
    }

    /// What is shown of every layer, and the last states.
    fn states(&self, batch: &Batch, pass: &Pass, show: Show) -> (Vec<Tensor<3>>, Tensor<3>) {
        let pass = &Pass::default().with_precision(pass.precision()); // without its observer
        let device = self.device();
        let tokens = kept(batch, &device);
        let exchanges = self.config.exchanges();
        let backbone = &self.caduceus.backbone;
        let read = |ids, seen: &mut dyn FnMut(Between<'_>)| {
            backbone.strand(ids, tokens.clone(), exchanges, pass, seen)
        };
        let mut shown = Vec::new();
        let ids = batch.id_tensor(&device.clone().inner());
        let first = read(ids, &mut |between| shown.extend(show.of(&between)));
        let Some(complement) = self.complement() else {
            return (shown, first);
        };
        let others = OtherStrands::new(batch, &complement, &device.inner());
        let mut layer = 0;
        let last = read(others.ids.clone(), &mut |between| {
            if let Some(other) = show.of(&between) {
                let aligned = others.aligned(other);
                shown[layer] = paired(shown[layer].clone(), aligned, self.exchanged(layer));
                layer += 1;
            }
        });
        let exchanged = self.exchanged(self.config.n_layer);
        (shown, paired(first, others.aligned(last), exchanged))
    }
}

impl Encoder for Caduceus {
    fn sizes(&self) -> Sizes {
        self.config.sizes()
    }

    fn device(&self) -> Device {
        self.caduceus.backbone.table().device()
    }

    fn encode(&self, batch: &Batch, pass: &Pass) -> Tensor<3> {
        self.states(batch, pass, Show::None).1
    }

    /// What each layer reads, a sum of residuals, and the last states behind their norm.
    fn hidden_states(&self, batch: &Batch, pass: &Pass) -> Vec<Tensor<3>> {
        let (mut shown, last) = self.states(batch, pass, Show::Streams);
        shown.push(last);
        shown
    }

    /// For a pair of strands the state that a token begins with: its own row, and its complement's
    /// in reverse.
    fn input_embeddings(&self) -> Tensor<2> {
        let table = self.caduceus.backbone.table();
        match self.complement() {
            None => table,
            Some(complement) => {
                let other = rows_of(&table, &complement).flip([1]);
                Tensor::cat(vec![table, other], 1)
            }
        }
    }

    fn parameter_role(&self, name: &str) -> ParameterRole {
        role(name, self.config.is_tied()).unwrap_or_else(|| ParameterRole::of_path(name))
    }
}

/// The rows of the complements.
fn rows_of(table: &Tensor<2>, complement: &Complement) -> Tensor<2> {
    let rows: Vec<i32> = complement.rows().iter().map(|&id| id as i32).collect();
    let rows = TensorData::new(rows, [complement.rows().len()]);
    let device = table.device().inner();
    table.clone().select(0, Tensor::from_data(rows, &device))
}

impl MaskedLanguageModel for Caduceus {
    /// # Panics
    /// If the model was read from files of the encoder alone and its decoder is not the word table;
    /// [`ZooModel::masked`](crate::ZooModel::masked) is none then.
    fn head(&self, states: Tensor<2>, pass: &Pass) -> Tensor<2> {
        assert!(
            self.has_head(),
            "caduceus: the files hold an encoder without a head"
        );
        let table = self.caduceus.backbone.table();
        let zeros = Tensor::zeros([table.dims()[0]], &table.device());
        let mode = Pass::default().with_precision(pass.precision());
        let decoded = |x, table| decoder(x, table, zeros.clone(), mode.mode(""));
        let Some(complement) = self.complement() else {
            let own = self.lm_head.as_ref().map(|head| head.weight.val());
            return decoded(states, own.unwrap_or(table));
        };
        let width = self.config.d_model;
        let half = |at: usize| states.clone().narrow(1, at * width, width);
        let other = rows_of(&table, &complement);
        decoded(half(0), table) + decoded(half(1).flip([1]), other)
    }
}

impl Caduceus {
    fn has_head(&self) -> bool {
        self.config.is_tied() || self.lm_head.is_some()
    }
}

impl TrainableModel for Caduceus {
    type Config = CaduceusConfig;

    fn config(&self) -> &CaduceusConfig {
        &self.config
    }

    fn build(
        config: &CaduceusConfig,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        config.check()?;
        let mut builder = Builder { source, device };
        let backbone = Backbone::build(config, &mut builder)?;
        let shape = [config.rows(), config.d_model];
        let lm_head = if config.is_tied() || config.is_bare {
            None
        } else {
            Some(Head {
                weight: builder.parameter("lm_head.weight", shape, Start::Gaussian)?,
            })
        };
        Ok(Self {
            caduceus: Stack { backbone },
            lm_head,
            config: config.clone(),
        })
    }

    fn names() -> &'static dyn WeightNames {
        &Names
    }

    fn initial(config: &CaduceusConfig, seed: u64) -> Box<dyn ParameterSource> {
        Box::new(TwinWeights::new(Family::Caduceus, rules(config), seed))
    }

    /// Published code takes the complements from here, and not from a configuration whose keys are
    /// in the order of text.
    fn integers(&self) -> Vec<(String, Vec<i64>)> {
        let complement = self.complement();
        let keys = complement.iter().flat_map(|complement| {
            let rows: Vec<i64> = complement.rows().iter().map(|&id| id.into()).collect();
            COMPLEMENTS.map(|key| (key.to_string(), rows.clone()))
        });
        keys.collect()
    }
}

/// Where files keep the complements.
const COMPLEMENTS: [&str; 2] = [
    "caduceus.backbone.embeddings.word_embeddings.complement_map",
    "lm_head.complement_map",
];

/// The complements that a file holds, which published code takes before those of the configuration.
fn stored_complement(
    folder: &Path,
    evidence: &Evidence,
    rows: usize,
) -> Result<Option<Complement>, Error> {
    let mut found: Option<Complement> = None;
    let keys = evidence.shapes.keys();
    for key in keys.filter(|key| key.ends_with("complement_map")) {
        let ids = stored_integers(folder, key)?;
        let fits = ids.len() == rows && ids.iter().all(|id| (0..rows as i64).contains(id));
        let expected = format!("{rows} ids below {rows} in tensor `{key}`");
        check(fits, "complement_map", ids.len(), &expected)?;
        let map = Complement::of_rows(ids.into_iter().map(|id| id as u32).collect())?;
        let same = found.as_ref().is_none_or(|found| *found == map);
        check(same, "complement_map", key, "one map in every tensor")?;
        found = Some(map);
    }
    Ok(found)
}

impl Sealed for Caduceus {
    /// The names of the tensors tell how a file was saved. What they say of the strands and of
    /// their exchange must be what the configuration says.
    fn settle(
        config: &mut CaduceusConfig,
        folder: &Path,
        evidence: &Evidence,
    ) -> Result<(), Error> {
        let has = |ending: &str| evidence.shape(ending).is_some();
        let pair = has("mixer.submodule.mamba_fwd.A_log");
        let expected = format!(
            "{pair}, as the names of the tensors say (`mixer.submodule.` for both strands)"
        );
        check(pair == config.rcps, "rcps", config.rcps, &expected)?;
        let fused = !has("norm_f.submodule.weight");
        let expected = format!(
            "{fused}, as the names of the tensors say (`norm_f.submodule.weight` where strands keep their places); \
             `load_in_graph` takes your choice"
        );
        let agrees = !config.rcps || fused == config.fused_add_norm;
        check(agrees, "fused_add_norm", config.fused_add_norm, &expected)?;
        config.is_bare = !config.is_tied() && !has("lm_head.weight");
        if config.rcps
            && let Some(stored) = stored_complement(folder, evidence, config.rows())?
        {
            config.complement_map = Some(stored.entries());
        }
        Ok(())
    }

    fn copies(config: &CaduceusConfig) -> Vec<(String, String)> {
        let mut copies = Vec::new();
        let [inner, head, table] = if config.rcps {
            [".submodule", "lm_head.lm_head.weight", ".embedding"]
        } else {
            ["", "lm_head.weight", ""]
        };
        if config.is_tied() {
            let table = format!("caduceus.backbone.embeddings.word_embeddings{table}.weight");
            copies.push((table, head.to_string()));
        }
        if config.bidirectional && config.bidirectional_weight_tie {
            let kinds = ["weight", "bias"]
                .into_iter()
                .take(1 + usize::from(config.ssm_cfg.bias));
            for kind in kinds {
                for (layer, map) in
                    (0..config.n_layer).flat_map(|l| [(l, "in_proj"), (l, "out_proj")])
                {
                    let of = |way: &str| {
                        format!("caduceus.backbone.layers.{layer}.mixer{inner}.{way}.{map}.{kind}")
                    };
                    copies.push((of("mamba_fwd"), of("mamba_rev")));
                }
            }
        }
        copies
    }

    fn masked(&self) -> Option<&dyn MaskedLanguageModel> {
        self.has_head().then_some(self as _)
    }

    fn causal(&self) -> Option<&dyn CausalLanguageModel> {
        None
    }
}

impl Published for Caduceus {
    const FAMILY: Family = Family::Caduceus;

    fn draws(config: &CaduceusConfig) -> Vec<DrawRule> {
        rules(config)
    }

    /// The embeddings and what each layer but the last added; then, in the fused graph alone, the
    /// last states.
    fn published_hidden_states(&self, batch: &Batch, pass: &Pass) -> Vec<Tensor<3>> {
        let (mut shown, last) = self.states(batch, pass, Show::Added);
        if self.config.fused_add_norm {
            shown.push(last);
        }
        shown
    }
}
