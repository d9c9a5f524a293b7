//! The hub, and a folder of what came from it.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use ureq::http::Response;
use ureq::{Agent, Body};

use crate::choose::chosen;
use crate::sum::Sum;
use crate::transfer::{Transfer, header};
use crate::{Error, HubName, RepositoryKind};

/// Where the hub is and where its files are kept.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HubParams {
    /// Address of the hub.
    pub endpoint: String,
    /// Folder in which files are kept.
    pub cache: PathBuf,
    /// Token of the user, for what is not public.
    pub token: Option<String>,
    /// How often a transfer may fail without getting any further.
    pub attempts: usize,
    /// Time between two attempts.
    pub pause: Duration,
    /// Time in which a connection must be made, and in which something must be received on it.
    pub patience: Duration,
}

impl HubParams {
    /// The public hub, five attempts a second apart, a minute of patience.
    #[must_use]
    pub fn new(cache: impl Into<PathBuf>) -> Self {
        Self {
            endpoint: "https://huggingface.co".into(),
            cache: cache.into(),
            token: None,
            attempts: 5,
            pause: Duration::from_secs(1),
            patience: Duration::from_secs(60),
        }
    }

    /// Another hub.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: &str) -> Self {
        self.endpoint = endpoint.trim_end_matches('/').into();
        self
    }

    /// A user's token.
    #[must_use]
    pub fn with_token(mut self, token: Option<String>) -> Self {
        self.token = token;
        self
    }

    /// Attempts, and the time between two.
    #[must_use]
    pub fn with_attempts(mut self, attempts: usize, pause: Duration) -> Self {
        (self.attempts, self.pause) = (attempts.max(1), pause);
        self
    }

    /// Patience with a connection.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

/// Something of the hub that lies on this disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The file, or the folder of a model.
    pub path: PathBuf,
    /// The name with the commit in the place of its revision.
    pub name: HubName,
}

/// Fetches what names mean.
#[derive(Debug)]
pub struct Hub {
    params: HubParams,
    agent: Agent,
}

/// What the API says of a repository.
#[derive(Debug, Deserialize)]
struct Repository {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Debug, Deserialize)]
struct Sibling {
    rfilename: String,
}

