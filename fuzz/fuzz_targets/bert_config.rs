//! See `dissensus_fuzz::models::bert_config`.
#![cfg_attr(fuzzing, no_main)]

dissensus_fuzz::target!(dissensus_fuzz::models::bert_config);
