//! See `dissensus_fuzz::plain::vcf`.
#![cfg_attr(fuzzing, no_main)]

dissensus_fuzz::target!(dissensus_fuzz::plain::vcf);
