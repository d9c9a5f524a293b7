//! What the analyses and the trainer ask of a model.

use std::fmt::Debug;
use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use dissensus_layers::gather_rows;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::batch::index_tensor;
use crate::files::read;
use crate::parameters::floats;
use crate::weights::{ModelFolder, StoredWeights, Tensors};
use crate::{
    Batch, Constant, Error, Masked, ParameterRole, ParameterSource, Pass, TiedTable, WeightNames,
};

/// The sizes of a model that its callers need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sizes {
    /// Number of tokens, `V`: ids are below it.
    pub vocabulary: usize,
    /// Longest sequence, in tokens.
    pub positions: usize,
    /// Width of the hidden states, `H`.
    pub width: usize,
    /// Number of layers, `L`.
    pub layers: usize,
    /// The id that pads short rows of a batch; the model gives the same results whichever it is.
    pub padding: u32,
}

/// A model that turns sequences of tokens into hidden states.
pub trait Encoder: Send + Sync {
    /// Its sizes.
    fn sizes(&self) -> Sizes;

    /// The device its parameters are on, with autodiff if they track gradients.
    fn device(&self) -> Device;

    /// The last hidden states, `[B, T, H]`. A row depends on its own tokens only, not on padding.
    fn encode(&self, batch: &Batch, pass: &Pass) -> Tensor<3>;

    /// The hidden states `[B, T, H]` after the embeddings and after each layer, `L + 1` of them.
    fn hidden_states(&self, batch: &Batch, pass: &Pass) -> Vec<Tensor<3>>;

    /// The table of input embeddings, `[V, H]`.
    fn input_embeddings(&self) -> Tensor<2>;

    /// The table of input embeddings, row-major `[V, H]`.
    fn input_embedding_values(&self) -> Vec<f32> {
        floats(self.input_embeddings().inner())
    }

    /// What a parameter of this name is for; by default what its path tells.
    fn parameter_role(&self, name: &str) -> ParameterRole {
        ParameterRole::of_path(name)
    }

    /// Whether every parameter belongs to an operation of `dissensus-layers` that shows itself to
    /// the observer of a [`Pass`] where operations are fused. Then gradients of single examples can
    /// be formed from one backward pass.
    fn shows_every_parameter(&self) -> bool {
        false
    }
}

/// An encoder that says which tokens could stand at a position, from what stands on both sides of
/// it.
pub trait MaskedLanguageModel: Encoder {
    /// The head alone: logits `[M, V]` of last hidden states `[M, H]`.
    fn head(&self, states: Tensor<2>, pass: &Pass) -> Tensor<2>;

    /// The logits `[M, V]` at `M` positions, given by [`Batch::flat`].
    ///
    /// # Panics
    /// If a position is outside the batch.
    fn logits_at(&self, batch: &Batch, positions: &[usize], pass: &Pass) -> Tensor<2> {
        let states = self.encode(batch, pass);
        let indices = index_tensor(positions.iter().copied(), &states.device().inner());
        self.head(gather_rows(states, indices), pass)
    }

    /// The logits `[B, T, V]` at every position.
    fn logits(&self, batch: &Batch, pass: &Pass) -> Tensor<3> {
        let states = self.encode(batch, pass);
        let [rows, time, width] = states.dims();
        let logits = self.head(states.reshape([rows * time, width]), pass);
        let vocabulary = logits.dims()[1];
        logits.reshape([rows, time, vocabulary])
    }

    /// The logits `[positions, V]` at the masked positions of a few sequences, in their order; none
    /// if nothing is masked.
    ///
    /// # Errors
    /// Those of [`Batch::new`].
    fn logits_at_masked(&self, masked: &[Masked], pass: &Pass) -> Result<Option<Tensor<2>>, Error> {
        let (batch, positions) = Masked::batch(masked, &self.sizes())?;
        Ok((!positions.is_empty()).then(|| self.logits_at(&batch, &positions, pass)))
    }
}

/// An encoder whose state at a position depends on no later token, and that says which token comes
/// next.
pub trait CausalLanguageModel: Encoder {
    /// The logits `[M, V]` of the tokens that follow `M` positions, given by [`Batch::flat`].
    ///
    /// # Panics
    /// If a position is outside the batch.
    fn next_logits(&self, batch: &Batch, positions: &[usize], pass: &Pass) -> Tensor<2>;
}

macro_rules! through_a_box {
    ($($method:ident($($argument:ident: $kind:ty),*) -> $result:ty;)*) => {
        $(fn $method(&self, $($argument: $kind),*) -> $result {
            (**self).$method($($argument),*)
        })*
    };
}

