//! Types of results, each with numbers that are not finite in every place: what is written is read
//! back, and is the same when it is written again.

use std::collections::BTreeSet;

use dissensus_alignment::null;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::house::{crates, sources};

/// Reads a value as a type and writes it again.
type Again = fn(Value) -> Result<Value, serde_json::Error>;

fn again<T: Serialize + DeserializeOwned>(value: Value) -> Result<Value, serde_json::Error> {
    // As text: that is what files hold.
    let read: T = serde_json::from_str(&value.to_string())?;
    serde_json::from_str(&serde_json::to_string(&read)?)
}

/// Types and what they look like; numbers with a point may be any.
macro_rules! stored {
    ($($package:ident: $($name:ident $json:tt),+;)+) => {
        fn stored() -> Vec<(&'static str, Again, Value)> {
            vec![$($((
                stringify!($name),
                again::<$package::$name> as Again,
                json!($json),
            ),)+)+]
        }
    };
}

stored! {
    dissensus_alignment:
        CanonicalCorrelations {"correlations": [0.5, 0.25], "first_rank": 2, "second_rank": 3},
        EmbeddingGeometry {
            "rows": 3, "average_cosine": 0.5, "anisotropy": 0.5, "uniformity": 0.5,
            "effective_rank": 1.5, "participation_ratio": 1.5
        },
        HeldOutFit {"relative_error": 0.5, "cosine": 0.5, "residuals": [0.5, 0.25]},
        LocalSpearman {"k": 2, "forward": 0.5, "backward": 0.25},
        Neighbour {"row": 1, "cosine": 0.5},
        Score {"value": 0.5, "chance": 0.25, "perfect": 1.5},
        UnitMatching {"max": 0.5, "mean_same_index": 0.25};
    null:
        NullLevel {"draws": 9, "mean": 0.5, "standard_error": 0.5, "p": 0.5};
    dissensus_divergence:
        MemberSummary {
            "entropy_bits": 0.5, "kl_to_uniform_bits": 0.5, "kl_from_uniform_bits": 0.5,
            "nll_bits": 0.5, "perplexity": 1.5, "accuracy": 0.5, "nucleus_tokens": [1.5],
            "rank_curve": [0.5, 0.25]
        },
        PairSummary {
            "first": 0, "second": 1, "argmax_disagreement": 0.5, "kl_forward_bits": 0.5,
            "kl_backward_bits": 0.5, "total_variation": 0.5, "hellinger": 0.5,
            "js_divergence_bits": 0.5, "js_distance": [0.5], "js_distance_as_published": [0.5]
        },
        Uncertainty {"total_bits": 0.5, "aleatoric_bits": 0.5, "epistemic_bits": 0.5};
    dissensus_ensemble:
        EvaluationRow {"step": 1, "loss": 0.5, "accuracy": 0.5},
        StepRow {
            "step": 1, "epoch": 0, "loss": 0.5, "learning_rate": 0.5, "gradient_norm": 0.5,
            "tokens": 64, "predicted": 9
        };
    dissensus_finetune:
        GainOverChance {"nats": 0.5, "standard_error": 0.5},
        RateTrial {"rate": 0.5, "best_epoch": 1, "epochs": 2, "validation_loss": 0.5};
    dissensus_fisher:
        Decile {
            "decile": 1, "rows": 3, "occurrences": 5, "input": 0.5, "output": 0.5, "cross": 0.5,
            "share": 0.5
        },
        GroupShare {
            "label": "head", "parameters": 3, "information": 0.5,
            "information_standard_error": 0.5, "share": 0.5, "share_standard_error": 0.5,
            "per_parameter": 0.5
        },
        MemberShare {
            "label": "head", "share": 0.5, "standard_error": 0.5, "information": 0.5,
            "per_parameter": 0.5, "members": [0.5, 0.25]
        };
    dissensus_probe:
        Leak {"fold": 0, "train": 1, "test": 2, "similarity": 0.5},
        NearDuplicate {"first": 1, "second": 2, "similarity": 0.5},
        Scores {
            "mcc": 0.5, "accuracy": 0.5, "f1_macro": 0.5, "f1_weighted": 0.5, "auroc": 0.5,
            "auprc": 0.5, "brier": 0.5, "log_loss": 0.5, "calibration_error": 0.5
        };
    dissensus_reference:
        BitsPerSymbol {
            "value": 0.5, "standard_error": 0.5, "low": 0.25, "high": 0.75, "blocks": 3
        },
        BlockEntropy {
            "words": 4, "distinct": 2, "plug_in_bits": 0.5, "miller_madow_bits": 0.5,
            "grassberger_bits": 0.5, "nsb_bits": 0.5, "nsb_deviation_bits": 0.5
        },
        LempelZiv {
            "symbols": 9, "phrases": 4, "bits_per_symbol": 0.5, "match_length_bits": 0.5
        };
    dissensus_source:
        Bounds {"low": 0.5, "high": 0.5},
        SampleMean {"bits": 0.5, "standard_error": 0.5, "samples": 3};
    dissensus_stats:
        OneVersusRest {"by_class": [0.5, null], "macro_mean": 0.5, "weighted_mean": 0.5},
        PermutationTest {"difference": 0.5, "p_value": 0.5, "permutations": 9, "exact": true},
        RiskCoverage {
            "points": [{"coverage": 0.5, "risk": 0.5, "threshold": 0.5}], "area": 0.5,
            "mean_loss": 0.5
        },
        RiskPoint {"coverage": 0.5, "risk": 0.5, "threshold": 0.5};
    dissensus_study:
        Pretraining {
            "model": "a", "arm": "pretrained", "task": null, "bases_seen": 1, "steps": 2,
            "bits_per_base": 0.5
        },
        RecipeCell {
            "part": "a", "variant": "b", "arm": "c", "seed": 1, "tokens": 2, "steps": 3,
            "loss": 0.5, "control": 0.5, "oracle": 0.5
        },
        RunFacts {
            "command": ["a"], "version": "1", "ended": "", "seconds": 0.5, "device": "cpu",
            "threads": 2, "tokens_read": 3, "files": [], "checksums": []
        },
        TaskFacts {"name": "a", "rows": 3, "classes": 2, "folds": 1, "oracle": 0.5};
    dissensus_tokenize:
        UsageSummary {
            "vocabulary": 9, "tokens": 5, "tokens_per_symbol": 0.5, "fertility": 1.5,
            "vocabulary_used": 0.5, "unknown": 0.5, "unigram_bits_per_symbol": 0.5
        };
    dissensus_variant:
        CoveragePoint {"coverage": 0.5, "kept": 3, "auroc": 0.5},
        EmbeddingShift {"distance": 0.5, "cosine_distance": 0.5},
        MemberScore {"mean": 0.5, "deviation": 0.5},
        VariantScore {"forward": 0.5, "reverse": 0.5};
}

