//! Training, interrupted and resumed.

use burn::tensor::Device;
use dissensus_lm::{MaskedLanguageModel, Masking, evaluate};
use dissensus_zoo::{Esm, Gena, MosaicBert, Published, load_as};

use crate::common::{alternating, folder, whole_and_resumed};

fn learns_and_resumes<M: Published + MaskedLanguageModel>(case: &str) {
    let keep = [0, 1, 2, 3, 4];
    let model: M = load_as(folder(case), &Device::flex()).expect(case);
    let masking = || Masking::training(model.sizes().vocabulary, 4, &keep);
    let [whole, _] = whole_and_resumed::<M, _>(case, || alternating([9, 14], masking()));
    let masking = Masking::analysis(whole.model().sizes().vocabulary, 4, &[0, 1, 2, 3, 4]);
    let masked = masking
        .mask_all(&[[9u32, 14, 9, 14, 9, 14, 9, 14]; 4], 1)
        .expect(case);
    let before: M = load_as(folder(case), &Device::flex()).expect(case);
    let (before, after) = (
        evaluate(&before, &masked, 4).expect(case).loss,
        evaluate(&whole.model(), &masked, 4).expect(case).loss,
    );
    assert!(after < 0.7 * before, "{case}: {before} {after}");
}

#[test]
fn every_family_learns_and_resumes_to_the_bit() {
    learns_and_resumes::<Esm>("nt_v1");
    learns_and_resumes::<Esm>("nt_v2");
    learns_and_resumes::<MosaicBert>("dnabert2");
    learns_and_resumes::<Gena>("gena");
}
