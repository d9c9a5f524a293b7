//! Encoders of the crate `lm` as embedders of sequences of any length.

use std::fmt;
use std::ops::Range;

use dissensus_lm::{Batch, Encoder, Pass, Pool};
use dissensus_tokenize::{Encoding, Framed, Framing, Tokenizer};
use serde::{Deserialize, Serialize};

use crate::{Embedder, LocalEmbedder, ModelError};

/// Which states of a model stand for a sequence, and how they are pooled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct View {
    /// The layer, 0 for the embeddings; by default none, for the last states as the model gives
    /// them.
    pub layer: Option<usize>,
    /// How the states of the tokens become one vector.
    pub pool: Pool,
}

impl View {
    /// The last states, pooled so.
    #[must_use]
    pub fn last(pool: Pool) -> Self {
        Self { layer: None, pool }
    }

    /// The states after a layer, 0 for the embeddings, pooled so.
    #[must_use]
    pub fn of_layer(layer: usize, pool: Pool) -> Self {
        Self {
            layer: Some(layer),
            pool,
        }
    }

    /// Every pool of every layer of a model, embeddings first.
    #[must_use]
    pub fn all(model: &dyn Encoder) -> Vec<Self> {
        let layers = 0..=model.sizes().layers;
        let of = |layer| Pool::ALL.map(|pool| Self::of_layer(layer, pool));
        layers.flat_map(of).collect()
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.layer {
            None => f.pad(&format!("last states, {}", self.pool)),
            Some(layer) => f.pad(&format!("layer {layer}, {}", self.pool)),
        }
    }
}

/// An encoder of `lm` with its tokenizer: one vector a sequence and view.
///
/// A sequence of more tokens than the model takes is cut into segments of whole tokens, and every
/// token counts once: the mean is over all tokens of all segments, not over segments. Padding and
/// special tokens are left out of the pool, though the model sees the special ones; [`Pool::First`]
/// alone takes the first position of the first segment, which is `[CLS]` where there is one.
pub struct PooledEncoder<'a> {
    /// The model.
    pub model: &'a dyn Encoder,
    /// Its tokenizer.
    pub tokenizer: &'a dyn Tokenizer,
    /// The special tokens around a text.
    pub framing: Framing,
    /// What [`Embedder::embed`] gives.
    pub view: View,
    /// Segments given to the model at a time.
    pub batch: usize,
}

impl<'a> PooledEncoder<'a> {
    /// An encoder of the last states with as long segments as its model takes, in batches of 16.
    #[must_use]
    pub fn new(model: &'a dyn Encoder, tokenizer: &'a dyn Tokenizer, pool: Pool) -> Self {
        Self {
            framing: tokenizer.framing(),
            model,
            tokenizer,
            view: View::last(pool),
            batch: 16,
        }
    }

    /// The vectors of all sequences in each of several views, from one pass of the model:
    /// `[view][sequence]`.
    ///
    /// # Errors
    /// A sequence that the tokenizer refuses or that has no token, a layer that the model does not
    /// have, whatever the model says.
    pub fn embed_views(
        &self,
        sequences: &[Vec<u8>],
        views: &[View],
    ) -> Result<Vec<Vec<Vec<f32>>>, ModelError> {
        let layers = self.model.sizes().layers;
        if let Some(layer) = views
            .iter()
            .filter_map(|view| view.layer)
            .find(|&l| l > layers)
        {
            return Err(format!("layer {layer}: the model has {layers}").into());
        }
        let mut found = vec![Vec::with_capacity(sequences.len()); views.len()];
        // Sequences of several batches at a time, so that batches are full and states few.
        for some in sequences.chunks(self.batch.max(1) * 4) {
            let segments: Vec<Vec<Framed>> = some
                .iter()
                .map(|sequence| self.segments(sequence))
                .collect::<Result<_, _>>()?;
            let states = self.states(&segments.concat(), views)?;
            for (view, (states, found)) in views.iter().zip(states.iter().zip(&mut found)) {
                let mut at = 0;
                for segments in &segments {
                    let own = &states[at..at + segments.len()];
                    at += segments.len();
                    found.push(self.pooled(view.pool, segments, own, None)?);
                }
            }
        }
        Ok(found)
    }

