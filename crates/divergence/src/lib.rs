//! How far apart categorical distributions are: entropy, KL, Jensen-Shannon, nucleus, ensemble disagreement.
