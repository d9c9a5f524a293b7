//! Models as their own types, whose family is known only when their folder is read.

use std::path::Path;

use burn::tensor::Device;
use dissensus_lm::{CausalLanguageModel, MaskedLanguageModel};

use crate::family::Evidence;
use crate::load::open_as;
use crate::{Error, Family, Published};

/// What is done with a model whose family is known only when its folder is read: training, or
/// gradients of parameters, which need the model's own type and not a
/// [`ZooModel`](crate::ZooModel).
pub trait FamilyVisitor {
    /// What it gives back.
    type Output;

    /// Takes a model of an architecture that predicts masked tokens. If the files hold an encoder
    /// without a head, [`ZooModel::masked`](crate::ZooModel::masked) is none.
    fn masked<M: Published + MaskedLanguageModel>(self, model: M) -> Self::Output;

    /// Takes a model of an architecture that predicts next tokens.
    fn causal<M: Published + CausalLanguageModel>(self, model: M) -> Self::Output;
}

/// Opens a folder as [`load`](crate::load) does, and hands the model over as its own type.
///
/// ```
/// use burn::tensor::Device;
/// use dissensus_lm::{CausalLanguageModel, MaskedLanguageModel, parameter_shapes};
/// use dissensus_zoo::{FamilyVisitor, Published, random_twin, visit_model};
/// struct Count;
/// impl FamilyVisitor for Count {
///     type Output = usize;
///     fn masked<M: Published + MaskedLanguageModel>(self, model: M) -> usize {
///         parameter_shapes(&model).len()
///     }
///     fn causal<M: Published + CausalLanguageModel>(self, model: M) -> usize {
///         parameter_shapes(&model).len()
///     }
/// }
/// let config = serde_json::json!({
///     "alibi_starting_size": 512, "vocab_size": 30, "hidden_size": 12, "num_hidden_layers": 1,
///     "num_attention_heads": 3, "intermediate_size": 8
/// });
/// let folder = tempfile::tempdir()?;
/// let twin = random_twin(&config, 7, &Device::flex())?;
/// twin.save(folder.path())?;
/// assert_eq!(visit_model(folder.path(), &Device::flex(), Count)?, twin.parameters().len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`load`](crate::load).
pub fn visit_model<V: FamilyVisitor>(
    folder: impl AsRef<Path>,
    device: &Device,
    visitor: V,
) -> Result<V::Output, Error> {
    let folder = folder.as_ref();
    // One line a family, each once with its feature and once in the list of those left out.
    let evidence = Evidence::of(folder)?;
    Ok(match evidence.family(folder)? {
        #[cfg(feature = "esm")]
        Family::Esm => visitor.masked(open_as::<crate::Esm>(folder, &evidence, device)?),
        #[cfg(feature = "mosaic-bert")]
        Family::MosaicBert => {
            visitor.masked(open_as::<crate::MosaicBert>(folder, &evidence, device)?)
        }
        #[cfg(feature = "gena")]
        Family::Gena => visitor.masked(open_as::<crate::Gena>(folder, &evidence, device)?),
        #[cfg(feature = "caduceus")]
        Family::Caduceus => visitor.masked(open_as::<crate::Caduceus>(folder, &evidence, device)?),
        #[cfg(feature = "hyena")]
        Family::HyenaDna => visitor.causal(open_as::<crate::HyenaDna>(folder, &evidence, device)?),
        #[cfg(feature = "mistral")]
        Family::Mistral => visitor.causal(open_as::<crate::Mistral>(folder, &evidence, device)?),
        #[cfg(not(all(
            feature = "esm",
            feature = "mosaic-bert",
            feature = "gena",
            feature = "caduceus",
            feature = "hyena",
            feature = "mistral"
        )))]
        family => {
            return Err(Error::LeftOut {
                family: family.name(),
                feature: family.feature(),
            });
        }
    })
}
