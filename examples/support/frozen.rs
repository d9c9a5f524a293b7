//! Frozen features of a model and of its random twins, computed once and kept on disk.

use std::path::Path;

use anyhow::{Error, Result};
use dissensus_lm::{Devices, Pool};
use dissensus_probe::{FeatureCache, FeatureKey, Features};
use dissensus_study::{AnyModel, open_model};
use dissensus_tokenize::Tokenizer;
use dissensus_variant::{PooledEncoder, View};

use crate::model_key;

/// A model whose pooled last states are features.
pub struct FrozenModel {
    model: Box<dyn AnyModel>,
    tokenizer: Box<dyn Tokenizer>,
    key: FeatureKey,
    cache: FeatureCache,
    devices: Devices,
}

impl FrozenModel {
    /// Opens a model on the first device, its twins are drawn on the next; features are kept in the
    /// folder `cache`.
    ///
    /// # Errors
    /// If there is no model, or no folder can be made.
    pub fn open(folder: &Path, devices: &Devices, cache: &Path) -> Result<Self> {
        let (model, tokenizer) = open_model(folder, devices.first())?;
        Ok(Self {
            key: model_key(folder)?,
            cache: FeatureCache::new(cache)?,
            model,
            tokenizer,
            devices: devices.clone(),
        })
    }

    /// The features of sequences by the model, or by its random twin of a seed, in each of several
    /// pools, from one pass.
    ///
    /// # Errors
    /// A sequence that the tokenizer refuses; files of the cache that cannot be read or written.
    pub fn features(
        &self,
        sequences: &[Vec<u8>],
        twin: Option<u64>,
        pools: &[Pool],
    ) -> Result<Vec<Features>> {
        let key = self.key.clone().with_rows("sequences", sequences);
        let key = key.with("twin", format!("{twin:?}"));
        let keys: Vec<FeatureKey> = pools
            .iter()
            .map(|pool| key.clone().with("pool", pool.to_string()))
            .collect();
        let kept = keys.iter().map(|key| self.cache.get(key));
        if let Some(kept) = kept.collect::<Result<Option<Vec<_>>, _>>()? {
            return Ok(kept);
        }
        let twin = twin.map(|seed| self.model.twin(seed, self.devices.of(1)));
        let twin = twin.transpose()?;
        let encoder = twin.as_ref().unwrap_or(&self.model).encoder();
        let views: Vec<View> = pools.iter().map(|&pool| View::last(pool)).collect();
        let embedder = PooledEncoder::new(encoder, self.tokenizer.as_ref(), Pool::Mean);
        let found = embedder.embed_views(sequences, &views);
        let width = encoder.sizes().width;
        let mut features = Vec::with_capacity(pools.len());
        for (key, vectors) in keys.iter().zip(found.map_err(Error::from_boxed)?) {
            let found = Features::from_f32(&vectors.concat(), width)?;
            self.cache.put(key, &found)?;
            features.push(found);
        }
        Ok(features)
    }
}
