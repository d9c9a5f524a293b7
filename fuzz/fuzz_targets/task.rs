//! See `dissensus_fuzz::plain::task`.
#![cfg_attr(fuzzing, no_main)]

dissensus_fuzz::target!(dissensus_fuzz::plain::task);
