//! How sure a number is: jackknife, bootstrap, permutation tests, AUROC, MCC.
