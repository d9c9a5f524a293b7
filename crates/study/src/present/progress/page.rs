//! The page of a study that is not finished.

use std::fmt;

use dissensus_measure::{LOSS, MeasureKey, Stage, TRAINED};
use dissensus_report::{
    Cell, Disclosure, Figure, Line, LineChart, MarkRole, Page, ReferenceLine, Results, Section,
    Table,
};

use super::{Name, StudyProgress};
use crate::Error;
use crate::present::page::{self, sections};
use crate::present::{figures, run_card};
use crate::sweep;

/// What a study of arms and a sweep have each of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    title: &'static str,
    lead: &'static str,
    /// What one of its parts is called.
    part: &'static str,
    /// Sections on what is measured.
    found: fn(&Results) -> Result<Vec<Section>, Error>,
}

pub(super) const ARMS: Kind = Kind {
    title: page::TITLE,
    lead: page::LEAD,
    part: "arm",
    found: of_arms,
};

pub(super) const CELLS: Kind = Kind {
    title: sweep::TITLE,
    lead: sweep::LEAD,
    part: "cell",
    found: of_cells,
};

const CAPTION: &str = "Loss in training at the tokens that each member has read, the mean of some steps a point; one colour an ensemble, controls \
    without transformer layers among them. Across: what the frequencies of the tokens alone give, and, once an ensemble is measured, \
    what a perfect model of the source would reach, both on the analysis set.";

impl StudyProgress {
    /// The page of what there is: how far it is, the curves of the members, and everything on the
    /// parts that are measured. `facts` stand on its card, each a name and a value.
    ///
    /// # Errors
    /// [`Error::Report`] if a table cannot be built.
    pub fn page(&self, facts: Vec<(String, String)>) -> Result<Page, Error> {
        let card = run_card(&self.results, None).with("Machine and program", facts);
        let mut page = Page::new(self.kind.title, self.kind.lead);
        page.card(card).section(self.section()?);
        if !self.results.ensembles.is_empty() {
            for section in (self.kind.found)(&self.results)? {
                page.section(section);
            }
        }
        page.footer("Everything on this page is inside this file.");
        Ok(page)
    }

    fn section(&self) -> Result<Section, Error> {
        let mut section = Section::new("progress", "How far it is");
        section.table(&self.table()?, Disclosure::Open);
        section.figure(&Figure::new("training", self.chart(), CAPTION));
        Ok(section)
    }

    /// One row a part: what is done of it.
    fn table(&self) -> Result<Table, Error> {
        let title = format!("{}s", capital(self.kind.part));
        let mut table = Table::new(&title, [self.kind.part, "state", "members", "controls"]);
        for part in &self.planned {
            let trained = |control| {
                let name = Name {
                    ensemble: part.clone(),
                    control,
                };
                self.members_of(&name)
            };
            table.push([
                Cell::from(part.as_str()),
                self.state(part).into(),
                trained(false).into(),
                trained(true).into(),
            ])?;
        }
        Ok(table)
    }

    fn is_measured(&self, part: &str) -> bool {
        self.results.ensembles.iter().any(|e| e.name == part)
    }

    fn state(&self, part: &str) -> String {
        let begun = self.trainings.keys().any(|name| name.ensemble == part);
        match &self.now {
            _ if self.is_measured(part) => "finished".into(),
            Some((now, stage)) if now == part => self.doing(*stage),
            _ if begun => "trained".into(),
            _ => "to come".into(),
        }
    }

    fn doing(&self, stage: Stage) -> String {
        if stage == Stage::Training && self.trains.control {
            return "training the controls".into();
        }
        stage.description().into()
    }

    /// How many members are trained, and where the others are.
    fn members_of(&self, name: &Name) -> String {
        let Some(members) = self.trainings.get(name) else {
            return String::new();
        };
        let finished = members.values().filter(|member| member.finished).count();
        let on_their_way = self.on_their_way(name);
        let rest = if on_their_way.is_empty() {
            String::new()
        } else {
            format!("; {}", on_their_way.join(", "))
        };
        format!("{finished} of {} trained{rest}", self.members)
    }

    fn on_their_way(&self, name: &Name) -> Vec<String> {
        let members = self.trainings.get(name).into_iter().flatten();
        let members = members.filter(|(_, member)| !member.finished);
        let said = members.map(|(k, m)| format!("member {k}: step {} of {}", m.step, m.total));
        said.collect()
    }

    /// The losses of all members so far, and the levels known.
    fn chart(&self) -> LineChart {
        let line = |name: &Name, member: usize, points| Line {
            subject: name.ensemble.clone(),
            role: if name.control {
                MarkRole::Control
            } else {
                MarkRole::Trained
            },
            detail: format!("member {member}"),
            points,
            ..Line::default()
        };
        // In the order of the plan, which gives the colours that the finished page has.
        let names = self.planned.iter().flat_map(|part| {
            let ensemble = |control| Name {
                ensemble: part.clone(),
                control,
            };
            [false, true].map(ensemble)
        });
        let ensembles = names.filter_map(|name| self.trainings.get_key_value(&name));
        let lines = ensembles.flat_map(|(name, members)| {
            let members = members.iter();
            members.map(move |(&member, curve)| line(name, member, curve.points()))
        });
        LineChart {
            title: "Loss while the members train".into(),
            x_label: "tokens read".into(),
            y_label: "bits/token".into(),
            lines: lines.filter(|line| !line.points.is_empty()).collect(),
            references: self.references(),
            ..LineChart::default()
        }
    }

    fn references(&self) -> Vec<ReferenceLine> {
        let level = |subject: &str, role, level| ReferenceLine {
            subject: subject.into(),
            role,
            level,
        };
        let unigram = self.unigram.iter();
        let unigram = unigram.map(|(name, &bits)| level(name, MarkRole::Unigram, bits));
        let oracle = self.results.ensembles.iter().filter_map(|ensemble| {
            let loss = MeasureKey::from(&LOSS).find(ensemble.state(TRAINED)?)?;
            Some(level(&ensemble.name, MarkRole::Oracle, loss.oracle?))
        });
        unigram.chain(oracle).collect()
    }
}

impl fmt::Display for StudyProgress {
    /// Where it is, in one sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (all, finished) = (self.planned.len(), self.results.ensembles.len());
        let at = self.now.as_ref().and_then(|(now, stage)| {
            let at = self.planned.iter().position(|part| part == now)?;
            (!self.is_measured(now)).then_some((at + 1, now, *stage))
        });
        let Some((at, now, stage)) = at else {
            return write!(f, "{finished} of {all} {}s are finished.", self.kind.part);
        };
        let (part, doing) = (capital(self.kind.part), self.doing(stage));
        write!(f, "{part} {at} of {all}, {now}: {doing}")?;
        if stage == Stage::Training {
            for member in self.on_their_way(&self.trains) {
                write!(f, ", {member}")?;
            }
        }
        f.write_str(".")
    }
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

/// Findings, figures and tables of arms.
fn of_arms(results: &Results) -> Result<Vec<Section>, Error> {
    sections(results, &figures(results, &[]))
}

/// The cells of a sweep, whose correlations come once there are all.
fn of_cells(results: &Results) -> Result<Vec<Section>, Error> {
    let mut section = Section::new("cells", "Cells");
    section.table(&sweep::cells(results)?, Disclosure::Open);
    Ok(vec![section])
}
