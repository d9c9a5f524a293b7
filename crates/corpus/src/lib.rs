//! Reads text, FASTA, JSONL, CSV and Parquet; cleans, windows, splits and shuffles it.
