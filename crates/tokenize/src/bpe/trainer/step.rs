//! What one merge does to the pairs around it.

/// The neighbours met while one pair is merged, summed by neighbour.
///
/// A neighbour x before an occurrence of the pair (a, b) → n loses a pair (x, a) and gains (x, n);
/// a neighbour y after it loses (b, y) and gains (n, y). Each occurrence costs two array updates
/// here, and the counts are touched once a neighbour.
#[derive(Default)]
pub(super) struct Step {
    pub pair: (u32, u32),
    pub id: u32,
    /// Lost pairs: by key `2 · neighbour + side`.
    pub lost: WeightedCounts,
    /// Gained pairs, by the same key.
    pub gained: WeightedCounts,
    /// Key and place of each gained pair, places ascending for each key.
    pub places: Vec<(u32, u32)>,
}

/// Weights and numbers of occurrences by key.
#[derive(Default)]
pub(super) struct WeightedCounts {
    sums: Vec<(i64, u32)>,
    touched: Vec<u32>,
}

/// The pair's side on which a neighbour stands, as the low bit of a key.
const BEFORE: u32 = 0;
const AFTER: u32 = 1;

impl Step {
    /// Forgets the last merge.
    pub fn begin(&mut self, pair: (u32, u32), id: u32) {
        (self.pair, self.id) = (pair, id);
        self.places.clear();
    }

    /// An occurrence stands behind `neighbour`, which begins at `place`.
    #[inline]
    pub fn before(&mut self, neighbour: u32, place: u32, weight: i64) {
        self.lost.add(2 * neighbour + BEFORE, weight);
        self.gain(2 * neighbour + BEFORE, place, weight);
    }

    /// An occurrence at `place` stands before `neighbour`.
    #[inline]
    pub fn after(&mut self, neighbour: u32, place: u32, weight: i64) {
        self.lost.add(2 * neighbour + AFTER, weight);
        // (n, n) is one pair, whichever of the two is the neighbour.
        let side = if neighbour == self.id { BEFORE } else { AFTER };
        self.gain(2 * neighbour + side, place, weight);
    }

    #[inline]
    fn gain(&mut self, key: u32, place: u32, weight: i64) {
        self.gained.add(key, weight);
        self.places.push((key, place));
    }

    /// The pair that a key of `lost` stands for.
    pub fn lost_pair(&self, key: u32) -> (u32, u32) {
        match key & 1 {
            BEFORE => (key / 2, self.pair.0),
            _ => (self.pair.1, key / 2),
        }
    }

    /// The pair that a key of `gained` stands for.
    pub fn gained_pair(&self, key: u32) -> (u32, u32) {
        match key & 1 {
            BEFORE => (key / 2, self.id),
            _ => (self.id, key / 2),
        }
    }
}

impl WeightedCounts {
    #[inline]
    fn add(&mut self, key: u32, weight: i64) {
        let at = key as usize;
        if at >= self.sums.len() {
            self.sums.resize(2 * at + 2, (0, 0));
        }
        let (sum, occurrences) = &mut self.sums[at];
        if *occurrences == 0 {
            self.touched.push(key);
        }
        *sum += weight;
        *occurrences += 1;
    }

    /// Empties the tally: key, sum of weights, number of occurrences.
    pub fn drain(&mut self) -> impl Iterator<Item = (u32, i64, u32)> + '_ {
        self.touched.drain(..).map(|key| {
            let (sum, occurrences) = std::mem::take(&mut self.sums[key as usize]);
            (key, sum, occurrences)
        })
    }
}
