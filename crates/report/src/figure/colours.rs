//! One meaning for a colour.

use plotters::style::RGBColor;

/// The colours of a page: who came first has the first colour, everywhere.
///
/// The first six subjects get colours that stay apart for readers who cannot tell red, green or
/// blue; further ones are grey and told apart by their labels, because a seventh colour could not
/// be told apart from the six.
///
/// ```
/// use dissensus_report::Colours;
/// let mut colours = Colours::default();
/// colours.register("text");
/// colours.register("dna");
/// assert_eq!(colours.index("dna"), Some(1));
/// assert_eq!(colours.index("never seen"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Colours {
    subjects: Vec<String>,
}

impl Colours {
    /// Gives a subject a colour, unless it has one.
    pub fn register(&mut self, subject: &str) {
        if !subject.is_empty() && !self.subjects.iter().any(|s| s == subject) {
            self.subjects.push(subject.into());
        }
    }

    /// The subjects that have a colour of their own, in order.
    pub fn subjects(&self) -> impl Iterator<Item = &str> {
        self.subjects.iter().take(LIGHT.len()).map(String::as_str)
    }

    /// Which colour a subject has; `None` for grey.
    #[must_use]
    pub fn index(&self, subject: &str) -> Option<usize> {
        self.subjects
            .iter()
            .position(|s| s == subject)
            .filter(|&at| at < LIGHT.len())
    }

    pub(super) fn of(&self, subject: &str) -> RGBColor {
        let (r, g, b) = self.index(subject).map_or(GREY.0, |at| LIGHT[at]);
        RGBColor(r, g, b)
    }
}

/// A colour on light paper and the same on dark.
pub(crate) type Shades = ((u8, u8, u8), (u8, u8, u8));

/// The six colours on light paper.
pub(crate) const LIGHT: [(u8, u8, u8); 6] = [
    (0, 101, 173),
    (191, 78, 0),
    (4, 68, 35),
    (137, 44, 109),
    (123, 59, 219),
    (16, 3, 26),
];

/// The same six on dark paper.
pub(crate) const DARK: [(u8, u8, u8); 6] = [
    (92, 179, 242),
    (255, 157, 92),
    (186, 241, 211),
    (246, 89, 147),
    (192, 91, 253),
    (243, 241, 44),
];

/// Whatever has no colour of its own.
pub(crate) const GREY: Shades = ((95, 102, 112), (176, 184, 196));
/// Words and axes.
pub(crate) const INK: Shades = ((27, 35, 48), (232, 236, 242));
/// Words of second rank.
pub(crate) const MUTED: Shades = ((86, 96, 114), (167, 176, 191));
/// The lines of the grid.
pub(crate) const GRID: Shades = ((223, 227, 234), (44, 52, 66));
/// What is drawn on.
pub(crate) const PAPER: Shades = ((255, 255, 255), (20, 24, 31));

#[cfg(test)]
mod tests {
    use super::*;

    type Three = [f64; 3];

    fn linear((r, g, b): (u8, u8, u8)) -> Three {
        [r, g, b].map(|v| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 {
                v / 12.92
            } else {
                ((v + 0.055) / 1.055).powf(2.4)
            }
        })
    }

    fn times(matrix: &[Three; 3], v: Three) -> Three {
        matrix.map(|row| row.iter().zip(v).map(|(a, b)| a * b).sum())
    }

    fn luminance(colour: (u8, u8, u8)) -> f64 {
        let [r, g, b] = linear(colour);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// Contrast ratio, WCAG 2.1.
    fn contrast(a: (u8, u8, u8), b: (u8, u8, u8)) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// CIE 1976 L*a*b*, white point D65.
    fn lab(linear: Three) -> Three {
        const XYZ: [Three; 3] = [
            [0.412_456_4, 0.357_576_1, 0.180_437_5],
            [0.212_672_9, 0.715_152_2, 0.072_175_0],
            [0.019_333_9, 0.119_192_0, 0.950_304_1],
        ];
        let xyz = times(&XYZ, linear.map(|v| v.clamp(0.0, 1.0)));
        let white = [0.950_47, 1.0, 1.088_83];
        let [x, y, z] = [0, 1, 2].map(|at| {
            let t = xyz[at] / white[at];
            if t > 0.008_856 {
                t.cbrt()
            } else {
                7.787 * t + 16.0 / 116.0
            }
        });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    /// Normal sight, then protanopia, deuteranopia and tritanopia (Machado, Oliveira and Fernandes,
    /// 2009, severity 1).
    const SIGHTS: [[Three; 3]; 4] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ];

    fn apart(a: (u8, u8, u8), b: (u8, u8, u8)) -> f64 {
        let distance = |sight: &[Three; 3]| {
            let (a, b) = (lab(times(sight, linear(a))), lab(times(sight, linear(b))));
            let squares = a.iter().zip(b).map(|(x, y)| (x - y).powi(2));
            squares.sum::<f64>().sqrt()
        };
        SIGHTS.iter().map(distance).fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn the_colours_stay_apart_for_every_sight() {
        for palette in [LIGHT, DARK] {
            for (at, &a) in palette.iter().enumerate() {
                for &b in &palette[..at] {
                    // A just noticeable difference is about 2.3.
                    assert!(apart(a, b) > 15.0, "{a:?} {b:?}: {}", apart(a, b));
                }
            }
        }
    }

    #[test]
    fn everything_written_in_a_colour_can_be_read_on_its_paper() {
        let words = [INK, MUTED, GREY];
        let light = LIGHT.into_iter().chain(words.map(|w| w.0));
        let dark = DARK.into_iter().chain(words.map(|w| w.1));
        for (colour, paper) in light
            .map(|c| (c, PAPER.0))
            .chain(dark.map(|c| (c, PAPER.1)))
        {
            let ratio = contrast(colour, paper);
            assert!(ratio >= 4.5, "{colour:?} on {paper:?}: {ratio}");
        }
    }

    #[test]
    fn who_comes_after_the_sixth_is_grey() {
        let mut colours = Colours::default();
        for subject in ["a", "b", "c", "d", "e", "f", "g"] {
            colours.register(subject);
        }
        assert_eq!(colours.index("f"), Some(5));
        assert_eq!(colours.index("g"), None);
        assert_eq!(colours.of("g"), RGBColor(95, 102, 112));
    }
}
