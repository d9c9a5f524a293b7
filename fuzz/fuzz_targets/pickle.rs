//! See `dissensus_fuzz::models::pickle`.
#![cfg_attr(fuzzing, no_main)]

dissensus_fuzz::target!(dissensus_fuzz::models::pickle);
