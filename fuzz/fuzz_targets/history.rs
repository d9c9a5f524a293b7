//! See `dissensus_fuzz::models::history`.
#![cfg_attr(fuzzing, no_main)]

dissensus_fuzz::target!(dissensus_fuzz::models::history);
