//! Scores shard by shard, so that a long scan can be interrupted, spread over machines and put
//! together.

use std::ops::ControlFlow;
use std::path::PathBuf;

use dissensus_kernels::checked::checksum;
use sha2::{Digest, Sha256};

use crate::error::{parameter, same_length};
use crate::write::whole;
use crate::{Error, VariantScore, VariantWindow};

/// How a scan is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScanParams {
    /// Variants of a shard; by default 256.
    pub shard: usize,
}

impl Default for ScanParams {
    fn default() -> Self {
        Self { shard: 256 }
    }
}

impl ScanParams {
    /// Sets how many variants a shard has.
    #[must_use]
    pub fn with_shard(self, shard: usize) -> Self {
        Self { shard }
    }
}

/// Variants that are scored shard by shard: a file for each shard and model in one folder.
///
/// A file that is there is not made again, whoever made it: a scan that was interrupted goes on
/// where it stopped, and folders filled by several machines are joined by copying files. Each file
/// says, by a hash, of which windows and of what key its scores are; one of others, or with another
/// checksum than it says, is refused. Scores are written so that every bit comes back, NaN and
/// infinities too.
///
/// ```
/// use dissensus_variant::{Error, Scan, ScanParams, VariantScore, VariantWindow};
/// use std::ops::ControlFlow;
///
/// let folder = tempfile::tempdir()?;
/// let windows: Vec<_> = (0..5)
///     .map(|at| VariantWindow::new(b"ACGTA".to_vec(), at, 1, b"G".to_vec()))
///     .collect::<Result<_, _>>()?;
/// let scan = Scan::new(folder.path(), &windows, &ScanParams::default().with_shard(2))?;
/// assert_eq!(scan.shards(), 3);
/// let place = |some: &[VariantWindow]| -> Result<Vec<VariantScore>, Error> {
///     Ok(some
///         .iter()
///         .map(|window| VariantScore { forward: window.at as f64, reverse: None })
///         .collect())
/// };
/// // Interrupted after the first shard.
/// let stopped = scan.run("place", "v1", place, &mut |_| ControlFlow::Break(()))?;
/// assert!(stopped.is_none());
/// let mut scored = 0;
/// let rest = scan.run(
///     "place",
///     "v1",
///     |some| {
///         scored += some.len();
///         place(some)
///     },
///     &mut |_| ControlFlow::Continue(()),
/// )?;
/// assert_eq!(scored, 3); // the first two were there
/// assert_eq!(rest.expect("finished")[4].forward, 4.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Scan<'a> {
    folder: PathBuf,
    windows: &'a [VariantWindow],
    shard: usize,
}

impl<'a> Scan<'a> {
    /// A scan of windows in a folder, which is made where it is missing.
    ///
    /// # Errors
    /// A shard of 0 variants; a folder that cannot be made.
    pub fn new(
        folder: impl Into<PathBuf>,
        windows: &'a [VariantWindow],
        params: &ScanParams,
    ) -> Result<Self, Error> {
        let folder = folder.into();
        let shard = params.shard;
        parameter("variants of a shard", "1 or more", shard as f64, shard > 0)?;
        std::fs::create_dir_all(&folder).map_err(|source| Error::Io {
            file: folder.clone(),
            source,
        })?;
        Ok(Self {
            folder,
            windows,
            shard,
        })
    }

    /// How many shards there are.
    #[must_use]
    pub fn shards(&self) -> usize {
        self.windows.len().div_ceil(self.shard)
    }

