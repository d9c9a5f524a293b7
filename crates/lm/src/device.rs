//! Devices by name.

use burn::tensor::Device;

use crate::Error;

/// What a name may be, for messages.
pub(crate) const NAMES: &str =
    "cpu, ndarray, cuda, wgpu or vulkan, the last three also with a number as in cuda:1";

/// The device of this name: `cpu` (also `flex`), `ndarray`, `cuda`, `wgpu`, `vulkan`, the last
/// three also with a number as in `cuda:1`.
///
/// ```
/// let device = dissensus_lm::device("cpu")?;
/// assert!(dissensus_lm::device("abacus").is_err());
/// # Ok::<(), dissensus_lm::Error>(())
/// ```
///
/// # Errors
/// [`Error::UnknownDevice`]; [`Error::DeviceUnavailable`] if the crate was built without the
/// feature, or the machine has no such device.
pub fn device(name: &str) -> Result<Device, Error> {
    let (kind, index) = match name.split_once(':') {
        Some((kind, index)) => match index.parse() {
            Ok(index) => (kind, Some(index)),
            Err(_) => return Err(unknown(name)),
        },
        None => (name, None),
    };
    match (kind, index) {
        ("cpu" | "flex", None) => Ok(Device::flex()),
        ("ndarray", None) => ndarray(name),
        ("cuda", index) => cuda(name, index.unwrap_or(0)),
        ("wgpu", index) => wgpu(name, index.unwrap_or(0)),
        ("vulkan", index) => vulkan(name, index.unwrap_or(0)),
        _ => Err(unknown(name)),
    }
}

fn unknown(name: &str) -> Error {
    Error::UnknownDevice { name: name.into() }
}

#[cfg(feature = "ndarray")]
#[expect(
    deprecated,
    reason = "deprecated upstream, still a supported feature here"
)]
fn ndarray(_name: &str) -> Result<Device, Error> {
    Ok(Device::ndarray())
}

#[cfg(not(feature = "ndarray"))]
fn ndarray(name: &str) -> Result<Device, Error> {
    Err(without_feature(name, "ndarray"))
}

#[cfg(feature = "cuda")]
fn cuda(name: &str, index: usize) -> Result<Device, Error> {
    let missing = "no CUDA driver or no card answers on this machine (does `nvidia-smi` list one?)";
    listed(name, burn::tensor::DeviceType::Cuda, index, missing)
}

#[cfg(not(feature = "cuda"))]
fn cuda(name: &str, _index: usize) -> Result<Device, Error> {
    Err(without_feature(name, "cuda"))
}

#[cfg(feature = "wgpu")]
fn wgpu(name: &str, index: usize) -> Result<Device, Error> {
    let missing = "no graphics adapter answers on this machine (is its driver installed?)";
    listed(name, burn::tensor::DeviceType::Wgpu, index, missing)
}

#[cfg(not(feature = "wgpu"))]
fn wgpu(name: &str, _index: usize) -> Result<Device, Error> {
    Err(without_feature(name, "wgpu"))
}

#[cfg(feature = "vulkan")]
fn vulkan(name: &str, index: usize) -> Result<Device, Error> {
    let missing =
        "no Vulkan driver answers on this machine (does `vulkaninfo --summary` list one?)";
    listed(name, burn::tensor::DeviceType::Vulkan, index, missing)
}

#[cfg(not(feature = "vulkan"))]
fn vulkan(name: &str, _index: usize) -> Result<Device, Error> {
    Err(without_feature(name, "vulkan"))
}

/// The device of this number among those of a kind that the machine has.
#[cfg(any(feature = "cuda", feature = "wgpu"))]
fn listed(
    name: &str,
    kind: burn::tensor::DeviceType,
    index: usize,
    none: &str,
) -> Result<Device, Error> {
    // Without a driver the runtime panics while it looks for devices.
    let found = std::panic::catch_unwind(|| Device::enumerate(kind).into_vec()).unwrap_or_default();
    let missing = match found.len() {
        0 => none.to_string(),
        count => format!("this machine has {count} of this kind, numbered from 0"),
    };
    let unavailable = Error::DeviceUnavailable {
        name: name.into(),
        missing,
    };
    found.into_iter().nth(index).ok_or(unavailable)
}

#[cfg(not(all(feature = "cuda", feature = "ndarray", feature = "vulkan")))]
fn without_feature(name: &str, feature: &str) -> Error {
    let missing = format!(
        "this program was built without the feature `{feature}`; build it with `--features {feature}`"
    );
    Error::DeviceUnavailable {
        name: name.into(),
        missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_an_error() {
        for name in [
            "",
            "gpu",
            "cuda:",
            "cuda:x",
            "cpu:0",
            "wgpu:-1",
            "ndarray:1",
        ] {
            assert!(
                matches!(device(name), Err(Error::UnknownDevice { .. })),
                "{name}"
            );
        }
    }

    #[cfg(not(any(feature = "cuda", feature = "wgpu")))]
    #[test]
    fn a_device_left_out_of_the_build_says_how_to_get_it() {
        for (name, feature) in [("cuda:1", "cuda"), ("wgpu", "wgpu"), ("vulkan:0", "vulkan")] {
            let message = device(name).unwrap_err().to_string();
            assert!(
                message.contains(&format!("--features {feature}")),
                "{message}"
            );
        }
    }
}
