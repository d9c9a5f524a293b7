//! Where the diagonal empirical Fisher information of a model sits.
