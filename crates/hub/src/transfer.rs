//! One file from the hub to the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use ureq::Body;
use ureq::http::Response;

use crate::sum::Sum;
use crate::{Error, Hub};

/// A file and where it is to lie.
pub(crate) struct Transfer<'a> {
    pub(crate) hub: &'a Hub,
    /// What was asked for, in errors.
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) target: PathBuf,
}

/// How one attempt ended, if not with an error that another attempt cannot mend.
enum Attempt {
    Whole(Option<Sum>),
    Broken(String),
}

impl Transfer<'_> {
    /// Fetches the file; what is there of it already is continued, and the file appears once its
    /// bytes are what the hub states.
    pub(crate) fn run(&self) -> Result<(), Error> {
        let part = self.part();
        let folder = self.target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(Error::file(folder))?;
        let (mut failures, mut mismatches) = (0, 0);
        let attempts = self.hub.attempts();
        loop {
            let before = length(&part);
            match self.attempt(&part)? {
                Attempt::Whole(sum) => match check(&part, sum.as_ref())? {
                    None => {
                        return fs::rename(&part, &self.target).map_err(Error::file(&self.target));
                    }
                    Some((expected, found)) => {
                        fs::remove_file(&part).map_err(Error::file(&part))?;
                        mismatches += 1;
                        if mismatches >= attempts {
                            return Err(self.mismatch(expected, found));
                        }
                    }
                },
                Attempt::Broken(problem) => {
                    // What went on is no failure: a connection that is lost often still gets there.
                    failures = if length(&part) > before {
                        1
                    } else {
                        failures + 1
                    };
                    if failures >= attempts {
                        let url = self.url.clone();
                        return Err(Error::Connection {
                            url,
                            problem,
                            attempts,
                        });
                    }
                }
            }
            self.hub.pause();
        }
    }

    fn mismatch(&self, expected: String, found: String) -> Error {
        let url = self.url.clone();
        Error::Checksum {
            url,
            expected,
            found,
        }
    }

    fn part(&self) -> PathBuf {
        let name = self.target.file_name().unwrap_or_default();
        let name = format!("{}.part", name.to_string_lossy());
        self.target.with_file_name(name)
    }

    fn attempt(&self, part: &Path) -> Result<Attempt, Error> {
        let from = length(part);
        let (response, sum) = match self.hub.open(&self.name, &self.url, from)? {
            Ok(opened) => opened,
            Err(problem) => return Ok(Attempt::Broken(problem)),
        };
        let (continues, expected) = match response.status().as_u16() {
            206 => (
                true,
                header_number(&response, "content-length").map(|more| from + more),
            ),
            200 => (false, header_number(&response, "content-length")),
            // Nothing is left to send, or what is there is no beginning of it: the checksum tells.
            416 if sum.is_some() => return Ok(Attempt::Whole(sum)),
            416 => {
                fs::remove_file(part).map_err(Error::file(part))?;
                return Ok(Attempt::Broken("nothing to continue".into()));
            }
            status => {
                return Ok(Attempt::Broken(format!("status {status}")));
            }
        };
        let mut options = OpenOptions::new();
        options.create(true).write(true);
        options.append(continues).truncate(!continues);
        let mut file = options.open(part).map_err(Error::file(part))?;
        if let Some(problem) = copy(response.into_body(), &mut file, part)? {
            return Ok(Attempt::Broken(problem));
        }
        match expected {
            Some(bytes) if length(part) < bytes => {
                let found = length(part);
                Ok(Attempt::Broken(format!(
                    "was interrupted after {found} of {bytes} bytes"
                )))
            }
            _ => Ok(Attempt::Whole(sum)),
        }
    }
}

/// Copies a body into a file; what interrupts the transfer is given back, what the disk says is an
/// error.
fn copy(body: Body, file: &mut File, path: &Path) -> Result<Option<String>, Error> {
    let (mut reader, mut block) = (body.into_reader(), vec![0; 1 << 16]);
    loop {
        match reader.read(&mut block) {
            Ok(0) => break,
            Ok(count) => file.write_all(&block[..count]).map_err(Error::file(path))?,
            Err(problem) => return Ok(Some(problem.to_string())),
        }
    }
    file.sync_all().map_err(Error::file(path))?;
    Ok(None)
}

/// None if a file is what is stated, or if nothing is; otherwise what is stated and what it is.
fn check(path: &Path, sum: Option<&Sum>) -> Result<Option<(String, String)>, Error> {
    let Some(sum) = sum else {
        return Ok(None);
    };
    let found = sum.of_file(path).map_err(Error::file(path))?;
    Ok((found != sum.stated()).then(|| (sum.stated().into(), found)))
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |facts| facts.len())
}

pub(crate) fn header<'a>(response: &'a Response<Body>, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

fn header_number(response: &Response<Body>, name: &str) -> Option<u64> {
    header(response, name)?.parse().ok()
}
