//! See `dissensus_fuzz::models::run`.
#![cfg_attr(fuzzing, no_main)]

dissensus_fuzz::target!(dissensus_fuzz::models::run);
