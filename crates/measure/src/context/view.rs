//! What is visible around a masked token.

use dissensus_lm::Masked;

use super::token_query::TokenQuery;
use crate::{
    AnalysisWindow, CONTEXT_LOSS_BOTH, CONTEXT_LOSS_LEFT, CONTEXT_LOSS_RIGHT, CatalogueRow,
};

/// On which side of the masked token others are visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Both,
    Left,
    Right,
}

impl Side {
    pub(super) const ALL: [Self; 3] = [Self::Both, Self::Left, Self::Right];

    /// The measure of the loss with this side visible.
    pub(super) fn row(self) -> &'static CatalogueRow {
        match self {
            Self::Both => &CONTEXT_LOSS_BOTH,
            Self::Left => &CONTEXT_LOSS_LEFT,
            Self::Right => &CONTEXT_LOSS_RIGHT,
        }
    }
}

/// The masked token, the special tokens, and every token that lies wholly within `radius` symbols
/// on the side asked for; other masked tokens stay masked.
///
/// The rest is left out and what remains keeps its positions, which is what happens when nothing
/// attends to the rest. Special tokens stay because they say nothing of the sequence and every
/// attention was trained with them.
pub(super) fn view(
    masked: &Masked,
    window: &AnalysisWindow,
    which: usize,
    radius: usize,
    side: Side,
) -> TokenQuery {
    let target = masked.positions[which];
    let span = &window.tokens[target - window.first];
    let symbols = |bytes: std::ops::Range<usize>| window.text[bytes].chars().count();
    let is_visible = |position: usize| {
        // Special tokens stand before the tokens of the window and behind them.
        let Some(token) = position
            .checked_sub(window.first)
            .and_then(|token| window.tokens.get(token))
        else {
            return true;
        };
        match position.cmp(&target) {
            std::cmp::Ordering::Less => {
                side != Side::Right && symbols(token.start..span.start) <= radius
            }
            std::cmp::Ordering::Equal => true,
            std::cmp::Ordering::Greater => {
                side != Side::Left && symbols(span.end..token.end) <= radius
            }
        }
    };
    let positions: Vec<usize> = (0..masked.ids.len()).filter(|&p| is_visible(p)).collect();
    TokenQuery {
        ids: positions.iter().map(|&p| masked.ids[p]).collect(),
        at: positions.iter().position(|&p| p == target).unwrap_or(0),
        positions,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_radius_shows_whole_tokens_within_it() {
        let masked = Masked {
            ids: vec![2, 10, 11, 4, 12, 13, 3],
            positions: vec![3],
            targets: vec![9],
        };
        let window = AnalysisWindow {
            document: 0,
            text: "AACCCGTTA".into(),
            tokens: vec![0..2, 2..4, 4..5, 5..6, 6..9],
            first: 1,
            masked: vec![2],
            soft_masked: vec![],
            low_complexity: vec![],
        };
        let seen = |radius, side| view(&masked, &window, 0, radius, side).positions;
        assert_eq!(seen(0, Side::Both), [0, 3, 6]);
        assert_eq!(
            seen(1, Side::Both),
            [0, 3, 4, 6],
            "T is one base away, CC two"
        );
        assert_eq!(seen(2, Side::Both), [0, 2, 3, 4, 6]);
        assert_eq!(seen(3, Side::Left), [0, 2, 3, 6]);
        assert_eq!(seen(4, Side::Right), [0, 3, 4, 5, 6]);
        assert_eq!(seen(4, Side::Both), [0, 1, 2, 3, 4, 5, 6]);
        let all = view(&masked, &window, 0, 9, Side::Both);
        assert_eq!(all, TokenQuery::whole(masked.ids.clone(), 3));
    }
}
