//! The hub against a server on this machine that speaks its protocol and has moods.

#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

#[path = "hub/server.rs"]
mod server;

use std::path::Path;
use std::time::Duration;

use dissensus_hub::{Error, Hub, HubName, HubParams};
use server::{COMMIT, Mood, Repositories, Server};

const TEXT: &str = "{\"text\": \"one\"}\n{\"text\": \"two\"}\n";

/// Weights of 150,000 bytes.
fn weights() -> Vec<u8> {
    (0..150_000_u32)
        .map(|at| (at.wrapping_mul(at) / 7) as u8)
        .collect()
}

fn repositories() -> Repositories {
    let file = |name: &str, text: &str| (name.to_string(), text.as_bytes().to_vec());
    let model = vec![
        file("config.json", "{\"model_type\": \"bert\"}\n"),
        ("model.safetensors".to_string(), weights()),
        file("pytorch_model.bin", "unsafe"),
        file("tokenizer.json", "{}\n"),
        file("onnx/model.onnx", "other"),
        file("README.md", "# A model\n"),
    ];
    let one = vec![file("data/one.jsonl", TEXT), file("README.md", "#\n")];
    let several = vec![file("a/one.jsonl", TEXT), file("b/two.jsonl", TEXT)];
    vec![
        ("models/org/model", model),
        ("datasets/org/one", one),
        ("datasets/org/several", several),
    ]
}

fn hub(server: &Server, cache: &Path) -> Hub {
    let params = HubParams::new(cache)
        .with_endpoint(&server.address())
        .with_attempts(3, Duration::from_millis(1))
        .with_patience(Duration::from_secs(5));
    Hub::new(params)
}

fn fetch(
    mood: Mood,
    name: &str,
) -> (
    Server,
    tempfile::TempDir,
    Result<dissensus_hub::Fetched, Error>,
) {
    let (server, cache) = (
        Server::start(mood, repositories()),
        tempfile::tempdir().unwrap(),
    );
    let found = hub(&server, cache.path()).fetch(&name.parse().unwrap());
    (server, cache, found)
}

#[test]
fn a_model_is_a_folder_of_configuration_tokenizer_and_safe_weights() {
    let (server, cache, found) = fetch(Mood::Well, "hub:org/model");
    let found = found.unwrap();
    assert_eq!(found.name.to_string(), format!("hub:org/model@{COMMIT}"));
    let mut names: Vec<String> = found
        .path
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["config.json", "model.safetensors", "tokenizer.json"]
    );
    let received = std::fs::read(found.path.join("model.safetensors")).unwrap();
    assert!(received == weights(), "the bytes of the hub");
    // A branch is asked for its commit, a commit needs nobody.
    let asked = server.requests();
    let hub = hub(&server, cache.path());
    assert_eq!(hub.fetch(&"hub:org/model".parse().unwrap()).unwrap(), found);
    assert_eq!(server.requests(), asked + 1);
    assert_eq!(hub.fetch(&found.name).unwrap(), found);
    assert_eq!(server.requests(), asked + 1);
}

#[test]
fn a_data_set_is_its_only_file_or_the_one_that_is_named() {
    let (_server, _cache, found) = fetch(Mood::Well, "hub:datasets/org/one@v2");
    let path = found.unwrap().path;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), TEXT);
    let (_server, _cache, found) = fetch(Mood::Well, "hub:datasets/org/several/b/two.jsonl");
    assert!(found.unwrap().path.ends_with("b/two.jsonl"));
    let (_server, _cache, found) = fetch(Mood::Well, "hub:datasets/org/several");
    let said = found.unwrap_err().to_string();
    assert!(said.contains("has several files; name one file"), "{said}");
    assert!(said.contains("b/two.jsonl"), "{said}");
}

#[test]
fn what_is_no_model_is_the_data_set_of_that_name() {
    let (_server, _cache, found) = fetch(Mood::Well, "hub:org/one");
    let found = found.unwrap();
    let pinned = format!("hub:datasets/org/one@{COMMIT}");
    assert_eq!(found.name.to_string(), pinned);
    assert_eq!(std::fs::read_to_string(&found.path).unwrap(), TEXT);
}

