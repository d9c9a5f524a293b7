use std::ops::Range;

use super::{Sets, SplitParams, split};
use crate::{Error, Record, Region};

/// What records are measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Symbol {
    /// Bases: one byte each, cut anywhere.
    Base,
    /// Characters, cut at white space: the part of a set at a border is shortened to whole words.
    Character,
}

/// Splits records in memory as [`split`] does, and cuts those that a border crosses.
///
/// [`Record::start`] says where a part begins. Records may come from several files.
///
/// ```
/// use dissensus_corpus::{Record, SplitParams, Symbol, split_records};
///
/// let record = Record { number: 1, text: "to be or not to be".into(), ..Record::default() };
/// let params = SplitParams::default().evaluation(6).gap(2);
/// let sets = split_records(&[record], Symbol::Character, &params)?;
/// assert_eq!((sets.training[0].text.as_str(), sets.evaluation[0].text.as_str()), ("to be or", "to be"));
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooShort`].
pub fn split_records(
    records: &[Record],
    symbol: Symbol,
    params: &SplitParams,
) -> Result<Sets<Vec<Record>>, Error> {
    let length = |record: &Record| match symbol {
        Symbol::Base => record.text.len() as u64,
        Symbol::Character => record.text.chars().count() as u64,
    };
    let lengths: Vec<u64> = records.iter().map(length).collect();
    let part = |region: &Region| {
        let record = &records[region.record as usize - 1];
        let range = match symbol {
            Symbol::Base => region.start as usize..region.end as usize,
            Symbol::Character => words(&record.text, region.start as usize, region.end as usize),
        };
        Record {
            start: record.start + range.start as u64,
            text: record.text[range].to_owned(),
            ..record.clone_head()
        }
    };
    let sets = split(&lengths, params)?;
    Ok(sets.map(|regions| {
        regions
            .iter()
            .map(part)
            .filter(|record| !record.text.is_empty())
            .collect()
    }))
}

/// Bytes of the whole words inside characters `start..end`.
fn words(text: &str, start: usize, end: usize) -> Range<usize> {
    let mut places = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let from = places.nth(start).unwrap_or(text.len());
    let to = match end - start {
        0 => from,
        length => places.nth(length - 1).unwrap_or(text.len()),
    };
    let cuts_word = |at: usize| {
        let before = text[..at]
            .chars()
            .next_back()
            .is_some_and(|c| !c.is_whitespace());
        before
            && text[at..]
                .chars()
                .next()
                .is_some_and(|c| !c.is_whitespace())
    };
    let from = match cuts_word(from) {
        true => text[from..to]
            .find(char::is_whitespace)
            .map_or(to, |at| from + at),
        false => from,
    };
    let to = match cuts_word(to) {
        true => text[from..to]
            .rfind(char::is_whitespace)
            .map_or(from, |at| from + at),
        false => to,
    };
    let part = &text[from..to];
    let from = from + (part.len() - part.trim_start().len());
    from..from + part.trim().len()
}
