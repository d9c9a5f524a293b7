//! Every reader of bytes from outside over the corpus of its fuzz target and mutations of it: see
//! `fuzz/README.md`.

#[path = "../../fuzz/src/models.rs"]
mod models;
#[path = "../../fuzz/src/plain.rs"]
mod plain;
#[path = "../../fuzz/src/smoke.rs"]
mod smoke;

#[test]
fn readers_of_plain_crates_refuse_what_they_cannot_read() {
    smoke::smoke(plain::TARGETS, 40);
}

#[test]
fn readers_of_models_and_runs_refuse_what_they_cannot_read() {
    smoke::smoke(models::TARGETS, 40);
}
