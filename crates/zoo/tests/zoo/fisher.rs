//! Fisher information of every family, by role.

use burn::tensor::Device;
use dissensus_fisher::{FisherParams, LabelChoice, Sample};
use dissensus_lm::{
    Encoder, Masked, MaskedLanguageModel, Masking, ModelPart, ParameterKind as Kind,
};
use dissensus_zoo::{Esm, Gena, MosaicBert, Published, load, load_as};

use crate::common::{CASES, folder};

fn masked<M: Encoder>(model: &M) -> Vec<Masked> {
    let sequences: Vec<Vec<u32>> = (0..5)
        .map(|row| (0..6 + row).map(|at| 6 + (row * 5 + at * 7) % 17).collect())
        .collect();
    let masking = Masking::analysis(model.sizes().vocabulary, 4, &[0, 1, 2, 3, 4]);
    masking.mask_all(&sequences, 1).expect("sequences")
}

/// Group sums by hooks and by one backward pass a sequence.
fn both_routes<M: Published + MaskedLanguageModel>(case: &str, tied: bool) {
    let model: M = load_as(folder(case), &Device::flex()).expect(case);
    let masked = masked(&model);
    let how = FisherParams::default()
        .with_sample(Sample::Sequence)
        .with_labels(LabelChoice::Observed)
        .with_batch(2);
    let fast = how.group_sums(&model, &masked).expect(case);
    let general = how.by_the_general_route().group_sums(&model, &masked);
    let general = general.expect(case);
    assert_eq!(fast.roles, general.roles, "{case}");
    assert_eq!(fast.parameters, general.parameters, "{case}");
    assert_eq!(
        fast.roles.iter().any(|role| role.kind == Kind::WordOutput),
        tied,
        "{case}"
    );
    for ((role, a), b) in fast.roles.iter().zip(&fast.sums).zip(&general.sums) {
        let scale = fast.trace() * 1e-6 + b.abs();
        assert!((a - b).abs() < 2e-4 * scale, "{case} {role}: {a} {b}");
    }
}

#[test]
fn every_family_gets_its_fisher_shares_by_both_routes() {
    both_routes::<Esm>("nt_v1", false);
    both_routes::<Esm>("nt_v1_norm_before", false);
    both_routes::<Esm>("nt_v2", false);
    both_routes::<MosaicBert>("dnabert2", true);
    both_routes::<Gena>("gena", true);
    both_routes::<Gena>("gena_last_norm", true);
}

#[test]
fn every_parameter_of_every_family_has_a_role_in_the_field_s_words() {
    for case in CASES {
        let model = load(folder(case), &Device::flex()).expect(case);
        for (name, _) in model.parameters() {
            let role = model.parameter_role(&name);
            assert!(
                !matches!(role.kind, Kind::Other(_)),
                "{case} {name}: {role}"
            );
            let in_layer = name.contains(".layer.");
            assert_eq!(role.layer.is_some(), in_layer, "{case} {name}: {role}");
        }
    }
}

#[test]
fn names_have_the_roles_of_their_modules() {
    let cases = [
        (
            "nt_v2",
            "esm.encoder.layer.2.attention.LayerNorm.weight",
            Some(2),
            Kind::AttentionNorm,
        ),
        (
            "nt_v2",
            "esm.encoder.layer.2.LayerNorm.bias",
            Some(2),
            Kind::FeedForwardNorm,
        ),
        (
            "nt_v1",
            "esm.encoder.emb_layer_norm_after.weight",
            None,
            Kind::EncoderNorm,
        ),
        ("nt_v1", "lm_head.decoder.bias", None, Kind::DecoderBias),
        ("nt_v1", "lm_head.layer_norm.weight", None, Kind::HeadNorm),
        (
            "dnabert2",
            "bert.encoder.layer.1.attention.self.Wqkv.key.bias",
            Some(1),
            Kind::Key,
        ),
        (
            "dnabert2",
            "bert.encoder.layer.1.mlp.gated_layers.weight",
            Some(1),
            Kind::FeedForwardIn,
        ),
        (
            "dnabert2",
            "bert.encoder.layer.1.mlp.layernorm.bias",
            Some(1),
            Kind::FeedForwardNorm,
        ),
        (
            "dnabert2",
            "bert.embeddings.word_embeddings.weight",
            None,
            Kind::WordTied,
        ),
        (
            "gena",
            "bert.encoder.layer.1.pre_attention_ln.weight",
            Some(1),
            Kind::AttentionNorm,
        ),
        (
            "gena",
            "cls.predictions.decoder.bias",
            None,
            Kind::DecoderBias,
        ),
        (
            "gena_last_norm",
            "bert.encoder.last_layer_ln.weight",
            None,
            Kind::EncoderNorm,
        ),
    ];
    for (case, name, layer, kind) in cases {
        let role = load(folder(case), &Device::flex())
            .expect(case)
            .parameter_role(name);
        assert_eq!((role.layer, role.kind), (layer, kind), "{case} {name}");
    }
    let norm = load(folder("gena_last_norm"), &Device::flex()).expect("gena");
    let role = norm.parameter_role("bert.encoder.last_layer_ln.weight");
    assert_eq!(role.part, ModelPart::Layers);
}
