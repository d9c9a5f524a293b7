//! BPE, k-mer and character tokenizers for text and DNA, compatible with Hugging Face files.
