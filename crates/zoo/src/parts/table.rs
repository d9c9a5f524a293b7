//! A table of embeddings.

use burn::module::{Module, Param};
use burn::tensor::{Int, Tensor};
use dissensus_layers::{Lookup, embedding};
use dissensus_lm::Pass;

/// A table `[entries, width]`.
#[derive(Module, Debug)]
pub(crate) struct Table {
    weight: Param<Tensor<2>>,
    #[module(skip)]
    name: String,
}

impl Table {
    pub(super) fn new(weight: Param<Tensor<2>>, name: &str) -> Self {
        let name = name.to_string();
        Self { weight, name }
    }

    /// The whole table.
    pub(crate) fn values(&self) -> Tensor<2> {
        self.weight.val()
    }

    pub(crate) fn lookup(&self, ids: Tensor<2, Int>, pass: &Pass) -> Lookup {
        Lookup {
            table: self.weight.val(),
            ids,
            hook: pass.hooked(&self.name),
        }
    }

    /// The rows of these ids alone.
    pub(crate) fn rows(&self, ids: Tensor<2, Int>, pass: &Pass) -> Tensor<3> {
        embedding(vec![self.lookup(ids, pass)])
    }
}
