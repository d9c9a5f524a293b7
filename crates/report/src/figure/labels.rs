//! Labels beside the ends of lines, moved apart.

/// Moves places apart that are closer than `gap`, as little as a single sweep each way allows,
/// within `low..=high`.
///
/// The order of the places is kept; where they do not fit at all, the gap shrinks.
pub(super) fn apart(places: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|&a, &b| places[a].total_cmp(&places[b]));
    let fits = (high - low) / places.len().saturating_sub(1).max(1) as f64;
    let gap = gap.min(fits);
    let mut sorted: Vec<f64> = order
        .iter()
        .map(|&at| places[at].clamp(low, high))
        .collect();
    for at in 1..sorted.len() {
        sorted[at] = sorted[at].max(sorted[at - 1] + gap);
    }
    if let Some(last) = sorted.last_mut() {
        *last = last.min(high);
    }
    for at in (1..sorted.len()).rev() {
        sorted[at - 1] = sorted[at - 1].min(sorted[at] - gap);
    }
    let mut moved = vec![0.0; places.len()];
    for (&at, place) in order.iter().zip(sorted) {
        moved[at] = place;
    }
    moved
}

/// About how wide a text is at one pixel of font size; no font is read.
pub(super) fn width(text: &str) -> f64 {
    text.chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | '.' | ',' | ' ' | '\'' | '|' | 'f' | 't' | 'r' | ':' => 0.34,
            'm' | 'w' | 'M' | 'W' => 0.87,
            c if c.is_uppercase() => 0.70,
            _ => 0.57,
        })
        .sum()
}

/// The text, cut so that it is no wider than `room` at one pixel of font size.
pub(super) fn cut(text: &str, room: f64) -> String {
    if width(text) <= room {
        return text.into();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        if width(&kept) + width(&letter.to_string()) + 0.9 > room {
            break;
        }
        kept.push(letter);
    }
    kept.trim_end().to_string() + "…"
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn labels_never_touch_and_never_leave(places in prop::collection::vec(-50.0_f64..450.0, 1..20)) {
            let moved = apart(&places, 14.0, 0.0, 400.0);
            let mut sorted = moved.clone();
            sorted.sort_by(f64::total_cmp);
            for pair in sorted.windows(2) {
                prop_assert!(pair[1] - pair[0] >= 14.0 - 1e-9);
            }
            prop_assert!(sorted[0] >= -1e-9 && sorted[sorted.len() - 1] <= 400.0 + 1e-9);
        }
    }

    #[test]
    fn labels_with_room_stay_where_they_are() {
        assert_eq!(apart(&[300.0, 10.0], 14.0, 0.0, 400.0), [300.0, 10.0]);
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(cut("dna", 10.0), "dna");
        let short = cut("dna-kmer, untrained members", 8.0);
        assert!(short.ends_with('…') && width(&short) <= 8.9, "{short}");
    }
}
