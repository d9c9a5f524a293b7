//! The time of the processor.

/// Seconds that the processor has worked for this program, all threads together: unlike the time on
/// the wall it does not depend on what else the machine is doing, but for what shared caches and
/// memory cost. Where the system does not tell, the time on the wall.
#[must_use]
pub fn processor_seconds() -> f64 {
    #[cfg(unix)]
    if let Ok(usage) = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF) {
        let time = usage.user_time();
        return time.tv_sec() as f64 + 1e-6 * time.tv_usec() as f64;
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0.0, |time| time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_runs_while_something_is_computed() {
        let began = processor_seconds();
        let mut sum = 0.0_f64;
        while processor_seconds() - began < 0.02 {
            sum += (0..1000).map(f64::from).sum::<f64>();
        }
        assert!(sum > 0.0 && processor_seconds() > began);
    }
}
