//! Cutting a sequence that comes in parts.

use std::sync::Arc;

use super::{Coverage, UnknownRuns, Window, WindowParams};
use crate::{Error, clean_dna};

/// Cuts sequences that arrive in parts into windows; holds a window and a part at most, whatever
/// the length of a sequence.
///
/// ```
/// use dissensus_corpus::{WindowCutter, WindowParams};
///
/// let mut cutter = WindowCutter::new(&WindowParams::default().with_length(3))?;
/// let mut bases = Vec::new();
/// cutter.begin(1, "a".into(), 0);
/// for part in ["AC", "GTAC"] {
///     cutter.push(part.as_bytes());
///     bases.extend(cutter.by_ref().map(|window| window.bases));
/// }
/// cutter.end();
/// bases.extend(cutter.by_ref().map(|window| window.bases));
/// assert_eq!(bases, ["ACG", "TAC"]);
/// assert_eq!(cutter.coverage().uncovered(), 0);
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct WindowCutter {
    params: WindowParams,
    record: u64,
    name: Arc<str>,
    /// Bases as they stand in the file, and the same bases cleaned.
    raw: Vec<u8>,
    clean: Vec<u8>,
    /// Bases of the two buffers already dealt with.
    at: usize,
    /// Place in the record of the first base of the buffers.
    start: u64,
    /// Place in the record up to which bases are counted as covered or unknown.
    counted: u64,
    /// Inside a run of N that is being left out.
    in_run: bool,
    /// The record is complete.
    ended: bool,
    coverage: Coverage,
}

impl WindowCutter {
    /// A cutter that has seen nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`].
    pub fn new(params: &WindowParams) -> Result<Self, Error> {
        params.check()?;
        Ok(Self {
            params: params.clone(),
            record: 0,
            name: "".into(),
            raw: Vec::new(),
            clean: Vec::new(),
            at: 0,
            start: 0,
            counted: 0,
            in_run: false,
            ended: false,
            coverage: Coverage::default(),
        })
    }

    /// Begins a record, or a part of it, at `start`; windows of the one before that were not taken
    /// are lost.
    pub fn begin(&mut self, record: u64, name: Arc<str>, start: u64) {
        (self.record, self.name) = (record, name);
        self.raw.clear();
        self.clean.clear();
        (self.at, self.start, self.counted) = (0, start, start);
        (self.in_run, self.ended) = (false, false);
    }

    /// More bases as they stand in the file.
    pub fn push(&mut self, bases: &[u8]) {
        let dealt_with = self.at.min(self.raw.len());
        self.raw.drain(..dealt_with);
        self.clean.drain(..dealt_with);
        self.start += dealt_with as u64;
        self.at -= dealt_with;
        self.raw.extend_from_slice(bases);
        self.clean
            .extend(clean_dna(bases, self.params.soft_masked).into_bytes());
        self.coverage.bases += bases.len() as u64;
    }

    /// The record has no more bases: what is left becomes its last windows.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// What became of the bases so far.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        self.coverage
    }

    /// The next window, or `None` when more bases are needed or the record is done.
    fn take(&mut self) -> Option<Window> {
        loop {
            if self.in_run {
                self.skip_run();
            }
            let rest = self
                .clean
                .len()
                .checked_sub(self.at)
                .filter(|&rest| rest > 0)?;
            if rest < self.step() + self.minimum_run() - 1 && !self.ended {
                return None;
            }
            let length = rest.min(self.params.length);
            let window = match self.next_run() {
                Some(run) => {
                    let window = self.window_before(run);
                    self.at += run;
                    self.in_run = true;
                    window
                }
                None if length < self.params.length => {
                    let window = self.tail(length);
                    self.at = self.clean.len();
                    window
                }
                None => {
                    let window = self.window(length);
                    self.at += self.params.stride;
                    Some(window)
                }
            };
            if window.is_some() {
                return window;
            }
        }
    }

    /// Bases that one window deals with.
    fn step(&self) -> usize {
        self.params.length.max(self.params.stride)
    }

    fn minimum_run(&self) -> usize {
        match self.params.unknown_runs {
            UnknownRuns::Exclude { run } => run,
            UnknownRuns::Keep => 1,
        }
    }

    /// How far ahead the next run of N that is to be left out begins, if within this step.
    fn next_run(&self) -> Option<usize> {
        if self.params.unknown_runs == UnknownRuns::Keep {
            return None;
        }
        let minimum = self.minimum_run();
        let ahead = &self.clean[self.at..];
        let ahead = &ahead[..ahead.len().min(self.step() + minimum - 1)];
        let mut from = 0;
        while let Some(start) = memchr::memchr(b'N', &ahead[from..]).map(|at| from + at) {
            let run = ahead[start..]
                .iter()
                .take_while(|&&base| base == b'N')
                .count();
            if run >= minimum {
                return Some(start);
            }
            from = start + run;
        }
        None
    }

    /// The window that ends where a run of N begins, `run` bases ahead.
    fn window_before(&mut self, run: usize) -> Option<Window> {
        if run >= self.params.length {
            return Some(self.window(self.params.length));
        }
        self.tail(run)
    }

    fn skip_run(&mut self) {
        let rest = self.clean.get(self.at..).unwrap_or_default();
        let run = rest.iter().take_while(|&&base| base == b'N').count();
        self.in_run = run == rest.len() && !self.ended;
        let from = self.start + self.at as u64;
        self.at += run;
        let new = (from + run as u64).saturating_sub(from.max(self.counted));
        self.counted = self.counted.max(from + run as u64);
        self.coverage.unknown += new;
    }

    /// The last `length` bases before a run of N or the end: a window where they are enough and not
    /// all covered already.
    fn tail(&mut self, length: usize) -> Option<Window> {
        let end = self.start + (self.at + length) as u64;
        (length >= self.params.min_length && end > self.counted).then(|| self.window(length))
    }

    fn window(&mut self, length: usize) -> Window {
        let range = self.at..self.at + length;
        let start = self.start + self.at as u64;
        let end = start + length as u64;
        self.coverage.windows += 1;
        self.coverage.covered += end.saturating_sub(start.max(self.counted));
        self.counted = self.counted.max(end);
        Window {
            record: self.record,
            name: Arc::clone(&self.name),
            start,
            bases: clean_dna(&self.clean[range.clone()], crate::SoftMasked::Upper),
            raw: self.raw[range].to_vec(),
        }
    }
}

impl Iterator for WindowCutter {
    type Item = Window;

    /// The next window, or `None` when more bases are needed or the record is done: it goes on
    /// after the next [`push`](Self::push) or [`end`](Self::end).
    fn next(&mut self) -> Option<Window> {
        self.take()
    }
}
