//! See `dissensus_fuzz::plain::text`.
#![cfg_attr(fuzzing, no_main)]

dissensus_fuzz::target!(dissensus_fuzz::plain::text);
