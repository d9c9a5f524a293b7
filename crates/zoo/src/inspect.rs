//! What a folder holds, told to a person.

use std::fmt;
use std::path::Path;

use burn::tensor::Device;
use dissensus_lm::Sizes;
use serde_json::Value;

use crate::family::read_config;
use crate::{Error, Family, PublishedTokenizer, load};

/// A folder's model in a few lines.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Inspection {
    /// Which family.
    pub family: Family,
    /// Its sizes.
    pub sizes: Sizes,
    /// Numbers in all parameters.
    pub parameters: usize,
    /// Whether the files have a head.
    pub has_head: bool,
    /// Tokens of the tokenizer, or why there is none.
    pub tokenizer: Result<usize, String>,
    /// Rows of the word table for the single bases, where the tokenizer has them.
    pub bases: Vec<BaseRow>,
    /// Where weights and configuration disagree and the weights count.
    pub notes: Vec<String>,
}

/// The row of the word table of one base.
#[derive(Debug, Clone, PartialEq)]
pub struct BaseRow {
    /// `A`, `C`, `G` or `T`.
    pub base: char,
    /// Its id.
    pub id: u32,
    /// Euclidean norm of its row.
    pub norm: f64,
    /// The norm that an untrained row has: `initializer_range·√H`.
    pub untrained: f64,
}

impl BaseRow {
    /// Whether the norm is within a tenth of an untrained row's: perhaps nothing was learnt there.
    #[must_use]
    pub fn looks_untrained(&self) -> bool {
        (self.norm / self.untrained - 1.0).abs() < 0.1
    }
}

/// Opens a folder and says what is in it: family, sizes, tokenizer, and whether the rows of single
/// bases look trained.
///
/// # Errors
/// As [`load`]. A missing or unreadable tokenizer is part of the result.
pub fn inspect(folder: impl AsRef<Path>, device: &Device) -> Result<Inspection, Error> {
    let folder = folder.as_ref();
    let model = load(folder, device)?;
    let config = read_config(folder)?;
    let sizes = model.sizes();
    let parameters = model.parameters();
    let parameters = parameters
        .iter()
        .map(|(_, shape)| shape.iter().product::<usize>());
    let tokenizer = PublishedTokenizer::open(folder, model.family(), sizes.vocabulary);
    let bases = match &tokenizer {
        Ok(tokenizer) => base_rows(tokenizer, &model.input_embedding_values(), sizes, &config),
        Err(_) => Vec::new(),
    };
    let notes = overruled(&config, &model.config_json());
    Ok(Inspection {
        family: model.family(),
        sizes,
        parameters: parameters.sum(),
        has_head: model.masked().is_some() || model.causal().is_some(),
        tokenizer: tokenizer
            .map(|tokenizer| tokenizer.tokenizer().vocabulary().len())
            .map_err(|error| error.to_string()),
        bases,
        notes,
    })
}

/// What the configuration of a folder says of complements and its weights say otherwise.
fn overruled(said: &Value, counts: &str) -> Vec<String> {
    let counts: Value = serde_json::from_str(counts).unwrap_or_default();
    let entries = said["complement_map"].as_object().into_iter().flatten();
    let differs = |(id, complement): (&String, &Value)| {
        counts["complement_map"]
            .get(id)
            .is_some_and(|kept| kept != complement)
    };
    let others = entries.filter(|entry| differs(*entry)).count();
    let note = format!(
        "complement_map: {others} entries of config.json are not those of the weights, which count"
    );
    (others > 0).then_some(note).into_iter().collect()
}

fn base_rows(
    tokenizer: &PublishedTokenizer,
    table: &[f32],
    sizes: Sizes,
    config: &Value,
) -> Vec<BaseRow> {
    let nested = &config["initializer_cfg"]["initializer_range"];
    let deviation = config["initializer_range"].as_f64().or(nested.as_f64());
    let deviation = deviation.unwrap_or(0.02);
    let row = |base: char| {
        let id = tokenizer.tokenizer().vocabulary().id(&base.to_string())?;
        let row = table.chunks(sizes.width).nth(id as usize)?;
        let squares = row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
        Some(BaseRow {
            base,
            id,
            norm: squares.sqrt(),
            untrained: deviation * (sizes.width as f64).sqrt(),
        })
    };
    ['A', 'C', 'G', 'T'].into_iter().filter_map(row).collect()
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sizes {
            vocabulary,
            positions,
            width,
            layers,
            ..
        } = self.sizes;
        writeln!(f, "family      {}", self.family)?;
        writeln!(f, "parameters  {}", self.parameters)?;
        writeln!(f, "layers      {layers} of width {width}")?;
        writeln!(f, "vocabulary  {vocabulary} rows")?;
        if positions == crate::parts::UNLIMITED {
            writeln!(f, "longest     no limit")?
        } else {
            writeln!(f, "longest     {positions} tokens")?
        }
        let head = if self.has_head {
            "yes"
        } else {
            "no: an encoder alone"
        };
        writeln!(f, "head        {head}")?;
        match &self.tokenizer {
            Ok(tokens) => writeln!(f, "tokenizer   {tokens} tokens")?,
            Err(problem) => writeln!(f, "tokenizer   none: {problem}")?,
        }
        for row in &self.bases {
            let note = if row.looks_untrained() {
                ", as if nobody had trained it"
            } else {
                ""
            };
            let BaseRow { base, id, norm, .. } = row;
            writeln!(f, "row of {base}    id {id}, norm {norm:.3}{note}")?;
        }
        self.notes
            .iter()
            .try_for_each(|note| writeln!(f, "note        {note}"))
    }
}