    /// How many variants there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.windows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// Scores every shard that has no file yet and gives all scores; none where `progress`, which
    /// is told how many variants are scored, interrupts it.
    ///
    /// `name` is that of the model, of letters, digits, `-`, `_` and `.`; `key` holds whatever else
    /// decides the scores: a checksum of the weights, the seed of a random twin, the kind of ratio.
    ///
    /// # Errors
    /// Those of `score`, and of [`Scan::shard`].
    pub fn run(
        &self,
        name: &str,
        key: &str,
        score: impl FnMut(&[VariantWindow]) -> Result<Vec<VariantScore>, Error>,
        progress: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<Vec<VariantScore>>, Error> {
        self.every(0, 1, name, key, score, progress)
    }

    /// The scores of every `of`-th shard from `share` on; none where `progress` interrupts it
    /// before the last.
    fn every(
        &self,
        share: usize,
        of: usize,
        name: &str,
        key: &str,
        mut score: impl FnMut(&[VariantWindow]) -> Result<Vec<VariantScore>, Error>,
        progress: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<Vec<VariantScore>>, Error> {
        let mut all = Vec::new();
        let mut own = (share..self.shards()).step_by(of).peekable();
        while let Some(index) = own.next() {
            all.extend(self.shard(index, name, key, &mut score)?);
            if progress(all.len()).is_break() && own.peek().is_some() {
                return Ok(None);
            }
        }
        Ok(Some(all))
    }

    /// Scores the shards of one of several processes, every `of`-th from `share` on, that have no
    /// file yet; false where `progress`, which is told how many variants of the share are scored,
    /// interrupts it.
    ///
    /// ```
    /// use dissensus_variant::{Error, Scan, ScanParams, VariantScore, VariantWindow};
    /// use std::ops::ControlFlow;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let windows: Vec<_> = (0..5)
    ///     .map(|at| VariantWindow::new(b"ACGTA".to_vec(), at, 1, b"G".to_vec()))
    ///     .collect::<Result<_, _>>()?;
    /// let scan = Scan::new(folder.path(), &windows, &ScanParams::default().with_shard(2))?;
    /// let place = |some: &[VariantWindow]| -> Result<Vec<VariantScore>, Error> {
    ///     Ok(some
    ///         .iter()
    ///         .map(|window| VariantScore { forward: window.at as f64, reverse: None })
    ///         .collect())
    /// };
    /// assert!(scan.share(1, 2, "place", "v1", place, &mut |_| ControlFlow::Continue(()))?);
    /// // the first and the third shard are another's
    /// assert!(scan.gathered("place", "v1")?.is_none());
    /// assert!(scan.share(0, 2, "place", "v1", place, &mut |_| ControlFlow::Continue(()))?);
    /// assert_eq!(scan.gathered("place", "v1")?.expect("all shards")[4].forward, 4.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A share that there is not; those of `score`, and of [`Scan::shard`].
    pub fn share(
        &self,
        share: usize,
        of: usize,
        name: &str,
        key: &str,
        score: impl FnMut(&[VariantWindow]) -> Result<Vec<VariantScore>, Error>,
        progress: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<bool, Error> {
        let expected = "one below the number of shares";
        parameter("share", expected, share as f64, share < of)?;
        let found = self.every(share, of, name, key, score, progress)?;
        Ok(found.is_some())
    }

    /// All scores, from the files of all processes; none while a shard has no file.
    ///
    /// # Errors
    /// Those of [`Scan::shard`].
    pub fn gathered(&self, name: &str, key: &str) -> Result<Option<Vec<VariantScore>>, Error> {
        for index in 0..self.shards() {
            if !self.file(name, index)?.exists() {
                return Ok(None);
            }
        }
        let unneeded = |_: &[VariantWindow]| Ok(Vec::new());
        self.run(name, key, unneeded, &mut |_| ControlFlow::Continue(()))
    }

    fn file(&self, name: &str, index: usize) -> Result<PathBuf, Error> {
        Ok(self.folder.join(format!("{}-{index:06}.tsv", named(name)?)))
    }

    /// The scores of one shard, made where they have no file yet.
    ///
    /// # Errors
    /// A name of other characters, a shard that there is not, [`Error::Shard`] for a file of other
    /// variants, another key or other content, and whatever `score` says.
    pub fn shard(
        &self,
        index: usize,
        name: &str,
        key: &str,
        mut score: impl FnMut(&[VariantWindow]) -> Result<Vec<VariantScore>, Error>,
    ) -> Result<Vec<VariantScore>, Error> {
        let windows = self.windows.chunks(self.shard).nth(index);
        let holds = windows.is_some();
        parameter(
            "shard",
            "one below the number of shards",
            index as f64,
            holds,
        )?;
        let windows = windows.unwrap_or_default();
        let file = self.file(name, index)?;
        let head = format!("# scores of {}", digest(name, key, windows));
        match dissensus_kernels::files::read_to_string(&file) {
            Ok(text) => {
                read(&text, &head, windows.len()).map_err(|(expected, found)| Error::Shard {
                    file,
                    expected,
                    found,
                })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let scores = score(windows)?;
                same_length("scores of a shard", windows.len(), scores.len())?;
                whole(&file, &written(&head, &scores))?;
                Ok(scores)
            }
            Err(source) => Err(Error::Io { file, source }),
        }
    }
}

fn named(name: &str) -> Result<&str, Error> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || !name.chars().all(fits) {
        return Err(Error::Name {
            found: name.to_owned(),
        });
    }
    Ok(name)
}

/// A hash of what decides the scores of a shard.
fn digest(name: &str, key: &str, windows: &[VariantWindow]) -> String {
    let mut hasher = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(name.as_bytes());
    part(key.as_bytes());
    for window in windows {
        part(&window.reference);
        part(&window.inserted);
        part(&(window.at as u64).to_le_bytes());
        part(&(window.removed as u64).to_le_bytes());
    }
    let bytes = hasher.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The head, a checksum of what follows, and one score a line; the shortest decimals that read back
/// as the same number.
fn written(head: &str, scores: &[VariantScore]) -> String {
    let mut text = String::new();
    for score in scores {
        let reverse = score.reverse.map_or(String::new(), |r| r.to_string());
        text.push_str(&format!("{}\t{reverse}\n", score.forward));
    }
    format!("{head}\n{}\n{text}", sum(&text))
}

fn sum(scores: &str) -> String {
    format!("# crc32 {}", checksum(scores.as_bytes()))
}

fn read(text: &str, head: &str, count: usize) -> Result<Vec<VariantScore>, (String, String)> {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    if first != head {
        return Err((head.to_owned(), first.to_owned()));
    }
    let (second, rest) = rest.split_once('\n').unwrap_or((rest, ""));
    if second != sum(rest) {
        return Err((sum(rest), second.to_owned()));
    }
    let one = |line: &str| -> Result<VariantScore, (String, String)> {
        let wrong = || ("two numbers with a tab between".to_owned(), line.to_owned());
        let (forward, reverse) = line.split_once('\t').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<f64>().map_err(|_| wrong());
        Ok(VariantScore {
            forward: number(forward)?,
            reverse: match reverse {
                "" => None,
                reverse => Some(number(reverse)?),
            },
        })
    };
    let scores: Vec<VariantScore> = rest.lines().map(one).collect::<Result<_, _>>()?;
    if scores.len() != count {
        return Err((format!("{count} scores"), scores.len().to_string()));
    }
    Ok(scores)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(count: usize) -> Vec<VariantWindow> {
        let one = |at: usize| VariantWindow::new(b"ACGTACGTAC".to_vec(), at, 1, b"G".to_vec());
        (0..count).map(|at| one(at).unwrap()).collect()
    }

    fn odd(some: &[VariantWindow]) -> Result<Vec<VariantScore>, Error> {
        let numbers = [0.1, -0.0, f64::NEG_INFINITY, f64::NAN, 1e-310, f64::MAX];
        let one = |window: &VariantWindow| VariantScore {
            forward: numbers[window.at % 6],
            reverse: window
                .at
                .is_multiple_of(2)
                .then_some(numbers[(window.at + 1) % 6]),
        };
        Ok(some.iter().map(one).collect())
    }

    fn go_on() -> impl FnMut(usize) -> ControlFlow<()> {
        |_| ControlFlow::Continue(())
    }

    fn bits(scores: &[VariantScore]) -> Vec<(u64, Option<u64>)> {
        let one = |s: &VariantScore| (s.forward.to_bits(), s.reverse.map(f64::to_bits));
        scores.iter().map(one).collect()
    }

    #[test]
    fn shards_made_apart_are_joined_by_copying_and_are_the_bytes_of_one_run() {
        let (whole, left, right) = (
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
        );
        let windows = windows(10);
        let params = ScanParams::default().with_shard(3);
        let scan =
            |folder: &tempfile::TempDir| Scan::new(folder.path(), &windows, &params).unwrap();
        let all = scan(&whole)
            .run("odd", "k", odd, &mut go_on())
            .unwrap()
            .unwrap();
        for (index, folder) in [(0, &left), (1, &right), (2, &left), (3, &right)] {
            scan(folder).shard(index, "odd", "k", odd).unwrap();
        }
        for entry in std::fs::read_dir(right.path()).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, left.path().join(path.file_name().unwrap())).unwrap();
        }
        let unneeded = |_: &[VariantWindow]| unreachable!("every shard has its file");
        let joined = scan(&left)
            .run("odd", "k", unneeded, &mut go_on())
            .unwrap()
            .unwrap();
        assert_eq!(bits(&joined), bits(&all));
        for index in 0..4 {
            let name = format!("odd-{index:06}.tsv");
            let read =
                |folder: &tempfile::TempDir| std::fs::read(folder.path().join(&name)).unwrap();
            assert_eq!(read(&whole), read(&left));
        }
    }

    #[test]
    fn a_file_of_other_variants_or_of_another_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = windows(4);
        let params = ScanParams::default();
        let run = |windows: &[VariantWindow], key: &str| {
            let scan = Scan::new(folder.path(), windows, &params).unwrap();
            scan.run("odd", key, odd, &mut go_on())
        };
        run(&first, "k").unwrap();
        for (windows, key) in [(&first[..], "l"), (&first[..3], "k")] {
            let error = run(windows, key).unwrap_err();
            assert!(
                matches!(&error, Error::Shard { file, .. } if file.ends_with("odd-000000.tsv")),
                "{error}"
            );
        }
        assert!(run(&first, "k").is_ok());
    }

