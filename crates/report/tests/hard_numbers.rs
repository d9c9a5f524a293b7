//! Numbers that break what was not thought of: a typed error, or read back as they were written.

#![allow(clippy::unwrap_used)]

use dissensus_report::{Error, Measure};
use proptest::prelude::*;

fn measure() -> Measure {
    Measure::new("loss", "bits/token", 1.5).unwrap()
}

#[test]
fn what_is_no_number_is_no_measure() {
    let refused = |found: Result<Measure, Error>| matches!(found, Err(Error::NotANumber { .. }));
    let x = f64::NAN;
    assert!(refused(Measure::new("loss", "bits/token", x)));
    assert!(refused(measure().at(x)) && refused(measure().with_chance(x)));
    assert!(refused(measure().with_interval(x, 1.0)) && refused(measure().with_interval(1.0, x)));
    assert!(refused(measure().with_oracle(x)) && refused(measure().with_members(&[1.0, x])));
    assert!(refused(measure().with_member_error(x)) && refused(measure().with_example_error(x)));
    assert!(matches!(
        measure().with_interval(2.0, 1.0),
        Err(Error::Interval { .. })
    ));
}

proptest! {
    #[test]
    fn any_numbers_are_shown_and_read_back(
        x in prop::array::uniform8(prop::num::f64::ANY.prop_filter("a number", |x| !x.is_nan())),
        members in prop::collection::vec(prop_oneof![Just(f64::INFINITY), Just(5e-324), Just(-1e308), -1.0..1.0], 0..4),
    ) {
        let (low, high) = (x[1].min(x[2]), x[1].max(x[2]));
        let found = Measure::new("loss", "bits/token", x[0]).unwrap().with_interval(low, high).unwrap();
        let found = found.at(x[3]).unwrap().with_chance(x[4]).unwrap().with_oracle(x[5]).unwrap();
        let found = found.with_members(&members).unwrap();
        let found = found.with_member_error(x[6]).unwrap().with_example_error(x[7]).unwrap();
        prop_assert!(!found.shown().is_empty() && !found.shown_chance().is_empty());
        let read: Measure = serde_json::from_str(&serde_json::to_string(&found).unwrap()).unwrap();
        prop_assert_eq!(format!("{read:?}"), format!("{found:?}"));
    }
}
