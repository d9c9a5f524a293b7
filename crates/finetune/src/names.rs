//! How files name the parameters of a classifier.

use std::marker::PhantomData;

use dissensus_lm::{TensorPart, TrainableModel, WeightNames};

/// The encoder's names, and those of the head.
pub(crate) struct Names<M>(PhantomData<fn() -> M>);

/// What the head's parameters are called, in the module and in files.
pub(crate) const WEIGHT: &str = "classifier.weight";
pub(crate) const BIAS: &str = "classifier.bias";

impl<M: TrainableModel> Names<M> {
    pub(crate) const ALL: &'static Self = &Self(PhantomData);
}

fn is_head(name: &str) -> bool {
    name == WEIGHT || name == BIAS
}

impl<M: TrainableModel> WeightNames for Names<M> {
    fn linear_maps(&self) -> &'static [&'static str] {
        M::names().linear_maps()
    }

    fn is_transposed(&self, parameter: &str) -> bool {
        parameter == WEIGHT || !is_head(parameter) && M::names().is_transposed(parameter)
    }

    fn parameter(&self, key: &str) -> Option<String> {
        if is_head(key) {
            Some(key.to_string())
        } else {
            M::names().parameter(key)
        }
    }

    fn key(&self, parameter: &str) -> String {
        if is_head(parameter) {
            parameter.to_string()
        } else {
            M::names().key(parameter)
        }
    }

    fn second(&self) -> &'static [(&'static str, &'static str)] {
        M::names().second()
    }

    fn repeated(&self) -> &'static [&'static str] {
        M::names().repeated()
    }

    fn part(&self, parameter: &str) -> Option<TensorPart> {
        M::names().part(parameter).filter(|_| !is_head(parameter))
    }
}
