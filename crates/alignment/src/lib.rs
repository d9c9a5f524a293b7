//! How alike two embedding tables are: top-k Jaccard, local Spearman, Procrustes, CKA, against chance.
