//! The precision of matrix products, as a program is told it.

use clap::ValueEnum;
use dissensus_lm::{Bf16Way, Precision};

/// What a program is told of its matrix products.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Products {
    /// Round the factors of products to bf16 where this CPU multiplies bf16 faster than single
    /// precision; `--bf16=rounding`: on any CPU, as to go on elsewhere with a run that rounds
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "fastest")]
    pub bf16: Option<Bf16Choice>,
}

/// When products round their factors to bf16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Bf16Choice {
    /// Where it is faster.
    Fastest,
    /// In any case.
    Rounding,
}

impl Products {
    /// The precision on a CPU that multiplies bf16 in this way.
    #[must_use]
    pub fn precision(self, way: Bf16Way) -> Precision {
        match self.bf16 {
            Some(Bf16Choice::Rounding) => Precision::Bf16,
            Some(Bf16Choice::Fastest) if way.beats_single() => Precision::Bf16,
            _ => Precision::Single,
        }
    }

    /// What is to be said of it, where bf16 was asked for.
    #[must_use]
    pub fn said(self, way: Bf16Way) -> Option<String> {
        self.bf16?;
        Some(match self.precision(way) {
            Precision::Bf16 => format!("products: {way}"),
            Precision::Single => "products: single precision, as nothing on this CPU is faster; --bf16=rounding rounds all the same".into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Arguments {
        files: Vec<PathBuf>,
        #[command(flatten)]
        products: Products,
    }

    fn of(words: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from([&["tool"], words].concat())
    }

    #[test]
    fn rounding_is_faster_or_asked_for_and_never_silent() {
        let asked = |choice| Products { bf16: Some(choice) };
        let fastest = asked(Bf16Choice::Fastest);
        for way in [Bf16Way::Tiles, Bf16Way::Pairs] {
            assert_eq!(fastest.precision(way), Precision::Bf16);
            let said = fastest.said(way).expect("a line");
            assert!(said.contains(&way.to_string()), "{said}");
        }
        assert_eq!(fastest.precision(Bf16Way::Rounded), Precision::Single);
        let said = fastest.said(Bf16Way::Rounded).expect("a line");
        assert!(said.contains("--bf16=rounding"), "{said}");
        let rounding = asked(Bf16Choice::Rounding);
        assert_eq!(rounding.precision(Bf16Way::Rounded), Precision::Bf16);
        let neither = Products::default();
        assert_eq!(neither.precision(Bf16Way::Tiles), Precision::Single);
        assert_eq!(neither.said(Bf16Way::Tiles), None);
    }

    #[test]
    fn the_option_takes_no_file_for_its_value() {
        let plain = of(&["--bf16", "genome.fa"]).expect("arguments");
        assert_eq!(plain.products.bf16, Some(Bf16Choice::Fastest));
        assert_eq!(plain.files, [PathBuf::from("genome.fa")]);
        let rounding = of(&["--bf16=rounding"]).expect("arguments");
        assert_eq!(rounding.products.bf16, Some(Bf16Choice::Rounding));
        assert!(of(&["--bf16=never"]).is_err());
        assert_eq!(of(&[]).expect("arguments").products.bf16, None);
    }
}
