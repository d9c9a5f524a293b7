//! The keys of files of models that are built around a BERT encoder.

/// The parameter that a key stands for, with the prefix that files of the encoder alone leave out;
/// `None` for pooler, classifiers and stored positions, which a masked-language model does not
/// need.
pub(crate) fn needed_bert_key(key: &str) -> Option<String> {
    let key = match key.split('.').next() {
        Some("embeddings" | "encoder" | "pooler") => format!("bert.{key}"),
        _ => key.to_string(),
    };
    let unneeded = ["bert.pooler.", "classifier.", "cls.seq_relationship."];
    let is_needed =
        !unneeded.iter().any(|other| key.starts_with(other)) && !key.ends_with("position_ids");
    is_needed.then_some(key)
}
