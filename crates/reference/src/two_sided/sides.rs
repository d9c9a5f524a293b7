//! What stands on both sides of a position.

/// Symbols that a context may have on a side.
pub(super) const LONGEST: usize = 24;

/// How far the contexts of a predictor reach.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    /// Letters of the alphabet.
    pub size: usize,
    /// Symbols between the position and what is to its right.
    pub gap: usize,
    /// Symbols of the longest left side.
    pub left: usize,
    /// Symbols of the longest right side.
    pub right: usize,
}

/// The symbols on each side as numbers, one for each length.
///
/// The code of `n` symbols is `Σ x_d size^(n−d)`, modulo 2⁶⁴, `x_1` the nearest.
pub(super) struct Sides {
    left: Codes,
    right: Codes,
}

struct Codes {
    of_length: [u64; LONGEST + 1],
    /// How many of the nearest are known.
    known: usize,
}

impl Sides {
    /// What is to the left of a position, and behind the gap to its right.
    pub fn new(symbols: &[Option<u8>], position: usize, scope: &Scope) -> Self {
        let left = (1..=scope.left).map(|d| before(symbols, position, d));
        let right = (1..=scope.right).map(|d| behind(symbols, position, scope.gap + d));
        Self {
            left: Codes::new(left, scope.size),
            right: Codes::new(right, scope.size),
        }
    }

    /// The same as read from the other strand: left is right, and every letter its complement.
    pub fn inverse(
        symbols: &[Option<u8>],
        position: usize,
        scope: &Scope,
        complement: &[u8],
    ) -> Self {
        let other = |x: Option<u8>| x.map(|x| complement[x as usize]);
        let left = (1..=scope.left).map(|d| other(behind(symbols, position, d)));
        let right = (1..=scope.right).map(|d| other(before(symbols, position, scope.gap + d)));
        Self {
            left: Codes::new(left, scope.size),
            right: Codes::new(right, scope.size),
        }
    }

    /// The code of so many symbols to the left; none where one of them is unknown.
    pub fn left(&self, symbols: usize) -> Option<u64> {
        self.left.of(symbols)
    }

    /// The code of so many symbols to the right.
    pub fn right(&self, symbols: usize) -> Option<u64> {
        self.right.of(symbols)
    }
}

/// The symbol so many places before a position, which may be beyond the end.
fn before(symbols: &[Option<u8>], position: usize, distance: usize) -> Option<u8> {
    *symbols.get(position.checked_sub(distance)?)?
}

fn behind(symbols: &[Option<u8>], position: usize, distance: usize) -> Option<u8> {
    *symbols.get(position + distance)?
}

impl Codes {
    fn new(symbols: impl Iterator<Item = Option<u8>>, size: usize) -> Self {
        let (mut of_length, mut known, mut code) = ([0; LONGEST + 1], 0, 0u64);
        for symbol in symbols {
            let Some(symbol) = symbol else {
                break;
            };
            code = code.wrapping_mul(size as u64).wrapping_add(symbol.into());
            known += 1;
            of_length[known] = code;
        }
        Self { of_length, known }
    }

    fn of(&self, length: usize) -> Option<u64> {
        (length <= self.known).then(|| self.of_length[length])
    }
}
