//! Several devices, one after the other.

use burn::tensor::Device;

use crate::Error;
use crate::device::device;

/// The devices that share the work, at least one.
///
/// Training divides each batch between them
/// ([`Trainer::with_replicas`](crate::Trainer::with_replicas)). Of several models the `i`-th is on
/// device `i mod n` ([`Devices::of`]), and a random twin on the device behind that of its model, so
/// that their memory is divided too.
///
/// ```
/// use burn::tensor::Device;
/// use dissensus_lm::Devices;
/// let one = Devices::from(Device::flex());
/// assert_eq!((one.count(), one.of(5) == one.first()), (1, true));
/// assert!(Devices::new(Vec::new()).is_err());
/// # Ok::<(), dissensus_lm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Devices {
    first: Device,
    others: Vec<Device>,
}

impl Devices {
    /// These devices, in this order; the same one may be there several times.
    ///
    /// # Errors
    /// [`Error::NoDevice`] for an empty list.
    pub fn new(devices: Vec<Device>) -> Result<Self, Error> {
        let mut devices = devices.into_iter();
        let first = devices.next().ok_or(Error::NoDevice)?;
        let others = devices.collect();
        Ok(Self { first, others })
    }

    /// Where models are trained and evaluated, and what needs one device is computed.
    #[must_use]
    pub fn first(&self) -> &Device {
        &self.first
    }

    /// All but the first.
    #[must_use]
    pub fn others(&self) -> &[Device] {
        &self.others
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        1 + self.others.len()
    }

    /// The device of the `index`-th of several models: number `index mod n` of `n`.
    #[must_use]
    pub fn of(&self, index: usize) -> &Device {
        match index % self.count() {
            0 => &self.first,
            other => &self.others[other - 1],
        }
    }
}

impl From<Device> for Devices {
    fn from(first: Device) -> Self {
        let others = Vec::new();
        Self { first, others }
    }
}

/// The devices of a list of names with commas between them, as [`device()`] knows them; the
/// processor's may be named several times.
///
/// ```
/// use dissensus_lm::devices;
/// assert_eq!(devices("cpu, cpu")?.count(), 2);
/// assert!(devices("").is_err());
/// # Ok::<(), dissensus_lm::Error>(())
/// ```
///
/// # Errors
/// Those of [`device()`], for an empty list too; [`Error::DeviceTwice`] for a card that is named
/// twice.
pub fn devices(names: &str) -> Result<Devices, Error> {
    let mut found = Vec::new();
    for name in names.split(',').map(str::trim) {
        let device = device(name)?;
        let of_processor = matches!(name, "cpu" | "flex" | "ndarray");
        if !of_processor && found.contains(&device) {
            return Err(Error::DeviceTwice { name: name.into() });
        }
        found.push(device);
    }
    Devices::new(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_name_spoils_a_list_and_is_told() {
        for (list, bad) in [
            ("", ""),
            ("cpu,", ""),
            ("cpu,abacus", "abacus"),
            ("cpu,,cpu", ""),
        ] {
            match devices(list) {
                Err(Error::UnknownDevice { name }) => assert_eq!(name, bad, "{list}"),
                other => panic!("{list}: {other:?}"),
            }
        }
    }

    #[test]
    fn models_go_to_the_devices_in_turn() {
        let two = Devices::new(vec![Device::flex(), Device::flex().autodiff()]).unwrap();
        for index in 0..6 {
            let found = two.of(index).is_autodiff();
            assert_eq!(found, index % 2 == 1, "{index}");
        }
        assert_eq!((two.count(), two.others().len()), (2, 1));
        assert!(!two.first().is_autodiff() && two.others()[0].is_autodiff());
        assert!(matches!(Devices::new(Vec::new()), Err(Error::NoDevice)));
    }
}
