//! Benches of `dissensus-source`.

use criterion::{Criterion, Throughput};
use dissensus_source::{
    Alphabet, Copies, DnaLike, Markov, Segment, Source, Strand, TextLike, TokenTrie,
};

const SYMBOLS: usize = 1 << 16;

#[expect(clippy::unwrap_used, reason = "a bench fails loudly")]
pub fn benches(c: &mut Criterion) {
    let dna = DnaLike::default();
    let text = TextLike::default();
    let order_3 = Markov::random(Alphabet::dna(), 3, 1.9, 1).unwrap();
    let order_6 = Markov::random(Alphabet::dna(), 6, 1.9, 1).unwrap();
    let copies = Copies::new(Alphabet::dna(), &[0.25; 4], 100, 0.8, Strand::Inverted).unwrap();
    let sources: [(&str, &dyn Source); 5] = [
        ("markov-3", &order_3),
        ("markov-6", &order_6),
        ("dna-like", &dna),
        ("text-like", &text),
        ("copies", &copies),
    ];
    sample(c, &sources);
    posterior(c, &sources);
    tokens(c, &order_3);
}

fn sample(c: &mut Criterion, sources: &[(&str, &dyn Source)]) {
    let mut group = c.benchmark_group("source/sample");
    group.throughput(Throughput::Bytes(SYMBOLS as u64));
    for (name, source) in sources {
        let mut symbols = vec![0; SYMBOLS];
        let mut stream = source.stream(1, 0);
        stream.fill(&mut symbols);
        assert_eq!(symbols, source.document(1, 0, SYMBOLS), "{name}");
        group.bench_function(*name, |b| b.iter(|| stream.fill(&mut symbols)));
    }
    group.finish();
}

#[expect(clippy::unwrap_used, reason = "a bench fails loudly")]
fn posterior(c: &mut Criterion, sources: &[(&str, &dyn Source)]) {
    let mut group = c.benchmark_group("source/leave_one_out");
    let length = 512;
    group
        .throughput(Throughput::Elements(length as u64))
        .sample_size(10);
    for (name, source) in sources {
        let document = source.document(2, 0, length);
        let each = source.leave_one_out(&document).unwrap();
        let mut visible: Vec<Option<u8>> = document.iter().map(|&x| Some(x)).collect();
        visible[100] = None;
        let alone = source.posterior(&visible).unwrap();
        let same = alone.row(0).iter().zip(each.row(100));
        assert!(
            same.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) < 1e-9,
            "{name}"
        );
        group.bench_function(*name, |b| {
            b.iter(|| source.leave_one_out(&document).unwrap())
        });
    }
    group.finish();
}

/// One masked 3-mer: the whole distribution over the vocabulary, and the truth's loss alone.
#[expect(clippy::unwrap_used, reason = "a bench fails loudly")]
fn tokens(c: &mut Criterion, source: &Markov) {
    let words: Vec<String> = (0..64u8)
        .map(|w| source.alphabet().render(&[w / 16, w / 4 % 4, w % 4]))
        .collect();
    let trie = TokenTrie::new(source.alphabet(), &words);
    let document = source.document(3, 0, 300);
    let cut = [
        Segment::Visible(&document[..150]),
        Segment::Masked { length: Some(3) },
        Segment::Visible(&document[153..]),
    ];
    let truth = document[150..153]
        .iter()
        .fold(0, |w, &x| 4 * w + x as usize);
    let distribution = || source.as_machine().token_posterior(&cut, &trie).unwrap();
    let span = 150..153;
    let loss = || {
        source
            .span_losses_bits(&document, std::slice::from_ref(&span))
            .unwrap()[0]
    };
    assert!((loss() + distribution().row(0)[truth].log2()).abs() < 1e-9);
    let mut group = c.benchmark_group("source/token");
    group.bench_function("3-mer/distribution", |b| b.iter(distribution));
    group.bench_function("3-mer/loss", |b| b.iter(loss));
    group.finish();
}
