//! Devices by name.

use burn::tensor::Device;

use crate::Error;

/// The device of this name: `cpu` (also `flex`), `ndarray`, `cuda`, `cuda:1`.
///
/// ```
/// let device = dissensus_bert::device("cpu")?;
/// assert!(dissensus_bert::device("abacus").is_err());
/// # Ok::<(), dissensus_bert::Error>(())
/// ```
///
/// # Errors
/// [`Error::UnknownDevice`]; [`Error::DeviceUnavailable`] if the crate was built without the feature, or the machine
/// has no such device.
pub fn device(name: &str) -> Result<Device, Error> {
    match name.split_once(':') {
        None if name == "cpu" || name == "flex" => Ok(Device::flex()),
        None if name == "ndarray" => ndarray(name),
        None if name == "cuda" => cuda(name, 0),
        Some(("cuda", index)) => match index.parse() {
            Ok(index) => cuda(name, index),
            Err(_) => Err(unknown(name)),
        },
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

#[cfg(not(feature = "cuda"))]
fn cuda(name: &str, _index: usize) -> Result<Device, Error> {
    Err(without_feature(name, "cuda"))
}

#[cfg(feature = "cuda")]
fn cuda(name: &str, index: usize) -> Result<Device, Error> {
    use burn::tensor::DeviceType;
    // Without a driver the runtime panics while it looks for devices.
    let found = std::panic::catch_unwind(|| Device::enumerate(DeviceType::Cuda).into_vec().len());
    let missing = match found {
        Ok(count) if index < count => return Ok(Device::cuda(index)),
        Ok(0) | Err(_) => {
            "no CUDA driver or no card answers on this machine (does `nvidia-smi` list one?)"
                .to_string()
        }
        Ok(count) => format!("this machine has {count} CUDA device(s), numbered from 0"),
    };
    Err(Error::DeviceUnavailable {
        name: name.into(),
        missing,
    })
}

#[cfg(not(all(feature = "cuda", feature = "ndarray")))]
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
        for name in ["", "gpu", "cuda:", "cuda:x", "cpu:0"] {
            assert!(
                matches!(device(name), Err(Error::UnknownDevice { .. })),
                "{name}"
            );
        }
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_device_left_out_of_the_build_says_how_to_get_it() {
        let message = device("cuda:1").unwrap_err().to_string();
        assert!(message.contains("--features cuda"), "{message}");
    }
}
