//! Names of the hub among the arguments: `hub:org/model`, `hub:datasets/org/name/file`.

use std::ffi::OsString;

/// A command line in which names of the hub have their commits, for the record, and the same with
/// files of this disk in their places.
pub(crate) struct Fetched {
    pub(crate) pinned: Vec<OsString>,
    pub(crate) local: Vec<OsString>,
}

/// Fetches what a command line names of the hub; none if it names nothing.
///
/// # Errors
/// What the hub says, or that the program was built without it.
pub(crate) fn fetched(words: &[OsString]) -> Result<Option<Fetched>, String> {
    let mut found = Fetched {
        pinned: Vec::new(),
        local: Vec::new(),
    };
    for word in words {
        let text = word.to_string_lossy();
        let Some((before, name)) = divided(&text) else {
            found.pinned.push(word.clone());
            found.local.push(word.clone());
            continue;
        };
        // An interval of a file stands behind its name.
        let scheme = "hub:".len();
        let end = name[scheme..]
            .find(':')
            .map_or(name.len(), |at| scheme + at);
        let (name, interval) = name.split_at(end);
        let (pinned, path) = one(name)?;
        found
            .pinned
            .push(format!("{before}{pinned}{interval}").into());
        let mut local = OsString::from(before);
        local.push(path);
        local.push(interval);
        found.local.push(local);
    }
    Ok((found.local != words).then_some(found))
}

/// What stands before a name of the hub in a word, `--text=` or nothing, and the name.
fn divided(word: &str) -> Option<(&str, &str)> {
    let at = match word.split_once('=') {
        Some((option, value)) if option.starts_with("--") && value.starts_with("hub:") => {
            option.len() + 1
        }
        _ if word.starts_with("hub:") => 0,
        _ => return None,
    };
    Some(word.split_at(at))
}

#[cfg(not(feature = "hub"))]
fn one(name: &str) -> Result<(String, std::path::PathBuf), String> {
    Err(format!(
        "{name}: this program was built without the hub; build it with --features hub"
    ))
}

/// The pinned name and the path of what it means. The hub is that of `HF_ENDPOINT`, the user that
/// of `HF_TOKEN`; files are kept in `DISSENSUS_CACHE` or the user's folder for caches.
#[cfg(feature = "hub")]
fn one(name: &str) -> Result<(String, std::path::PathBuf), String> {
    use std::path::PathBuf;

    use dissensus_hub::{Hub, HubName, HubParams};

    let name: HubName = name
        .parse()
        .map_err(|error: dissensus_hub::Error| error.to_string())?;
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let below = |name, folder: &str| variable(name).map(|home| PathBuf::from(home).join(folder));
    let cache = variable("DISSENSUS_CACHE")
        .map(PathBuf::from)
        .or_else(|| below("XDG_CACHE_HOME", "dissensus"))
        .or_else(|| below("HOME", ".cache/dissensus"))
        .ok_or("DISSENSUS_CACHE and HOME are not set, expected a folder for what is fetched")?;
    let mut params = HubParams::new(cache).with_token(variable("HF_TOKEN"));
    if let Some(endpoint) = variable("HF_ENDPOINT") {
        params = params.with_endpoint(&endpoint);
    }
    let found = Hub::new(params).fetch(&name);
    let found = found.map_err(|error| error.to_string())?;
    Ok((found.name.to_string(), found.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_hub_are_found_alone_and_behind_an_option() {
        assert_eq!(divided("hub:a/b"), Some(("", "hub:a/b")));
        assert_eq!(divided("--model=hub:a/b"), Some(("--model=", "hub:a/b")));
        assert_eq!(divided("x=hub:a/b"), None);
        let plain = ["tool", "--model", "folder"].map(OsString::from);
        assert!(fetched(&plain).is_ok_and(|found| found.is_none()));
    }

    #[cfg(not(feature = "hub"))]
    #[test]
    fn a_program_without_the_hub_says_how_to_get_it() {
        let words = ["tool", "hub:a/b"].map(OsString::from);
        let said = fetched(&words).err().unwrap_or_default();
        assert!(said.contains("--features hub"), "{said}");
    }
}
