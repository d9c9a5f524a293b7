//! See `dissensus_fuzz::plain::json_lines`.
#![cfg_attr(fuzzing, no_main)]

dissensus_fuzz::target!(dissensus_fuzz::plain::json_lines);