impl Hub {
    /// A hub; nothing is connected yet.
    #[must_use]
    pub fn new(params: HubParams) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(params.patience))
            .timeout_recv_response(Some(params.patience))
            .build();
        Self {
            agent: config.into(),
            params,
        }
    }

    /// Fetches a file, or the files of a model, unless they are there: configuration, tokenizer and
    /// weights.
    ///
    /// A name without a kind means a model; where the hub has no such model, the data set of that
    /// name. A commit whose files are there needs no connection; a branch or a tag is asked for its
    /// commit each time.
    ///
    /// # Errors
    /// [`Error::Absent`], [`Error::Refused`], [`Error::Choice`] for what cannot be had;
    /// [`Error::Connection`], [`Error::Status`], [`Error::Answer`] for a hub that does not work;
    /// [`Error::Checksum`]; [`Error::File`].
    pub fn fetch(&self, name: &HubName) -> Result<Fetched, Error> {
        if let Some(there) = self.there(name) {
            return Ok(there);
        }
        let (name, repository) = self.found(name)?;
        let pinned = name.pinned(&repository.sha);
        let all = repository.siblings.into_iter().map(|s| s.rfilename);
        let chosen = chosen(&name, &all.collect::<Vec<_>>())?;
        for path in &chosen {
            self.transfer(&pinned, path)?;
        }
        let path = self.folder(&pinned).join(WHOLE);
        // Says that all files are there.
        if name.path.is_none() && !path.exists() {
            std::fs::write(&path, chosen.join("\n") + "\n").map_err(Error::file(&path))?;
        }
        self.there(&pinned).ok_or_else(|| Error::Absent {
            name: pinned.to_string(),
        })
    }

    /// A name whose kind is that of the repository, and the repository.
    fn found(&self, name: &HubName) -> Result<(HubName, Repository), Error> {
        let error = match self.repository(name) {
            Ok(repository) => return Ok((name.clone(), repository)),
            Err(error) => error,
        };
        // Whoever is not known is refused what does not exist, too.
        let none = matches!(error, Error::Absent { .. } | Error::Refused { .. });
        if !none || name.kind == RepositoryKind::Dataset {
            return Err(error);
        }
        let other = HubName {
            kind: RepositoryKind::Dataset,
            ..name.clone()
        };
        match self.repository(&other) {
            Ok(repository) => Ok((other, repository)),
            Err(_) => Err(error),
        }
    }

    /// One file of a pinned name, unless it is there.
    fn transfer(&self, pinned: &HubName, path: &str) -> Result<(), Error> {
        let target = self.folder(pinned).join(path);
        if target.exists() {
            return Ok(());
        }
        let (endpoint, prefix) = (&self.params.endpoint, pinned.kind.prefix());
        let (repository, commit) = (&pinned.repository, pinned.revision.as_deref());
        let commit = commit.unwrap_or_default();
        let name = HubName {
            path: Some(path.into()),
            ..pinned.clone()
        };
        let transfer = Transfer {
            hub: self,
            name: name.to_string(),
            url: format!("{endpoint}/{prefix}{repository}/resolve/{commit}/{path}"),
            target,
        };
        transfer.run()
    }

    /// What is on the disk already, if the name has a commit.
    fn there(&self, name: &HubName) -> Option<Fetched> {
        let is_commit =
            |text: &&String| text.len() == 40 && text.chars().all(|c| c.is_ascii_hexdigit());
        name.revision.as_ref().filter(is_commit)?;
        let folder = self.folder(name);
        let path = match &name.path {
            Some(path) => folder.join(path),
            None => {
                let list = std::fs::read_to_string(folder.join(WHOLE)).ok()?;
                let files: Vec<&str> = list.lines().collect();
                let all = files.iter().all(|file| folder.join(file).exists());
                match (name.kind, &files[..]) {
                    _ if !all => return None,
                    (RepositoryKind::Dataset, [one]) => folder.join(one),
                    _ => folder,
                }
            }
        };
        path.exists().then(|| Fetched {
            path,
            name: name.clone(),
        })
    }

    /// Where the files of a pinned name are kept.
    fn folder(&self, name: &HubName) -> PathBuf {
        let repository = name.repository.replace('/', "--");
        let folder = format!("{}--{repository}", name.kind.plural());
        let commit = name.revision.as_deref().unwrap_or_default();
        self.params.cache.join(folder).join(commit)
    }

    fn repository(&self, name: &HubName) -> Result<Repository, Error> {
        let revision = name.revision.as_deref().unwrap_or("main");
        let (endpoint, kind) = (&self.params.endpoint, name.kind.plural());
        let url = format!(
            "{endpoint}/api/{kind}/{}/revision/{revision}",
            name.repository
        );
        let body = self.text(name, &url)?;
        let found: Repository = serde_json::from_str(&body).map_err(|problem| Error::Answer {
            url: url.clone(),
            problem: problem.to_string(),
        })?;
        // Names become paths of this disk.
        let file = |s: &Sibling| {
            format!("hub:a/b/{}", s.rfilename)
                .parse::<HubName>()
                .is_ok()
        };
        let hex = found.sha.len() == 40 && found.sha.chars().all(|c| c.is_ascii_hexdigit());
        if !hex {
            let problem = format!("{:?} is no commit", found.sha);
            return Err(Error::Answer { url, problem });
        }
        let siblings = found.siblings.into_iter().filter(file).collect();
        Ok(Repository { siblings, ..found })
    }

    /// What an address answers, after as many attempts as it may take.
    fn text(&self, name: &HubName, url: &str) -> Result<String, Error> {
        let mut attempts = 0;
        loop {
            let problem = match self.open(&name.to_string(), url, 0)? {
                Ok((response, _)) if response.status().as_u16() == 200 => {
                    match response.into_body().read_to_string() {
                        Ok(body) => return Ok(body),
                        Err(problem) => problem.to_string(),
                    }
                }
                Ok((response, _)) => format!("status {}", response.status().as_u16()),
                Err(problem) => problem,
            };
            attempts += 1;
            if attempts >= self.params.attempts {
                let url = url.to_string();
                return Err(Error::Connection {
                    url,
                    problem,
                    attempts,
                });
            }
            self.pause();
        }
    }

    /// A request for an address from a byte on.
    fn request(&self, url: &str, from: u64) -> Result<Response<Body>, String> {
        let mut request = self.agent.get(url).header("Accept-Encoding", "identity");
        // The token is the hub's, not that of whoever it sends us to.
        let token = self.params.token.as_ref();
        if let Some(token) = token.filter(|_| url.starts_with(&self.params.endpoint)) {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        if from > 0 {
            request = request.header("Range", format!("bytes={from}-"));
        }
        request.call().map_err(|problem| problem.to_string())
    }

    /// Opens an address from a byte on, over at most five redirections; the checksum is what the
    /// first answer states that has one. The inner error is one that another attempt may mend.
    #[expect(
        clippy::type_complexity,
        reason = "an error within an attempt and one that ends it"
    )]
    pub(crate) fn open(
        &self,
        name: &str,
        url: &str,
        from: u64,
    ) -> Result<Result<(Response<Body>, Option<Sum>), String>, Error> {
        let (mut at, mut sum) = (url.to_string(), None);
        for _ in 0..6 {
            let response = match self.request(&at, from) {
                Ok(response) => response,
                Err(problem) => return Ok(Err(problem)),
            };
            let tag = header(&response, "x-linked-etag").or_else(|| header(&response, "etag"));
            sum = sum.or_else(|| tag.and_then(Sum::of_tag));
            match response.status().as_u16() {
                301 | 302 | 303 | 307 | 308 => {
                    let Some(to) = header(&response, "location") else {
                        let problem = "a redirection to nowhere".into();
                        return Err(Error::Answer { url: at, problem });
                    };
                    at = if to.starts_with('/') {
                        format!("{}{to}", self.params.endpoint)
                    } else {
                        to.into()
                    };
                }
                404 => return Err(Error::Absent { name: name.into() }),
                status @ (401 | 403) => {
                    let name = name.into();
                    return Err(Error::Refused { name, status });
                }
                200 | 206 | 408 | 416 | 429 | 500.. => return Ok(Ok((response, sum))),
                status => return Err(Error::Status { url: at, status }),
            }
        }
        let problem = "redirected six times".into();
        Err(Error::Answer { url: at, problem })
    }

    pub(crate) fn attempts(&self) -> usize {
        self.params.attempts
    }

    pub(crate) fn pause(&self) {
        std::thread::sleep(self.params.pause);
    }
}

/// The list of files of a repository that are all there.
const WHOLE: &str = ".whole";
