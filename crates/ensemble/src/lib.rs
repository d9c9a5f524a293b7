//! Matched ensembles: N members, same data, different seeds; trained, stored, resumed, read back.
