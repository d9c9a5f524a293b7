//! What is done with bytes from outside, one function a kind: none of them may panic, hang or ask
//! for more memory than the bytes justify.
//!
//! | item | is |
//! |---|---|
//! | [`plain`] | the readers of crates that know no tensor library |
//! | `models`, with the feature of that name | those of weights, configurations and runs |
//! | [`smoke`] | every target over a corpus and mutations of it |

#[cfg(feature = "models")]
pub mod models;
pub mod plain;
pub mod smoke;

/// A program of one target: `cargo fuzz` feeds it, and without `cargo fuzz` it reads the files that
/// it is given, to see a finding again.
#[macro_export]
macro_rules! target {
    ($function:path) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $function(data));

        #[cfg(not(fuzzing))]
        fn main() {
            for path in std::env::args_os().skip(1) {
                let data = std::fs::read(&path);
                $function(&data.unwrap_or_else(|error| panic!("{}: {error}", path.display())));
            }
        }
    };
}
