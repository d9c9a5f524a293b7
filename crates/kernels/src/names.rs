//! Long lists in messages.

/// A list as a message names it: the first ten, none longer than 60 characters, and how many more
/// there are.
///
/// ```
/// use dissensus_kernels::names::few;
/// assert_eq!(few(&["a".into(), "b".into()]), "a, b");
/// ```
#[must_use]
pub fn few(names: &[String]) -> String {
    let cut = |name: &String| match name.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.clone(),
    };
    let shown: Vec<String> = names.iter().take(10).map(cut).collect();
    let more = names.len() - shown.len();
    if more == 0 {
        return shown.join(", ");
    }
    format!("{} and {more} more", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_named_by_its_beginning() {
        let names = |count: usize| -> Vec<String> { (0..count).map(|i| format!("t{i}")).collect() };
        assert_eq!(few(&names(2)), "t0, t1");
        assert!(!few(&names(10)).contains("more"));
        let many = few(&names(200_000));
        assert!(many.ends_with("t9 and 199990 more"), "{many}");
        assert!(few(&["ä".repeat(1_000_000)]).len() < 200);
        assert_eq!(few(&[]), "");
    }
}
