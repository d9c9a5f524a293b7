//! The second reading: parts of a file become documents.

use std::collections::VecDeque;

use dissensus_corpus::{
    Fallible, Region, Set, Window, WindowCutter, WindowParams, text_segments, words_within,
};

use crate::part::{Part, Parts};
use crate::survey::Survey;
use crate::{Document, Error, Modality, Origin};

/// Documents of one file.
pub(super) struct FileDocuments<'a> {
    survey: &'a Survey,
    parts: Parts<'a>,
    modality: Modality,
    length: usize,
    cutter: WindowCutter,
    /// The region that is being read.
    next: usize,
    ready: VecDeque<(Set, Document)>,
    symbols: u64,
    ended: bool,
}

impl<'a> FileDocuments<'a> {
    /// The documents, or the error of opening the file.
    pub(super) fn of(
        survey: &'a Survey,
        modality: Modality,
        length: usize,
    ) -> Box<dyn Iterator<Item = Result<(Set, Document), Error>> + 'a> {
        match Self::new(survey, modality, length) {
            Ok(documents) => Box::new(documents),
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    }

    fn new(survey: &'a Survey, modality: Modality, length: usize) -> Result<Self, Error> {
        let params = WindowParams::default()
            .with_length(length)
            .with_min_length(1);
        Ok(Self {
            survey,
            parts: Parts::new(&survey.file, modality)?,
            modality,
            length,
            cutter: WindowCutter::new(&params)?,
            next: 0,
            ready: VecDeque::new(),
            symbols: 0,
            ended: false,
        })
    }

    /// A file that is written while it is read would give documents of other sets.
    fn finish(&self) -> Result<Option<(Set, Document)>, Error> {
        let (expected, found) = (self.survey.counts.symbols, self.symbols);
        if expected == found {
            return Ok(None);
        }
        Err(Error::Changed {
            file: self.survey.file.path.clone(),
            expected,
            found,
        })
    }

    fn region(&self) -> Option<(Set, Region)> {
        self.survey.regions.get(self.next).copied()
    }

    fn cut_bases(&mut self, part: &Part) {
        let end = part.start + part.symbols.len() as u64;
        self.symbols += part.symbols.len() as u64;
        while let Some((set, region)) = self.region() {
            if region.record != part.record || region.start >= end {
                return;
            }
            if region.start >= part.start {
                self.cutter
                    .begin(part.record, part.name.clone(), region.start);
            }
            let from = region.start.max(part.start) - part.start;
            let to = region.end.min(end) - part.start;
            self.cutter
                .push(&part.symbols.as_bytes()[from as usize..to as usize]);
            let is_done = region.end <= end;
            if is_done {
                self.cutter.end();
            }
            for window in self.cutter.by_ref() {
                self.ready
                    .push_back((set, document(window, &self.survey.file.name)));
            }
            if !is_done {
                return;
            }
            self.next += 1;
        }
    }

    fn cut_text(&mut self, part: &Part) -> Result<(), Error> {
        self.symbols += part.symbols.chars().count() as u64;
        while let Some((set, region)) = self.region() {
            if region.record != part.record {
                return Ok(());
            }
            let words = words_within(&part.symbols, region.start as usize..region.end as usize);
            for segment in text_segments(&part.symbols[words.clone()], self.length)? {
                let start = (words.start + segment.range.start) as u64;
                let origin = Origin {
                    file: self.survey.file.name.clone(),
                    record: part.record,
                    name: part.name.clone(),
                    start,
                };
                let document = Document {
                    text: segment.text.to_owned(),
                    soft_masked: Vec::new(),
                    origin,
                };
                self.ready.push_back((set, document));
            }
            self.next += 1;
        }
        Ok(())
    }
}

fn document(window: Window, file: &std::sync::Arc<str>) -> Document {
    Document {
        soft_masked: window.soft_masked(),
        origin: Origin {
            file: file.clone(),
            record: window.record,
            name: window.name,
            start: window.start,
        },
        text: window.bases,
    }
}

impl Fallible for FileDocuments<'_> {
    type Item = (Set, Document);
    type Error = Error;

    fn try_next(&mut self) -> Result<Option<(Set, Document)>, Error> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Ok(Some(ready));
            }
            let Some(part) = self.parts.try_next()? else {
                return self.finish();
            };
            match self.modality {
                Modality::Dna => self.cut_bases(&part),
                Modality::Text => self.cut_text(&part)?,
            }
        }
    }

    fn ended(&mut self) -> &mut bool {
        &mut self.ended
    }
}

impl Iterator for FileDocuments<'_> {
    type Item = Result<(Set, Document), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_or_end()
    }
}
