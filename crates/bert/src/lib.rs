//! BERT masked-language model: configuration, training, checkpoints, Hugging Face import and export.
