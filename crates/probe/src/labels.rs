//! The class of each example.

use crate::Error;
use crate::error::at_least;

/// One class per example, with the names of the classes.
///
/// ```
/// use dissensus_probe::Labels;
///
/// let labels = Labels::from_names(&["promoter", "other", "promoter"])?;
/// assert_eq!(labels.names(), ["other", "promoter"]); // in alphabetical order
/// assert_eq!(labels.values(), [1, 0, 1]);
/// assert_eq!(labels.counts(), [1, 2]);
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    values: Vec<usize>,
    names: Vec<String>,
}

impl Labels {
    /// Classes by number, 0 to `classes` − 1; the numbers are their names.
    ///
    /// # Errors
    /// No label, fewer than two classes, a label that is not below `classes`.
    pub fn new(values: Vec<usize>, classes: usize) -> Result<Self, Error> {
        at_least("labels", 1, values.len())?;
        at_least("classes", 2, classes)?;
        if let Some(row) = values.iter().position(|&label| label >= classes) {
            return Err(Error::Label {
                row,
                label: values[row],
                classes,
            });
        }
        let names = (0..classes).map(|class| class.to_string()).collect();
        Ok(Self { values, names })
    }

    /// Classes by name, numbered in the order of their names: by value where all are whole numbers,
    /// else by letter.
    ///
    /// # Errors
    /// Fewer than two different names.
    pub fn from_names<S: AsRef<str>>(names: &[S]) -> Result<Self, Error> {
        let mut known: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        known.sort_unstable();
        known.dedup();
        let numbers: Option<Vec<i64>> = known.iter().map(|name| name.parse().ok()).collect();
        if let Some(numbers) = numbers {
            let mut order: Vec<usize> = (0..known.len()).collect();
            order.sort_by_key(|&i| numbers[i]);
            known = order.into_iter().map(|i| known[i]).collect();
        }
        at_least("classes", 2, known.len())?;
        let place: std::collections::HashMap<&str, usize> = known
            .iter()
            .enumerate()
            .map(|(i, &name)| (name, i))
            .collect();
        Ok(Self {
            values: names.iter().map(|name| place[name.as_ref()]).collect(),
            names: known.into_iter().map(str::to_owned).collect(),
        })
    }

    /// Number of examples.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.values.len()
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.names.len()
    }

    /// The class of each example.
    #[must_use]
    pub fn values(&self) -> &[usize] {
        &self.values
    }

    /// The name of each class.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many examples each class has.
    #[must_use]
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes()];
        self.values.iter().for_each(|&label| counts[label] += 1);
        counts
    }

    /// The rows named, in the order named; the classes stay.
    ///
    /// # Errors
    /// No row named, or one that there is not.
    pub fn select(&self, rows: &[usize]) -> Result<Self, Error> {
        at_least("labels", 1, rows.len())?;
        let label = |&row: &usize| {
            let rows = self.rows();
            self.values
                .get(row)
                .copied()
                .ok_or(Error::Row { row, rows })
        };
        Ok(Self {
            values: rows.iter().map(label).collect::<Result<_, _>>()?,
            names: self.names.clone(),
        })
    }

    /// Fails where a class has no example.
    pub(crate) fn expect_every_class(&self) -> Result<(), Error> {
        match self.counts().iter().position(|&count| count == 0) {
            None => Ok(()),
            Some(class) => Err(Error::AbsentClass {
                class: self.names[class].clone(),
                rows: self.rows(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_names_are_ordered_by_value() {
        let labels = Labels::from_names(&["10", "9", "10"]).unwrap();
        assert_eq!(labels.names(), ["9", "10"]);
        assert_eq!(labels.values(), [1, 0, 1]);
    }

    #[test]
    fn one_class_is_no_task() {
        assert!(matches!(
            Labels::from_names(&["a", "a"]),
            Err(Error::TooFew { .. })
        ));
    }

    #[test]
    fn a_label_beyond_the_classes_is_named() {
        assert!(matches!(
            Labels::new(vec![0, 3], 3),
            Err(Error::Label {
                row: 1,
                label: 3,
                ..
            })
        ));
    }
}
