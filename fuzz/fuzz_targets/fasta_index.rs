//! See `dissensus_fuzz::plain::fasta_index`.
#![cfg_attr(fuzzing, no_main)]

dissensus_fuzz::target!(dissensus_fuzz::plain::fasta_index);
