//! The differentiable operations of a transformer encoder, fused where it pays.
