//! Several devices at one member.

use super::*;

fn in_pieces() -> Plan {
    let mut plan = plan(&tokenizer());
    plan.training.micro_batch = Some(1);
    plan
}

#[test]
fn two_devices_leave_the_bytes_of_one_also_when_interrupted() {
    let (plan, two) = (in_pieces(), vec![Device::flex(); 2]);
    let one = tempfile::tempdir().unwrap();
    go_by(&plan, one.path(), Existing::Refuse, &mut ()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let stop = &mut BreakAfter(3);
    let outcome = go_on(&two, &plan, folder.path(), Existing::Refuse, stop).unwrap();
    assert_eq!(outcome, Outcome::Interrupted);
    go_on(&two, &plan, folder.path(), Existing::Resume, &mut ()).unwrap();
    assert_eq!(contents(folder.path()), contents(one.path()));
}

#[test]
fn no_device_or_one_without_a_piece_is_refused_before_a_file_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |devices: &[Device]| {
        let found = go_on(
            devices,
            &in_pieces(),
            folder.path(),
            Existing::Refuse,
            &mut (),
        );
        found.unwrap_err().to_string()
    };
    assert!(refused(&[]).contains("devices is an empty list"));
    assert!(refused(&vec![Device::flex(); 3]).contains("3 devices"));
    assert!(contents(folder.path()).is_empty());
}