impl<M: Encoder + ?Sized> Encoder for Box<M> {
    through_a_box! {
        sizes() -> Sizes;
        device() -> Device;
        encode(batch: &Batch, pass: &Pass) -> Tensor<3>;
        hidden_states(batch: &Batch, pass: &Pass) -> Vec<Tensor<3>>;
        input_embeddings() -> Tensor<2>;
        input_embedding_values() -> Vec<f32>;
        parameter_role(name: &str) -> ParameterRole;
        shows_every_parameter() -> bool;
    }
}

impl<M: MaskedLanguageModel + ?Sized> MaskedLanguageModel for Box<M> {
    through_a_box! {
        head(states: Tensor<2>, pass: &Pass) -> Tensor<2>;
        logits_at(batch: &Batch, positions: &[usize], pass: &Pass) -> Tensor<2>;
        logits(batch: &Batch, pass: &Pass) -> Tensor<3>;
        logits_at_masked(masked: &[Masked], pass: &Pass) -> Result<Option<Tensor<2>>, Error>;
    }
}

impl<M: CausalLanguageModel + ?Sized> CausalLanguageModel for Box<M> {
    through_a_box! {
        next_logits(batch: &Batch, positions: &[usize], pass: &Pass) -> Tensor<2>;
    }
}

/// The configuration of an architecture: what `config.json` says.
pub trait ModelConfig:
    Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The models of this shape.
    type Model: TrainableModel<Config = Self>;

    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Config`], naming the first field that is wrong.
    fn check(&self) -> Result<(), Error>;

    /// The sizes of its models.
    fn sizes(&self) -> Sizes;

    /// The contents of `config.json`.
    fn to_json(&self) -> String {
        let mut value = serde_json::json!(self);
        value["dtype"] = "float32".into();
        format!("{value:#}\n")
    }

    /// Reads and checks `config.json` in a folder.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Malformed`], [`Error::Config`].
    fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("config.json");
        // An object first: an empty list would else take every default that there is.
        let fields: Map<String, Value> = serde_json::from_slice(&read(&path)?)
            .map_err(|error| Error::malformed(&path, error))?;
        let config: Self = serde_json::from_value(Value::Object(fields))
            .map_err(|error| Error::malformed(&path, error))?;
        config.check().map_err(|error| error.in_file(&path))?;
        Ok(config)
    }
}

/// A burn module that can be made anew, stored and trained.
///
/// `config`, `build` and `names` are the architecture's; the rest follows from them.
pub trait TrainableModel: Module + Encoder + 'static {
    /// Its shape.
    type Config: ModelConfig<Model = Self>;

    /// The shape of this model.
    fn config(&self) -> &Self::Config;

    /// A model whose parameters have their values from a source, asked for in the order of the
    /// module's fields.
    ///
    /// # Errors
    /// [`Error::Config`], and those of the source.
    fn build(
        config: &Self::Config,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error>;

    /// How its files name its parameters.
    fn names() -> &'static dyn WeightNames;

    /// How the values of a model begin that nobody has trained.
    fn initial(config: &Self::Config, seed: u64) -> Box<dyn ParameterSource>;

    /// A model with fresh weights; every parameter draws from its own stream of the seed, so the
    /// weights are the same on every device.
    ///
    /// # Errors
    /// [`Error::Config`].
    fn fresh(config: &Self::Config, seed: u64, device: &Device) -> Result<Self, Error> {
        Self::build(config, &mut *Self::initial(config, seed), device)
    }

    /// Opens a folder that holds `config.json` and weights: safetensors or, where there are none,
    /// pickles of which no code runs; a whole file or shards.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Malformed`], [`Error::Config`], [`Error::MissingTensor`],
    /// [`Error::ExtraTensors`], [`Error::Shape`], [`Error::NonFiniteWeight`].
    fn open(folder: &Path, device: &Device) -> Result<Self, Error> {
        let config = Self::Config::open(folder)?;
        let mut weights = StoredWeights::open(folder, Self::names())?;
        let model = Self::build(&config, &mut weights, device)?;
        weights.finish()?;
        Ok(model)
    }

    /// The two parameters of its [`untied`](Self::untied) copy that hold one table, if it decodes
    /// with its word table.
    fn tied_table(&self) -> Option<TiedTable> {
        None
    }

    /// The same model with a decoder of its own in place of a tied table, so that the gradients of
    /// the table's two sides come apart; by default the model itself.
    #[must_use]
    fn untied(self) -> Self {
        self
    }

    /// Whole numbers that its files hold beside the parameters, by their keys.
    fn integers(&self) -> Vec<(String, Vec<i64>)> {
        Vec::new()
    }

    /// What files of it hold beside the parameters.
    fn constants(&self) -> Vec<Constant> {
        Vec::new()
    }

    /// The model on its way into a folder.
    fn folder<'a>(&'a self, folder: &'a Path) -> ModelFolder<'a, Self::Config> {
        let mut tensors = Tensors::of_model(self);
        for (key, values) in self.integers() {
            tensors.push_integers(key, &values);
        }
        ModelFolder::new(folder, self.config(), tensors)
    }
}
