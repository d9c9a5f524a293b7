//! How DNA is cut.

use serde::{Deserialize, Serialize};

use crate::{Error, SoftMasked};

/// What becomes of runs of unknown bases (N after cleaning).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownRuns {
    /// Runs of `run` or more N are left out: no window holds any of their bases, and cutting begins
    /// anew behind them.
    Exclude {
        /// The shortest run that is left out, at least 1.
        run: usize,
    },
    /// Windows run over N; [`Track::unknown`](crate::Track::unknown) counts them.
    Keep,
}

/// How DNA is cut into windows.
///
/// ```
/// use dissensus_corpus::{UnknownRuns, WindowParams};
///
/// let params = WindowParams::default()
///     .with_length(1024)
///     .with_stride(512)
///     .with_unknown_runs(UnknownRuns::Keep);
/// assert_eq!(params.min_length, 1024);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WindowParams {
    /// Bases of a window. Default 512.
    pub length: usize,
    /// Bases from the start of one window to that of the next. Default: `length`, so that windows
    /// touch.
    pub stride: usize,
    /// The shortest window kept where a sequence or what lies between two runs of N ends. Default:
    /// `length`, so that all windows are of one length.
    pub min_length: usize,
    /// What becomes of lower case. Default: upper case.
    pub soft_masked: SoftMasked,
    /// What becomes of runs of N. Default: runs of 10 and more are left out.
    pub unknown_runs: UnknownRuns,
}

impl Default for WindowParams {
    fn default() -> Self {
        Self {
            length: 512,
            stride: 512,
            min_length: 512,
            soft_masked: SoftMasked::Upper,
            unknown_runs: UnknownRuns::Exclude { run: 10 },
        }
    }
}

impl WindowParams {
    /// Sets the length, and with it the stride and the minimum length.
    #[must_use]
    pub fn with_length(mut self, length: usize) -> Self {
        (self.length, self.stride, self.min_length) = (length, length, length);
        self
    }

    /// Sets the stride.
    #[must_use]
    pub fn with_stride(mut self, stride: usize) -> Self {
        self.stride = stride;
        self
    }

    /// Sets the minimum length.
    #[must_use]
    pub fn with_min_length(mut self, min_length: usize) -> Self {
        self.min_length = min_length;
        self
    }

    /// Sets what becomes of lower case.
    #[must_use]
    pub fn with_soft_masked(mut self, soft_masked: SoftMasked) -> Self {
        self.soft_masked = soft_masked;
        self
    }

    /// Sets what becomes of runs of N.
    #[must_use]
    pub fn with_unknown_runs(mut self, unknown_runs: UnknownRuns) -> Self {
        self.unknown_runs = unknown_runs;
        self
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let refuse = |parameter, value: usize, expected| {
            let value = value.to_string();
            Err(Error::Parameter {
                parameter,
                value,
                expected,
            })
        };
        if self.length == 0 {
            return refuse("length of a window", 0, "at least 1");
        }
        if self.stride == 0 {
            return refuse("stride of windows", 0, "at least 1");
        }
        if !(1..=self.length).contains(&self.min_length) {
            return refuse(
                "minimum length of a window",
                self.min_length,
                "1 to the window's length",
            );
        }
        if self.unknown_runs == (UnknownRuns::Exclude { run: 0 }) {
            return refuse("shortest run of N left out", 0, "at least 1");
        }
        Ok(())
    }
}
