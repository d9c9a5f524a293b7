//! What stands in a cell.

use std::fmt;

use crate::shown;

/// One cell of a [`Table`](crate::Table).
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// One number: printed with four significant digits, written to files in full.
    Number(f64),
    /// A count or an argument: printed as it is.
    Plain(f64),
    /// Nothing: not measured, not known, or without meaning here.
    Missing,
}

impl Cell {
    /// The cell as files hold it: a number that reads back as itself, nothing where there is no
    /// value.
    #[must_use]
    pub fn exact(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(value) | Self::Plain(value) => value.to_string(),
            Self::Missing => String::new(),
        }
    }

    /// The number, where the cell holds one.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(value) | Self::Plain(value) => Some(*value),
            Self::Text(_) | Self::Missing => None,
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Plain(value) if value.is_finite() => write!(f, "{value}"),
            Self::Plain(value) | Self::Number(value) => f.write_str(&shown(*value)),
            Self::Missing => f.write_str("–"),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<Option<f64>> for Cell {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Self::Missing, Self::Number)
    }
}

impl From<usize> for Cell {
    fn from(count: usize) -> Self {
        Self::Plain(count as f64)
    }
}
