//! The weighting of a node against its children.

/// The ratio is kept in this range: beyond it a node's weight is 0 or 1 to double precision many
/// times over.
const RATIO: (f64, f64) = (1e-250, 1e250);

/// Probability of the next symbol at a node: its own `estimate` against what its child says, if it
/// has one.
///
/// `ratio` is `β = P_e / Π P_w(children)` before the symbol and after it.
pub(super) fn weigh(ratio: &mut f64, estimate: f64, child: Option<f64>) -> f64 {
    let Some(child) = child else {
        return estimate;
    };
    let weighted = (*ratio * estimate + child) / (*ratio + 1.0);
    *ratio = (*ratio * estimate / child).clamp(RATIO.0, RATIO.1);
    weighted
}
