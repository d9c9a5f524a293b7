//! Integration tests: crates working together. One module per question.

#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

use std::path::PathBuf;

/// Does a model that is not BERT train, and get every measure, from one file?
mod another_architecture;
/// Does the program that audits checkpoints understand what the documents say?
mod audit_checkpoints;
/// May everything that is depended on be used, and is it there once?
mod dependencies;
/// Do several devices find what one finds, and does a program without a use for them say so?
mod devices;
/// Do the documents' commands and links work?
mod documents;
/// Does a program end well where a file, a pipe, a model folder or its user does not?
mod faults;
/// Does every reader refuse bytes that it cannot read?
mod fuzz;
/// Is the page of a study there while it trains, and the same in the end?
mod growing;
/// Does a function of numbers give a typed error or the documented value, whatever they are?
mod hard;
/// Does a public name mean one thing, and can every public type be shared between threads?
mod house;
/// Do programs take models and data sets by their names on the hub?
#[cfg(feature = "hub")]
mod hub;
/// Does every program read the same files alike, and refuse the same ones in the same words?
mod inputs;
/// Does the program that maps Fisher information take all labels where it is asked to?
mod labels;
/// Has a model trained by the recipe learned words?
mod learned;
/// Do shards in any grouping join to one pass, and does what is refused change nothing?
mod merges;
/// Does the report work in a browser: no request, nothing cut off, tables that sort?
mod page;
/// Do the pages of scans, probes and mutation curves say what their numbers do?
mod pages;
/// Does a trained model notice a broken motif as the source's own posterior does?
mod planted;
/// Is every function of numbers tried with hard ones, every merge held to its laws, every number
/// stored so that it can be read back?
mod rules;
/// Is a scan of variants the same bytes whoever makes its shards?
mod shares;
/// Does a run that a signal stops, once or twice, lose nothing?
#[cfg(unix)]
mod signals;
/// Does every number of a result come back from a file, whatever it is?
mod stored;
/// What does a study write, and is it the same bytes every time?
mod study;
/// Is every program repeated by its file of options, and brief in the end?
mod terminal;
/// Does the program that trains one model stop, resume and say what is wrong?
mod train_mlm;
/// Is a transfer study the same bytes whoever makes its cells?
mod transfer;
/// Do the models of `lm` answer what scores of variants and probes ask?
mod variants;

/// An example program. `cargo test` puts it beside the folder of this test program.
fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let path = own.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(
        path.exists(),
        "build it first: cargo build --release --workspace --examples"
    );
    path
}
