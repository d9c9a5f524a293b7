//! What can be wrong with a source or with what is asked of it.

use thiserror::Error as ThisError;

/// Everything that this crate refuses.
#[derive(Debug, Clone, PartialEq, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// A letter occurs twice in an alphabet, or is not ASCII.
    #[error("letter {letter:?} of an alphabet must be ASCII and occur once")]
    Letter {
        /// The offending letter.
        letter: char,
    },
    /// An alphabet has an unusable number of letters.
    #[error("an alphabet needs 1 to 128 letters, got {found}")]
    AlphabetSize {
        /// How many letters were given.
        found: usize,
    },
    /// A text has a letter that the alphabet lacks.
    #[error("byte {byte} is {letter:?}, which is not a letter of {letters:?}")]
    NotInAlphabet {
        /// Position in the text.
        byte: usize,
        /// What stands there.
        letter: char,
        /// The letters of the alphabet.
        letters: String,
    },
    /// A symbol is not an index into the alphabet.
    #[error("symbol {symbol} at position {position}: the alphabet has {size} letters")]
    Symbol {
        /// Position in the sequence.
        position: usize,
        /// What stands there.
        symbol: u8,
        /// Number of letters.
        size: usize,
    },
    /// An entry of a table of probabilities is none.
    #[error("{what} {row}: entry {entry} is {value}, expected a probability")]
    Probability {
        /// Which table.
        what: &'static str,
        /// Which row of it.
        row: usize,
        /// Which entry of the row.
        entry: usize,
        /// What stands there.
        value: f64,
    },
    /// Probabilities do not sum to one.
    #[error("{what} {row}: the probabilities sum to {sum}, expected 1")]
    Sum {
        /// Which table.
        what: &'static str,
        /// Which row of it.
        row: usize,
        /// Their sum.
        sum: f64,
    },
    /// There are fewer values than a result needs.
    #[error("{what}: expected at least {expected}, got {found}")]
    TooFew {
        /// What was too little.
        what: &'static str,
        /// How many are needed.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A value is NaN or infinite.
    #[error("{what} {position} is {value}, expected a finite number")]
    NotFinite {
        /// Which values.
        what: &'static str,
        /// Which of them.
        position: usize,
        /// What it is.
        value: f64,
    },
    /// A table has the wrong number of entries.
    #[error("{what}: expected {expected} entries, got {found}")]
    Size {
        /// Which table.
        what: &'static str,
        /// How many entries it must have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// A parameter lies outside its range.
    #[error("{name} is {value}, expected {expected}")]
    Parameter {
        /// Which parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The range, in words.
        expected: &'static str,
    },
    /// An edge leads to a state that does not exist.
    #[error("state {state} has an edge to state {next}, of {states} states")]
    Edge {
        /// Where the edge starts.
        state: usize,
        /// Where it leads.
        next: usize,
        /// How many states there are.
        states: usize,
    },
    /// The stationary distribution was not found.
    #[error(
        "no stationary distribution after {iterations} iterations (last change {residual:e}): the chain mixes too slowly"
    )]
    NotStationary {
        /// Iterations done.
        iterations: usize,
        /// Largest change of a probability in the last one.
        residual: f64,
    },
    /// States communicate so rarely that the stationary distribution cannot be computed.
    #[error("state {state} is left so rarely that its probability underflows")]
    Underflow {
        /// A state that is left with a probability below the smallest number.
        state: usize,
    },
    /// The alphabet has no complement.
    #[error("the alphabet {letters:?} has no complement")]
    NoComplement {
        /// The letters of the alphabet.
        letters: String,
    },
    /// Two alphabets differ where one is needed.
    #[error("expected the alphabet {expected:?}, got {found:?}")]
    AlphabetMismatch {
        /// Letters of the first.
        expected: String,
        /// Letters of the other.
        found: String,
    },
    /// The visible symbols have probability zero under the source.
    #[error("the visible symbols are impossible under this source, from position {position} on")]
    Impossible {
        /// First position at which nothing fits.
        position: usize,
    },
    /// An exact result is known for unifilar sources only.
    #[error("this source is not unifilar: state and symbol do not fix the next state")]
    NotUnifilar,
    /// An exact computation is too large.
    #[error("{what} needs {needed:e} steps, more than the limit of {limit:e}")]
    TooLarge {
        /// Which computation.
        what: &'static str,
        /// Its size.
        needed: f64,
        /// The limit.
        limit: f64,
    },
}
