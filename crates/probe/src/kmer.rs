//! k-mers as numbers.

/// The code of a base, 0 to 3 in the order of the alphabet; none for another letter. Case is
/// ignored, U is T.
pub(crate) fn code(base: u8) -> Option<u64> {
    match base.to_ascii_uppercase() {
        b'A' => Some(0),
        b'C' => Some(1),
        b'G' => Some(2),
        b'T' | b'U' => Some(3),
        _ => None,
    }
}

/// Every k-mer of known bases as a pair of numbers: itself and its reverse complement, two bits a
/// base; k is 1 to 32.
pub(crate) fn kmers(sequence: &[u8], k: usize) -> impl Iterator<Item = (u64, u64)> {
    let mask = if k == 32 {
        u64::MAX
    } else {
        (1 << (2 * k)) - 1
    };
    let (mut forward, mut reverse, mut known) = (0_u64, 0_u64, 0_usize);
    sequence.iter().filter_map(move |&base| {
        let Some(code) = code(base) else {
            known = 0;
            return None;
        };
        forward = ((forward << 2) | code) & mask;
        reverse = (reverse >> 2) | ((3 - code) << (2 * (k - 1)));
        known += 1;
        (known >= k).then_some((forward, reverse))
    })
}

/// The lesser of every k-mer and its reverse complement.
pub(crate) fn canonical_kmers(sequence: &[u8], k: usize) -> impl Iterator<Item = u64> {
    kmers(sequence, k).map(|(forward, reverse)| forward.min(reverse))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_strands_have_the_same_kmers() {
        for k in [1, 3, 31, 32] {
            let forward = b"ACGGTACCATTTGCAAGCATCCGATAGCATACGACTAG";
            let complement = |&base: &u8| b"TGCA"[code(base).unwrap() as usize];
            let reverse: Vec<u8> = forward.iter().rev().map(complement).collect();
            let mut one: Vec<u64> = canonical_kmers(forward, k).collect();
            let mut other: Vec<u64> = canonical_kmers(&reverse, k).collect();
            one.sort_unstable();
            other.sort_unstable();
            assert_eq!(one, other);
            assert_eq!(one.len(), forward.len() - k + 1);
        }
    }

    #[test]
    fn a_kmer_is_its_bases_two_bits_each() {
        let found: Vec<(u64, u64)> = kmers(b"ACGNgt", 2).collect();
        // AC and GT, CG and CG, gt and ac.
        assert_eq!(
            found,
            [(0b0001, 0b1011), (0b0110, 0b0110), (0b1011, 0b0001)]
        );
    }
}
