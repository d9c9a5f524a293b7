//! Opening folders, and making twins, of whatever family.

use std::path::Path;

use burn::tensor::Device;
use dissensus_lm::{ModelConfig, ParameterSource, Start, StoredWeights, WeightNames};
use serde_json::Value;

use crate::family::Evidence;
use crate::{Error, Family, Published, ZooModel};

/// Opens a folder of a published model, as its authors distribute it or [`ZooModel::save`] wrote
/// it.
///
/// The family is known by the names and shapes of the tensors, which the configuration must not
/// contradict.
///
/// | accepts | as |
/// |---|---|
/// | `model.safetensors`, or its shards with an index | f32, f16, bf16, f64; read tensor by tensor |
/// | where there is neither: `pytorch_model.bin`, or its shards | the same; no code of a pickle runs |
/// | names with and without `esm.`, `bert.`, `caduceus.` or `hyena.backbone.` in front | the same |
/// | no head | an encoder: [`ZooModel::masked`] and [`ZooModel::causal`] are none |
/// | a tied table or map stored twice | the one, if both agree |
/// | buffers, poolers, contact and classification heads | left out |
///
/// # Errors
/// [`Error::UnknownFamily`], [`Error::Contradiction`], [`Error::LeftOut`]; [`Error::Model`] for a
/// configuration that asks for what is not built here (it names the key), and for a tensor that is
/// missing, left over, of another shape or not finite; [`Error::TiedTensorsDiffer`].
pub fn load(folder: impl AsRef<Path>, device: &Device) -> Result<Box<dyn ZooModel>, Error> {
    let folder = folder.as_ref();
    let evidence = Evidence::of(folder)?;
    (entry(evidence.family(folder)?)?.open)(folder, &evidence, device)
}

/// [`load`] where the family is known at compile time, as for training.
///
/// # Errors
/// As [`load`]; [`Error::Contradiction`] if the folder holds another family.
pub fn load_as<M: Published>(folder: impl AsRef<Path>, device: &Device) -> Result<M, Error> {
    let folder = folder.as_ref();
    open_as(folder, &Evidence::of(folder)?, device)
}

/// A folder of which the evidence is known already, as one family.
pub(crate) fn open_as<M: Published>(
    folder: &Path,
    evidence: &Evidence,
    device: &Device,
) -> Result<M, Error> {
    let found = evidence.family(folder)?;
    if found == M::FAMILY {
        return open(folder, evidence, device);
    }
    Err(Error::Contradiction {
        folder: folder.to_path_buf(),
        config: M::FAMILY.name(),
        tensors: found.name(),
    })
}

/// A folder of Caduceus in a graph of the caller's choice, whatever its configuration says: the
/// names of the tensors tell only how the file was saved.
///
/// # Errors
/// As [`load_as`].
#[cfg(feature = "caduceus")]
pub fn load_in_graph(
    folder: impl AsRef<Path>,
    graph: crate::CaduceusGraph,
    device: &Device,
) -> Result<crate::Caduceus, Error> {
    let folder = folder.as_ref();
    let mut evidence = Evidence::of(folder)?;
    let saved_fused = evidence.shape("norm_f.submodule.weight").is_none();
    if evidence.config["rcps"] == true {
        evidence.config["fused_add_norm"] = saved_fused.into();
    }
    let model: crate::Caduceus = open_as(folder, &evidence, device)?;
    Ok(model.with_graph(graph))
}

/// A model of a published configuration (the contents of `config.json`) with fresh weights, drawn
/// as the published code draws them: the control that pretraining is measured against.
///
/// ```
/// use burn::tensor::Device;
/// use dissensus_zoo::random_twin;
/// let config = serde_json::json!({
///     "model_type": "bert", "pre_layer_norm": true, "vocab_size": 50, "hidden_size": 64,
///     "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16,
///     "max_position_embeddings": 8, "pad_token_id": 3
/// });
/// let twin = random_twin(&config, 7, &Device::flex())?;
/// let words = twin.input_embedding_values();
/// assert!(words[3 * 64..4 * 64].iter().all(|&w| w == 0.0)); // the padding row
/// let deviation = (words.iter().map(|w| w * w).sum::<f32>() / (49.0 * 64.0)).sqrt();
/// assert!((deviation - 0.02).abs() < 1e-3);
/// # Ok::<(), dissensus_zoo::Error>(())
/// ```
///
/// # Errors
/// [`Error::UnknownFamily`], [`Error::LeftOut`], [`Error::Model`], [`Error::NoDraw`].
pub fn random_twin(config: &Value, seed: u64, device: &Device) -> Result<Box<dyn ZooModel>, Error> {
    (entry(Family::of_config(config)?)?.twin)(config, seed, device)
}

