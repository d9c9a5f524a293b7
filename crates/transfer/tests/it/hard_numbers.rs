//! Numbers that are not finite are read back as they were written.

#![allow(clippy::unwrap_used)]

use dissensus_probe::Scores;
use dissensus_transfer::{
    CellKey, CellOutcome, Method, TaskGain, TransferArm, TransferCell, TransferCells,
};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

fn reads_back<T: Serialize + DeserializeOwned + std::fmt::Debug>(value: &T) -> bool {
    let text = serde_json::to_string(value).unwrap();
    let read: T = serde_json::from_str(&text).unwrap();
    format!("{read:?}") == format!("{value:?}")
}

proptest! {
    #[test]
    fn cells_and_gains_survive_json_whatever_they_hold(mcc in any::<f64>(), rate in any::<Option<f64>>(), q_value in any::<Option<f64>>()) {
        let mut scores = Scores::default();
        (scores.mcc, scores.log_loss) = (mcc, rate);
        let key = CellKey {
            model: "kmer".into(),
            task: "promoters".into(),
            method: Method::FineTuned,
            arm: TransferArm::Random,
            fold: 0,
            seed: 7,
        };
        let cell = TransferCell {
            key,
            outcome: CellOutcome::Scored(scores),
            bases_seen: None,
            features: 4,
            rate,
            epoch: Some(3),
        };
        prop_assert!(reads_back(&cell));
        let mut cells = TransferCells::default();
        cells.insert(cell.clone()).unwrap();
        // The same cell again is no conflict, though NaN is unlike itself.
        cells.insert(cell).unwrap();
        prop_assert_eq!(cells.len(), 1);
        prop_assert!(reads_back(&cells));
        let text = r#"{"task":"promoters","pairs":0,"arm":{"scored":0,"at_chance":0,"diverged":0},"against":{"scored":0,"at_chance":0,"diverged":0}}"#;
        let mut gain: TaskGain = serde_json::from_str(text).unwrap();
        gain.q_value = q_value;
        prop_assert!(reads_back(&gain));
    }
}
