//! A server that speaks the hub's protocol: the API, addresses of files, a second address for large
//! ones, ranges.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use sha1::Sha1;
use sha2::{Digest, Sha256};

pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What the server is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Well,
    /// Sends 40,000 bytes of a large file at a time.
    BreaksOff,
    /// Sends 40,000 bytes and none after them.
    BreaksOffForGood,
    /// Sends half of a large file once, and then knows no ranges.
    NoRanges,
    /// Wants a token.
    Gated,
    /// One byte of large files, or of small ones, is another.
    WrongBytes,
    WrongSmallBytes,
    /// 503, always or twice.
    Busy,
    BusyAtFirst,
    /// A page of a network that wants to be paid.
    Portal,
}

/// Files by their names, of repositories by theirs: `models/org/name`, `datasets/org/name`.
pub type Repositories = Vec<(&'static str, Vec<(String, Vec<u8>)>)>;

#[derive(Debug)]
struct Shared {
    repositories: Repositories,
    mood: Mutex<Mood>,
    requests: AtomicUsize,
    continued: AtomicUsize,
    large: AtomicUsize,
}

/// A server until the test ends.
pub struct Server {
    port: u16,
    shared: Arc<Shared>,
}

impl Server {
    pub fn start(mood: Mood, repositories: Repositories) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            repositories,
            mood: Mutex::new(mood),
            requests: AtomicUsize::new(0),
            continued: AtomicUsize::new(0),
            large: AtomicUsize::new(0),
        });
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // A client that went away is no failure of the server.
                let _ = answer(stream, port, &own);
            }
        });
        Self { port, shared }
    }

    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn set(&self, mood: Mood) {
        *self.shared.mood.lock().unwrap() = mood;
    }

    /// Requests so far.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// Requests that asked for a large file from a byte on.
    pub fn continued(&self) -> usize {
        self.shared.continued.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn files(&self, repository: &str) -> Option<&[(String, Vec<u8>)]> {
        let mut all = self.repositories.iter();
        let (_, files) = all.find(|(name, _)| *name == repository)?;
        Some(files)
    }

    fn blob(&self, sum: &str) -> Option<&[u8]> {
        let files = self.repositories.iter().flat_map(|(_, files)| files);
        let mut all = files.map(|(_, bytes)| &bytes[..]);
        all.find(|bytes| is_large(bytes) && hex(&Sha256::digest(bytes)) == sum)
    }
}

/// Whether the hub keeps a file at its second address.
fn is_large(bytes: &[u8]) -> bool {
    bytes.len() >= 50_000
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn answer(mut stream: TcpStream, port: u16, shared: &Shared) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let (mut from, mut token) = (0, false);
    for line in lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
    {
        let line = line.to_ascii_lowercase();
        if let Some(range) = line.strip_prefix("range: bytes=") {
            from = range.trim_end_matches('-').parse().unwrap();
        }
        token |= line == "authorization: bearer secret";
    }
    let number = shared.requests.fetch_add(1, Ordering::SeqCst);
    let mood = *shared.mood.lock().unwrap();
    let path = first.split(' ').nth(1).unwrap_or_default();
    let busy = mood == Mood::Busy || (mood == Mood::BusyAtFirst && number < 2);
    match (mood, path.strip_prefix("/blobs/")) {
        _ if busy => head(&mut stream, 503, &[], 0),
        (Mood::Portal, _) => whole(&mut stream, 200, b"<html>Pay here</html>"),
        // Whoever stores large files has no business with the token.
        (_, Some(_)) if token => head(&mut stream, 400, &[], 0),
        (_, Some(sum)) => large(&mut stream, mood, from, sum, shared),
        (Mood::Gated, _) if !token => head(&mut stream, 401, &[], 0),
        _ => match path.strip_prefix("/api/") {
            Some(rest) => api(&mut stream, rest, shared),
            None => file(&mut stream, path, port, shared),
        },
    }
}

