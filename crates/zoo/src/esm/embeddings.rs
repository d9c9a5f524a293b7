//! The first hidden state of an ESM model.

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use dissensus_layers::beside;
use dissensus_lm::{Batch, Error, Pass, Start};

use super::EsmConfig;
use crate::parts::{Builder, LayerNorm, Table, kept};

/// Words, positions, and a norm where the configuration asks for one.
#[derive(Module, Debug)]
pub(super) struct Embeddings {
    word_embeddings: Table,
    position_embeddings: Option<Table>,
    layer_norm: Option<LayerNorm>,
    #[module(skip)]
    padding: u32,
    /// The id that token dropout leaves out.
    #[module(skip)]
    left_out: Option<u32>,
}

/// Masked tokens were a fraction of 0.15 of the tokens in training, 0.8 of them as the mask itself.
const TRAINING_FRACTION: f64 = 0.15 * 0.8;

impl Embeddings {
    pub(super) fn build(config: &EsmConfig, builder: &mut Builder<'_>) -> Result<Self, Error> {
        let width = config.hidden_size;
        let mut table = |name: &str, rows| {
            let name = format!("esm.embeddings.{name}");
            builder.table(&name, [rows, width], Start::Words)
        };
        let word_embeddings = table("word_embeddings", config.vocab_size)?;
        let position_embeddings = if config.is_rotary() {
            None
        } else {
            Some(table(
                "position_embeddings",
                config.max_position_embeddings,
            )?)
        };
        let layer_norm = if config.emb_layer_norm_before {
            let name = "esm.embeddings.layer_norm";
            Some(builder.norm(name, width, config.layer_norm_eps)?)
        } else {
            None
        };
        Ok(Self {
            word_embeddings,
            position_embeddings,
            layer_norm,
            padding: config.padding(),
            left_out: config.mask_token_id.filter(|_| config.token_dropout),
        })
    }

    /// The word table `[V, H]`.
    pub(super) fn table(&self) -> Tensor<2> {
        self.word_embeddings.values()
    }

    pub(super) fn forward(&self, batch: &Batch, pass: &Pass) -> Tensor<3> {
        let device = self.table().device().inner();
        let mut x = self.word_embeddings.rows(batch.id_tensor(&device), pass);
        if let Some(id) = self.left_out {
            x = x * beside(scales(batch, id, &device), &self.table());
        }
        if let Some(table) = &self.position_embeddings {
            x = x + table.rows(positions(batch, self.padding, &device), pass);
        }
        if let Some(norm) = &self.layer_norm {
            x = norm.forward(x, pass);
        }
        match kept(batch, &device) {
            Some(kept) => x * beside(kept, &self.table()),
            None => x,
        }
    }
}

/// `[B, T, 1]`: 0 at masked tokens, `(1 − 0.12)/(1 − r)` elsewhere, `r` being the row's fraction of
/// masked tokens.
fn scales(batch: &Batch, masked: u32, device: &Device) -> Tensor<3> {
    let time = batch.time();
    let mut values = Vec::with_capacity(batch.ids().len());
    for (row, &length) in batch.ids().chunks(time.max(1)).zip(batch.lengths()) {
        let count = row.iter().filter(|&&id| id == masked).count();
        let fraction = count as f64 / length as f64;
        let scale = if count < length {
            ((1.0 - TRAINING_FRACTION) / (1.0 - fraction)) as f32
        } else {
            0.0
        };
        values.extend(row.iter().map(|&id| if id == masked { 0.0 } else { scale }));
    }
    Tensor::from_data(TensorData::new(values, [batch.rows(), time, 1]), device)
}

/// Positions count tokens that are not padding, from one above the padding id, which is the
/// position of padding itself. They are counted from ids: a padding token inside a sequence takes
/// no place.
fn positions(batch: &Batch, padding: u32, device: &Device) -> Tensor<2, Int> {
    let (rows, time) = (batch.rows(), batch.time());
    let mut all = Vec::with_capacity(rows * time);
    for (row, ids) in batch.ids().chunks(time.max(1)).enumerate() {
        let mut count = 0;
        for (column, &id) in ids.iter().enumerate() {
            let here = batch
                .positions()
                .map_or(count, |p| p[row * time + column] as u32);
            let is_token = id != padding;
            all.push((padding + if is_token { 1 + here } else { 0 }) as i32);
            count += u32::from(is_token);
        }
    }
    Tensor::from_data(TensorData::new(all, [rows, time]), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissensus_lm::Sizes;

    const SIZES: Sizes = Sizes {
        vocabulary: 9,
        positions: 8,
        width: 1,
        layers: 0,
        padding: 1,
    };

    fn batch() -> Batch {
        Batch::new(&[vec![3, 2, 1, 5], vec![3, 6]], &SIZES).unwrap()
    }

    #[test]
    fn positions_are_counted_from_ids() {
        let positions = positions(&batch(), 1, &Device::flex()).into_data();
        let positions: Vec<i64> = positions.iter::<i64>().collect();
        assert_eq!(positions, [2, 3, 1, 4, 2, 3, 1, 1]);
    }

    #[test]
    fn rows_are_scaled_by_their_fraction_of_masked_tokens() {
        let scales = scales(&batch(), 2, &Device::flex()).into_data();
        let scales: Vec<f32> = scales.iter::<f32>().collect();
        let masked = 0.88 / 0.75;
        assert_eq!(
            scales,
            [masked, 0.0, masked, masked, 0.88, 0.88, 0.88, 0.88]
        );
    }
}
