//! Floating-point numbers as they lie in files.

/// A format of numbers, little endian.
#[derive(Clone, Copy)]
pub(super) enum Float {
    Half,
    Single,
    Double,
}

impl Float {
    pub fn size(self) -> usize {
        match self {
            Self::Half => 2,
            Self::Single => 4,
            Self::Double => 8,
        }
    }

    /// Rounds numbers to `f32`; bytes that fill no whole number are left out.
    pub fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::Half => words(bytes).map(|b| half(u16::from_le_bytes(b))).collect(),
            Self::Single => words(bytes).map(f32::from_le_bytes).collect(),
            Self::Double => words(bytes).map(|b| f64::from_le_bytes(b) as f32).collect(),
        }
    }
}

fn words<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks().0.iter().copied()
}

/// A number of 1 + 5 + 10 bits.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let rest = u32::from(bits & 0x7fff);
    if rest >= 0x7c00 {
        return if rest == 0x7c00 {
            sign * f32::INFINITY
        } else {
            f32::NAN
        };
    }
    // The exponent, moved to its place in an f32, lacks the difference of the biases, 127 − 15.
    sign * f32::from_bits(rest << 13) * 2_f32.powi(112)
}

#[cfg(test)]
mod tests {
    use super::half;

    #[test]
    fn half_precision_is_that_of_the_standard() {
        assert_eq!(half(0x3c00), 1.0);
        assert_eq!(half(0xc100), -2.5);
        assert_eq!(half(0x0001), 2_f32.powi(-24));
        assert_eq!(half(0x7bff), 65504.0);
        assert_eq!(half(0x7c00), f32::INFINITY);
        assert!(half(0x7e00).is_nan());
    }
}