    /// A sequence as the model takes it.
    fn segments(&self, sequence: &[u8]) -> Result<Vec<Framed>, ModelError> {
        let encoding = self.tokenizer.encode(std::str::from_utf8(sequence)?)?;
        let room = self.framing.room(self.model.sizes().positions)?;
        if encoding.is_empty() {
            return Err("a sequence without a token that stands for bases".into());
        }
        let tokens = encoding.ids.chunks(room).zip(encoding.offsets.chunks(room));
        let framed = |(ids, offsets): (&[u32], &[Range<usize>])| {
            let segment = Encoding {
                ids: ids.to_vec(),
                offsets: offsets.to_vec(),
            };
            self.framing.apply(segment)
        };
        Ok(tokens.map(framed).collect())
    }

    /// The states of each segment, `[view][segment]`, row-major without padding.
    fn states(
        &self,
        segments: &[Framed],
        views: &[View],
    ) -> Result<Vec<Vec<Vec<f32>>>, ModelError> {
        let sizes = self.model.sizes();
        let mut found = vec![Vec::with_capacity(segments.len()); views.len()];
        for some in segments.chunks(self.batch.max(1)) {
            let ids: Vec<&[u32]> = some.iter().map(|segment| &segment.ids[..]).collect();
            let batch = Batch::new(&ids, &sizes)?;
            let by_layer = if views.iter().any(|view| view.layer.is_some()) {
                self.model.hidden_states(&batch, &Pass::default())
            } else {
                Vec::new()
            };
            let last = if views.iter().any(|view| view.layer.is_none()) {
                Some(self.model.encode(&batch, &Pass::default()))
            } else {
                None
            };
            for (view, found) in views.iter().zip(&mut found) {
                let states = match view.layer {
                    Some(layer) => by_layer.get(layer).cloned(),
                    None => last.clone(),
                };
                let states = states.ok_or("the model gives no states of a layer that it has")?;
                let states: Vec<f32> = states.into_data().iter::<f32>().collect();
                let rows = states.chunks_exact(batch.time() * sizes.width).zip(&ids);
                found.extend(rows.map(|(row, ids)| row[..ids.len() * sizes.width].to_vec()));
            }
        }
        Ok(found)
    }

    fn pooled(
        &self,
        pool: Pool,
        segments: &[Framed],
        states: &[Vec<f32>],
        place: Option<&Range<usize>>,
    ) -> Result<Vec<f32>, ModelError> {
        let (width, specials) = (self.model.sizes().width, self.tokenizer.specials());
        let tokens = segments.iter().zip(states).flat_map(|(segment, states)| {
            let ids = segment.ids.iter().zip(&segment.offsets);
            ids.zip(states.chunks_exact(width))
        });
        let kept = tokens.filter(|&((id, covered), _)| match place {
            Some(place) => covered.start < place.end && place.start < covered.end,
            None => pool == Pool::First || !specials.contains(*id),
        });
        pool.of(kept.map(|(_, state)| state))
            .ok_or_else(|| "a sequence without a token that stands for the bases asked for".into())
    }
}

impl Embedder for PooledEncoder<'_> {
    fn embed(&self, sequences: &[Vec<u8>]) -> Result<Vec<Vec<f32>>, ModelError> {
        let mut found = self.embed_views(sequences, &[self.view])?;
        Ok(found.pop().unwrap_or_default())
    }
}

impl LocalEmbedder for PooledEncoder<'_> {
    fn embed_at(&self, places: &[(Vec<u8>, Range<usize>)]) -> Result<Vec<Vec<f32>>, ModelError> {
        let mut found = Vec::with_capacity(places.len());
        for some in places.chunks(self.batch.max(1)) {
            let segments: Vec<Vec<Framed>> = some
                .iter()
                .map(|(sequence, _)| self.segments(sequence))
                .collect::<Result<_, _>>()?;
            let states = self.states(&segments.concat(), &[self.view])?;
            let mut at = 0;
            for (segments, (_, place)) in segments.iter().zip(some) {
                let own = &states[0][at..at + segments.len()];
                at += segments.len();
                found.push(self.pooled(self.view.pool, segments, own, Some(place))?);
            }
        }
        Ok(found)
    }
}