/// Types that refuse some numbers when they are read, or hold other types beside their own numbers;
/// tests of their crates read them back.
const IN_THEIR_CRATES: [&str; 13] = [
    "CodeLength",
    "Ensemble",
    "Estimate",
    "GroupSums",
    "Measure",
    "Measured",
    "MinibatchCka",
    "Null",
    "Squares",
    "Summary",
    "TableRows",
    "TaskGain",
    "TransferCell",
];

/// The places of numbers with a point, as JSON pointers.
fn numbers(value: &Value, place: &str) -> Vec<String> {
    match value {
        Value::Number(number) if number.is_f64() => vec![place.to_owned()],
        Value::Array(values) => {
            let places = values.iter().enumerate();
            places
                .flat_map(|(at, value)| numbers(value, &format!("{place}/{at}")))
                .collect()
        }
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| numbers(value, &format!("{place}/{name}")))
            .collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_number_of_a_result_comes_back_whatever_it_is() {
    let hard = [
        json!("NaN"),
        json!("Infinity"),
        json!("-Infinity"),
        json!(f64::MAX),
        json!(-5e-324),
        json!(0.1 + 0.2),
    ];
    let all = stored();
    assert!(all.len() > 30, "{} types", all.len());
    for (name, again, value) in all {
        assert_eq!(again(value.clone()).unwrap(), value, "{name}");
        let places = numbers(&value, "");
        assert!(!places.is_empty(), "{name}");
        for (place, number) in places.iter().flat_map(|p| hard.iter().map(move |n| (p, n))) {
            let mut changed = value.clone();
            *changed.pointer_mut(place).unwrap() = number.clone();
            let read = again(changed.clone());
            let read = read.unwrap_or_else(|error| panic!("{name}{place}: {number}: {error}"));
            assert_eq!(read, changed, "{name}{place}");
        }
    }
}

/// Public structs that are read back and have a number that need not be finite.
fn with_numbers(text: &str) -> Vec<String> {
    let (mut found, mut attributes, mut inside) = (Vec::new(), String::new(), None);
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("pub struct ") {
            let name = rest.split(|c: char| !c.is_alphanumeric()).next();
            inside = name.filter(|_| attributes.contains("Deserialize") && line.ends_with('{'));
            attributes.clear();
        } else if line == "}" {
            inside = None;
        } else if line.starts_with("#[") || (!attributes.is_empty() && line.starts_with([' ', ')']))
        {
            attributes += line;
        } else if inside.is_none() && !line.starts_with("///") {
            attributes.clear();
        }
        if let Some(name) = inside.filter(|_| line.contains("non_finite\"")) {
            found.push(name.to_owned());
            inside = None;
        }
    }
    found
}

#[test]
fn every_type_with_such_numbers_is_tried() {
    let all = stored();
    let tried = all.iter().map(|(name, ..)| *name).chain(IN_THEIR_CRATES);
    let tried: BTreeSet<&str> = tried.collect();
    let mut found = BTreeSet::new();
    for (_, folder) in crates() {
        for file in sources(&folder.join("src")) {
            let text = std::fs::read_to_string(&file).unwrap();
            found.extend(with_numbers(
                text.split("#[cfg(test)]\nmod ").next().unwrap(),
            ));
        }
    }
    assert!(found.len() > 45, "{} types", found.len());
    let untried: Vec<&String> = found
        .iter()
        .filter(|name| !tried.contains(name.as_str()))
        .collect();
    assert!(untried.is_empty(), "{untried:#?}");
}
