//! How well a model-free predictor does on a sequence: context tree weighting, copy models, block entropies.