#[test]
fn a_transfer_that_breaks_off_again_and_again_continues_where_it_was() {
    let (server, _cache, found) = fetch(Mood::BreaksOff, "hub:org/model");
    let received = std::fs::read(found.unwrap().path.join("model.safetensors")).unwrap();
    assert!(received == weights());
    assert!(server.continued() >= 3, "{} continued", server.continued());
}

#[test]
fn what_was_received_before_a_failure_is_kept_for_the_next_call() {
    let (server, cache, found) = fetch(Mood::BreaksOffForGood, "hub:org/model");
    let said = found.unwrap_err().to_string();
    assert!(
        said.contains("3 times; what was received is kept"),
        "{said}"
    );
    let continued = server.continued();
    server.set(Mood::Well);
    let found = hub(&server, cache.path()).fetch(&"hub:org/model".parse().unwrap());
    let received = std::fs::read(found.unwrap().path.join("model.safetensors")).unwrap();
    assert!(received == weights());
    assert_eq!(server.continued(), continued + 1);
}

#[test]
fn a_server_that_knows_no_ranges_is_asked_for_the_whole() {
    let (_server, _cache, found) = fetch(Mood::NoRanges, "hub:org/model");
    let received = std::fs::read(found.unwrap().path.join("model.safetensors")).unwrap();
    assert!(received == weights());
}

#[test]
fn what_is_absent_or_refused_is_said_at_once_and_with_advice() {
    let (server, _cache, found) = fetch(Mood::Well, "hub:org/nothing");
    assert!(matches!(found, Err(Error::Absent { .. })), "{found:?}");
    // A model of this name, a data set of this name.
    assert_eq!(server.requests(), 2);
    let (_server, _cache, found) = fetch(Mood::Well, "hub:org/model/absent.bin");
    assert!(matches!(found, Err(Error::Absent { .. })), "{found:?}");
    let (server, cache, found) = fetch(Mood::Gated, "hub:org/model");
    let said = found.unwrap_err().to_string();
    assert!(said.contains("401") && said.contains("HF_TOKEN"), "{said}");
    let params = HubParams::new(cache.path()).with_endpoint(&server.address());
    let hub = Hub::new(params.with_token(Some("secret".into())));
    hub.fetch(&"hub:org/model".parse().unwrap()).unwrap();
}

#[test]
fn bytes_that_are_not_those_stated_are_never_given_out() {
    for mood in [Mood::WrongBytes, Mood::WrongSmallBytes] {
        let (_server, cache, found) = fetch(mood, "hub:org/model");
        let error = found.unwrap_err();
        assert!(matches!(error, Error::Checksum { .. }), "{error}");
        let folder = cache.path().join("models--org--model").join(COMMIT);
        let name = match mood {
            Mood::WrongBytes => "model.safetensors",
            _ => "config.json",
        };
        assert!(!folder.join(name).exists() && !folder.join(format!("{name}.part")).exists());
    }
}

#[test]
fn a_hub_that_is_overloaded_is_asked_again() {
    let (_server, _cache, found) = fetch(Mood::BusyAtFirst, "hub:org/model");
    assert!(found.is_ok(), "{found:?}");
    let (_server, _cache, found) = fetch(Mood::Busy, "hub:org/model");
    let said = found.unwrap_err().to_string();
    assert!(said.contains("status 503, 3 times"), "{said}");
}

#[test]
fn an_answer_that_is_not_the_api_s_is_named() {
    let (_server, _cache, found) = fetch(Mood::Portal, "hub:org/model");
    let said = found.unwrap_err().to_string();
    assert!(said.contains("expected the API of the hub"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named_and_nothing_is_given_out() {
    let (server, cache) = (
        Server::start(Mood::Well, repositories()),
        tempfile::tempdir().unwrap(),
    );
    let folder = cache.path().join("models--org--model").join(COMMIT);
    std::fs::create_dir_all(&folder).unwrap();
    // Every write to it fails as on a full disk.
    std::os::unix::fs::symlink("/dev/full", folder.join("model.safetensors.part")).unwrap();
    let name: HubName = "hub:org/model".parse().unwrap();
    let error = hub(&server, cache.path()).fetch(&name).unwrap_err();
    let said = error.to_string();
    assert!(matches!(error, Error::File { .. }), "{said}");
    assert!(said.contains("No space left on device"), "{said}");
    assert!(!folder.join("model.safetensors").exists());
}
