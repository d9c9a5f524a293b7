//! See `dissensus_fuzz::models::diagonal`.
#![cfg_attr(fuzzing, no_main)]

dissensus_fuzz::target!(dissensus_fuzz::models::diagonal);
