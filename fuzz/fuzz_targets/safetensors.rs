//! See `dissensus_fuzz::models::safetensors`.
#![cfg_attr(fuzzing, no_main)]

dissensus_fuzz::target!(dissensus_fuzz::models::safetensors);