    #[test]
    fn a_cut_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let windows = windows(4);
        let scan = Scan::new(folder.path(), &windows, &ScanParams::default()).unwrap();
        scan.shard(0, "odd", "k", odd).unwrap();
        let file = folder.path().join("odd-000000.tsv");
        let text = std::fs::read_to_string(&file).unwrap();
        for cut in [text.len() - 1, text.len() - 4, 30] {
            std::fs::write(&file, &text[..cut]).unwrap();
            assert!(matches!(
                scan.shard(0, "odd", "k", odd),
                Err(Error::Shard { .. })
            ));
        }
    }

    #[test]
    fn a_digit_that_was_changed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let windows = windows(4);
        let scan = Scan::new(folder.path(), &windows, &ScanParams::default()).unwrap();
        scan.shard(0, "odd", "k", odd).unwrap();
        let file = folder.path().join("odd-000000.tsv");
        let whole = std::fs::read(&file).unwrap();
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 1;
            std::fs::write(&file, broken).unwrap();
            let found = scan.shard(0, "odd", "k", odd);
            assert!(matches!(found, Err(Error::Shard { .. })), "byte {at}");
        }
    }

    #[test]
    fn a_name_that_leaves_the_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let windows = windows(2);
        let scan = Scan::new(folder.path(), &windows, &ScanParams::default()).unwrap();
        for name in ["../a", "", "a/b", "a b"] {
            assert!(matches!(
                scan.shard(0, name, "k", odd),
                Err(Error::Name { .. })
            ));
        }
        assert!(matches!(
            scan.shard(1, "a", "k", odd),
            Err(Error::Parameter { .. })
        ));
    }
}