/// A model of whatever family.
type Opened = Result<Box<dyn ZooModel>, Error>;

/// What the crate can do with a family that this build has.
struct Entry {
    family: Family,
    open: fn(&Path, &Evidence, &Device) -> Opened,
    twin: fn(&Value, u64, &Device) -> Opened,
}

impl Entry {
    const fn of<M: Published>() -> Self {
        Self {
            family: M::FAMILY,
            open: |folder, evidence, device| Ok(Box::new(open::<M>(folder, evidence, device)?)),
            twin: |config, seed, device| {
                let config: M::Config = parsed(config, Path::new("config.json"))?;
                Ok(Box::new(M::fresh(&config, seed, device)?))
            },
        }
    }
}

/// One line a family.
const ENTRIES: &[Entry] = &[
    #[cfg(feature = "esm")]
    Entry::of::<crate::Esm>(),
    #[cfg(feature = "mosaic-bert")]
    Entry::of::<crate::MosaicBert>(),
    #[cfg(feature = "gena")]
    Entry::of::<crate::Gena>(),
    #[cfg(feature = "caduceus")]
    Entry::of::<crate::Caduceus>(),
    #[cfg(feature = "hyena")]
    Entry::of::<crate::HyenaDna>(),
    #[cfg(feature = "mistral")]
    Entry::of::<crate::Mistral>(),
];

fn entry(family: Family) -> Result<&'static Entry, Error> {
    let found = ENTRIES.iter().find(|entry| entry.family == family);
    found.ok_or(Error::LeftOut {
        family: family.name(),
        feature: family.feature(),
    })
}

fn parsed<C: ModelConfig>(config: &Value, path: &Path) -> Result<C, Error> {
    let parsed = serde_json::from_value(config.clone());
    Ok(parsed.map_err(|error| dissensus_lm::Error::Malformed {
        path: path.to_path_buf(),
        problem: error.to_string(),
    })?)
}

fn open<M: Published>(folder: &Path, evidence: &Evidence, device: &Device) -> Result<M, Error> {
    let file = folder.join("config.json");
    let mut config: M::Config = parsed(&evidence.config, &file)?;
    M::settle(&mut config, folder, evidence)?;
    config.check().map_err(|error| error.in_file(&file))?;
    let mut weights = StoredWeights::open(folder, M::names())?;
    let model = M::build(&config, &mut weights, device)?;
    let copies = M::copies(&config);
    for (_, copy) in &copies {
        weights.leave_out(copy);
    }
    weights.finish()?;
    M::verify(&config, folder, evidence)?;
    let in_memory = M::one_in_memory(&config).iter();
    let in_files = copies.iter().map(|(first, copy)| [&first[..], &copy[..]]);
    for pair in in_memory
        .map(|&(first, copy)| [first, copy])
        .chain(in_files)
    {
        require_equal::<M>(pair, folder, evidence)?;
    }
    Ok(model)
}

/// Two tensors that are one in the model must not differ, where a file holds both.
fn require_equal<M: Published>(
    names: [&str; 2],
    folder: &Path,
    evidence: &Evidence,
) -> Result<(), Error> {
    let key = |name: &str| {
        let mut keys = evidence.shapes.keys();
        keys.find(|key| M::names().parameter(key).as_deref() == Some(name))
    };
    let [Some(first), Some(second)] = names.map(key) else {
        return Ok(());
    };
    require_same([first, second], folder, evidence)
}

/// Two keys of a folder must hold the same numbers.
pub(crate) fn require_same(
    [first, second]: [&str; 2],
    folder: &Path,
    evidence: &Evidence,
) -> Result<(), Error> {
    let (one, other) = (
        stored(folder, first, evidence)?,
        stored(folder, second, evidence)?,
    );
    let differ = one.iter().zip(&other).position(|(a, b)| a != b);
    match differ.or((one.len() != other.len()).then_some(0)) {
        None => Ok(()),
        Some(index) => Err(Error::TiedTensorsDiffer {
            folder: folder.to_path_buf(),
            first: first.to_string(),
            second: second.to_string(),
            index,
        }),
    }
}

/// A tensor of a folder as it is stored.
pub(crate) fn stored(folder: &Path, key: &str, evidence: &Evidence) -> Result<Vec<f32>, Error> {
    struct AsStored;
    impl WeightNames for AsStored {}
    let shape = evidence.shapes.get(key).cloned().unwrap_or_default();
    let mut weights = StoredWeights::open(folder, &AsStored)?;
    Ok(weights.values(key, &shape, Start::Zeros)?)
}
