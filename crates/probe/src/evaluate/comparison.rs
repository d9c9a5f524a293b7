//! Several features of the same rows, on the same folds.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Difference, EvaluateParams, ProbeReport, evaluate, gain_over};
use crate::{Error, Features, Folds, Labels, Metric, Probe};

/// What a probe found in features of some name.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NamedReport {
    /// Where the features come from.
    pub name: String,
    /// What was found.
    pub report: ProbeReport,
}

/// What some features gain over others.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FeatureGain {
    /// The first.
    pub of: String,
    /// The others, whose mean is taken.
    pub over: Vec<String>,
    /// Each metric of the first less the mean of the others'.
    pub differences: Vec<Difference>,
}

/// One probe on several features of the same rows, all on the same folds and resamples.
///
/// ```
/// use dissensus_probe::{
///     EvaluateParams, FeatureComparison, Features, Folds, Labels, LogisticParams, Metric,
///     Reduction,
/// };
///
/// let labels = Labels::new((0..40).map(|i| i % 2).collect(), 2)?;
/// let folds = Folds::stratified(&labels, 4, 0)?;
/// let probe = LogisticParams::default();
/// let mut found = FeatureComparison::new(&probe, &labels, &folds, EvaluateParams::default());
/// found.add(
///     "the class",
///     &Features::new((0..40).map(|i| f64::from(i % 2)).collect(), 1)?,
///     Reduction::Full,
/// )?;
/// found.add("nothing", &Features::new(vec![1.0; 40], 1)?, Reduction::Full)?;
/// let gain = found.gain("the class", &["nothing"])?;
/// let auroc = gain.differences.iter().find(|found| found.metric == Metric::Auroc);
/// assert_eq!(auroc.map(|found| found.estimate.value), Some(0.5));
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
pub struct FeatureComparison<'a> {
    probe: &'a dyn Probe,
    labels: &'a Labels,
    folds: &'a Folds,
    params: EvaluateParams,
    reports: Vec<NamedReport>,
}

impl<'a> FeatureComparison<'a> {
    /// Nothing compared yet.
    #[must_use]
    pub fn new(
        probe: &'a dyn Probe,
        labels: &'a Labels,
        folds: &'a Folds,
        params: EvaluateParams,
    ) -> Self {
        Self {
            probe,
            labels,
            folds,
            params,
            reports: Vec::new(),
        }
    }

    /// Fits and scores the probe on features, of which it sees so many columns.
    ///
    /// # Errors
    /// Those of [`evaluate`]; a name that is there already.
    pub fn add(
        &mut self,
        name: &str,
        features: &Features,
        reduction: crate::Reduction,
    ) -> Result<(), Error> {
        if self.find(name).is_ok() {
            return Err(Error::Name {
                expected: "a name that is not there yet".into(),
                found: name.to_owned(),
            });
        }
        let params = self.params.with_reduction(reduction);
        let report = evaluate(self.probe, features, self.labels, self.folds, &params)?;
        self.reports.push(NamedReport {
            name: name.to_owned(),
            report,
        });
        Ok(())
    }

    /// What one gains over the mean of others.
    ///
    /// # Errors
    /// A name that is not there, no other.
    pub fn gain(&self, of: &str, over: &[&str]) -> Result<FeatureGain, Error> {
        let others: Vec<&ProbeReport> = over
            .iter()
            .map(|name| self.find(name))
            .collect::<Result<_, _>>()?;
        let bootstrap = &self.params.bootstrap;
        Ok(FeatureGain {
            of: of.to_owned(),
            over: over.iter().map(|&name| name.to_owned()).collect(),
            differences: gain_over(self.find(of)?, &others, bootstrap)?,
        })
    }

    /// What one gains over each of several others, of a list over the mean; an empty list is left
    /// out.
    ///
    /// # Errors
    /// As [`FeatureComparison::gain`].
    pub fn gains(&self, of: &str, over: &[&[&str]]) -> Result<Vec<FeatureGain>, Error> {
        let over = over.iter().filter(|over| !over.is_empty());
        over.map(|over| self.gain(of, over)).collect()
    }

    /// What was found, in the order of adding.
    #[must_use]
    pub fn reports(&self) -> &[NamedReport] {
        &self.reports
    }

    fn find(&self, name: &str) -> Result<&ProbeReport, Error> {
        let found = self.reports.iter().find(|report| report.name == name);
        found.map(|found| &found.report).ok_or_else(|| {
            let names: Vec<&str> = self.reports.iter().map(|report| &report.name[..]).collect();
            Error::Name {
                expected: format!("one of {names:?}"),
                found: name.to_owned(),
            }
        })
    }
}

/// The metrics of a short table.
const SHORT: [Metric; 3] = [Metric::Mcc, Metric::Auroc, Metric::F1Macro];

impl fmt::Display for FeatureComparison<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:32} {:>8}", "features", "columns")?;
        for metric in SHORT {
            write!(f, " {metric:>24}")?;
        }
        writeln!(f)?;
        for NamedReport { name, report } in &self.reports {
            write!(f, "{name:32} {:>8}", report.dimension)?;
            for metric in SHORT {
                let found = report.get(metric).map(|found| found.estimate);
                let said = found.map_or("–".to_owned(), |found| format!("{found:.3}"));
                write!(f, " {said:>24}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for FeatureGain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} less {}:", self.of, self.over.join(" and "))?;
        let short = |found: &&Difference| SHORT.contains(&found.metric);
        let said = self.differences.iter().filter(short);
        let said: Vec<String> = said
            .map(|found| format!(" {} {:+.3}", found.metric, found.estimate))
            .collect();
        f.write_str(&said.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MajorityClass, Reduction};

    #[test]
    fn names_are_told_apart() {
        let labels = Labels::new((0..20).map(|i| i % 2).collect(), 2).unwrap();
        let folds = Folds::stratified(&labels, 2, 0).unwrap();
        let features = Features::new(vec![1.0; 20], 1).unwrap();
        let mut found =
            FeatureComparison::new(&MajorityClass, &labels, &folds, EvaluateParams::default());
        found.add("one", &features, Reduction::Full).unwrap();
        let again = found.add("one", &features, Reduction::Full);
        assert!(matches!(again, Err(Error::Name { .. })));
        let error = found.gain("one", &["two"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "name: expected one of [\"one\"], found \"two\""
        );
        assert!(found.gain("one", &[]).is_err());
        found.add("two", &features, Reduction::Full).unwrap();
        let gains = found.gains("one", &[&["two"], &[], &["one", "two"]]);
        let over: Vec<usize> = gains.unwrap().iter().map(|gain| gain.over.len()).collect();
        assert_eq!(over, [1, 2], "the empty list is left out");
        assert!(found.to_string().contains("one"));
    }
}
