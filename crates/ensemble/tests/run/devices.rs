//! Several devices at one member.

use super::*;

fn cpus(count: usize) -> Devices {
    Devices::new(vec![Device::flex(); count]).unwrap()
}

fn in_micro_batches() -> Plan {
    let mut plan = plan(&tokenizer());
    plan.training.micro_batch = Some(1);
    plan
}

#[test]
fn two_devices_leave_the_bytes_of_one_also_when_interrupted() {
    let (plan, two) = (in_micro_batches(), cpus(2));
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
fn a_device_without_a_micro_batch_is_refused_before_a_file_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (plan, refuse) = (in_micro_batches(), Existing::Refuse);
    let found = go_on(&cpus(3), &plan, folder.path(), refuse, &mut ());
    assert!(found.unwrap_err().to_string().contains("3 devices"));
    assert!(contents(folder.path()).is_empty());
}