fn head(stream: &mut TcpStream, status: u16, more: &[String], bytes: usize) -> std::io::Result<()> {
    let more: String = more.iter().map(|line| format!("{line}\r\n")).collect();
    write!(
        stream,
        "HTTP/1.1 {status} So\r\nConnection: close\r\nContent-Length: {bytes}\r\n{more}\r\n"
    )
}

fn whole(stream: &mut TcpStream, status: u16, body: &[u8]) -> std::io::Result<()> {
    head(stream, status, &[], body.len())?;
    stream.write_all(body)
}

/// `models/org/name/revision/REV`.
fn api(stream: &mut TcpStream, rest: &str, shared: &Shared) -> std::io::Result<()> {
    let words: Vec<&str> = rest.split('/').collect();
    let Some(files) = shared.files(&words[..3].join("/")) else {
        return head(stream, 404, &[], 0);
    };
    let list: Vec<String> = files
        .iter()
        .map(|(name, _)| format!("{{\"rfilename\": \"{name}\"}}"))
        .collect();
    let body = format!(
        "{{\"id\": \"x\", \"sha\": \"{COMMIT}\", \"siblings\": [{}, {{\"rfilename\": \"../../escape\"}}]}}",
        list.join(", ")
    );
    whole(stream, 200, body.as_bytes())
}

/// `/[datasets/]org/name/resolve/COMMIT/path`: small files here, large ones at a second address.
fn file(stream: &mut TcpStream, path: &str, port: u16, shared: &Shared) -> std::io::Result<()> {
    let path = path.trim_start_matches('/');
    let (repository, rest) = path.split_once("/resolve/").unwrap();
    let name = rest.strip_prefix(COMMIT).unwrap().trim_start_matches('/');
    let key = match repository.starts_with("datasets/") {
        true => repository.to_string(),
        false => format!("models/{repository}"),
    };
    let mut files = shared.files(&key).unwrap().iter();
    let Some((_, bytes)) = files.find(|(known, _)| known == name) else {
        return head(stream, 404, &[], 0);
    };
    if is_large(bytes) {
        let sum = hex(&Sha256::digest(bytes));
        let more = [
            format!("X-Linked-Etag: \"{sum}\""),
            // By its name and not by its number, so that it is another host.
            format!("Location: http://localhost:{port}/blobs/{sum}"),
        ];
        return head(stream, 302, &more, 0);
    }
    let mut sha = Sha1::new_with_prefix(format!("blob {}\0", bytes.len()));
    sha.update(bytes);
    let mut bytes = bytes.clone();
    if *shared.mood.lock().unwrap() == Mood::WrongSmallBytes {
        bytes[0] ^= 1;
    }
    let tag = format!("ETag: \"{}\"", hex(&sha.finalize()));
    head(stream, 200, &[tag], bytes.len())?;
    stream.write_all(&bytes)
}

fn large(
    stream: &mut TcpStream,
    mood: Mood,
    from: usize,
    sum: &str,
    shared: &Shared,
) -> std::io::Result<()> {
    let mut bytes = shared.blob(sum).unwrap().to_vec();
    let total = bytes.len();
    let times = shared.large.fetch_add(1, Ordering::SeqCst);
    if from > 0 {
        shared.continued.fetch_add(1, Ordering::SeqCst);
    }
    if mood == Mood::WrongBytes {
        bytes[99] ^= 1;
    }
    let (status, rest) = match mood {
        Mood::NoRanges => (200, &bytes[..]),
        _ if from > 0 => (206, &bytes[from..]),
        _ => (200, &bytes[..]),
    };
    let range = format!("Content-Range: bytes {from}-{}/{total}", total - 1);
    head(stream, status, &[range], rest.len())?;
    let sent = match mood {
        Mood::BreaksOff => rest.len().min(40_000),
        Mood::BreaksOffForGood if from > 0 => 0,
        Mood::BreaksOffForGood => 40_000,
        Mood::NoRanges if times == 0 => total / 2,
        _ => rest.len(),
    };
    stream.write_all(&rest[..sent])
}
