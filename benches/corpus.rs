//! Benches of `dissensus-corpus`.

use std::hint::black_box;
use std::io::{Cursor, Write};

use criterion::{BenchmarkId, Criterion, Throughput};
use dissensus_corpus::{
    ByteStream, FastaReader, Record, SoftMasked, TextReader, TextUnit, WindowCutter, WindowParams,
    clean_dna, clean_text, dust_score, klet_shuffle_dna, low_complexity_runs, markov_resample_dna,
    windows_of,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const BASES: usize = 4_000_000;
const LINE: usize = 80;

pub fn benches(c: &mut Criterion) {
    let bases = bases(BASES);
    read_fasta(c, &bases);
    windows(c, &bases);
    low_complexity(c, &bases[..100_000]);
    clean(c, &bases);
    text(c);
    surrogates(c, &bases[..1_000_000]);
}

/// Random bases, a quarter of them in soft-masked intervals of 1000.
fn bases(length: usize) -> String {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let alphabets = ["ACGT", "ACGT", "ACGT", "acgt"];
    (0..length)
        .map(|at| char::from(alphabets[at / 1000 % 4].as_bytes()[(rng.next_u32() >> 30) as usize]))
        .collect()
}

fn fasta(bases: &str) -> Vec<u8> {
    let lines = bases
        .as_bytes()
        .chunks(LINE)
        .flat_map(|line| [line, b"\n"].concat());
    b">chr1\n".iter().copied().chain(lines).collect()
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).expect("memory");
    encoder.finish().expect("memory")
}

fn reader(name: &str, data: &[u8]) -> FastaReader {
    let stream = ByteStream::new(name, Cursor::new(data.to_vec())).expect("data");
    FastaReader::new(stream).expect("a header")
}

fn read_fasta(c: &mut Criterion, bases: &str) {
    let plain = fasta(bases);
    let files = [
        ("plain", "a.fa", plain.clone()),
        ("gz", "a.fa.gz", gzip(&plain)),
        (
            "zst",
            "a.fa.zst",
            zstd::encode_all(&plain[..], 3).expect("memory"),
        ),
    ];
    let mut group = c.benchmark_group("corpus/read_fasta");
    group.throughput(Throughput::Bytes(plain.len() as u64));
    for (case, name, data) in &files {
        let records = || {
            reader(name, data)
                .map(|record| record.expect("good").text.len())
                .sum::<usize>()
        };
        let chunks = || {
            let chunks = reader(name, data).chunks(64 * 1024).expect("1 or more");
            chunks
                .map(|chunk| chunk.expect("good").bases.len())
                .sum::<usize>()
        };
        assert_eq!((records(), chunks()), (bases.len(), bases.len()));
        group.bench_function(BenchmarkId::new(*case, "records"), |b| b.iter(records));
        group.bench_function(BenchmarkId::new(*case, "chunks"), |b| b.iter(chunks));
    }
    group.finish();
}

fn windows(c: &mut Criterion, bases: &str) {
    let data = fasta(bases);
    let params = WindowParams::default();
    let name: std::sync::Arc<str> = "chr1".into();
    let record = Record {
        number: 1,
        name: "chr1".into(),
        text: bases.to_owned(),
        ..Record::default()
    };
    let whole = || {
        windows_of(&record, &params)
            .expect("good parameters")
            .0
            .len()
    };
    let stream = || {
        let chunks = reader("a.fa", &data).chunks(64 * 1024).expect("1 or more");
        let mut cutter = WindowCutter::new(&params).expect("good parameters");
        cutter.begin(1, name.clone(), 0);
        let mut count = 0;
        for chunk in chunks {
            cutter.push(&chunk.expect("good").bases);
            count += cutter.by_ref().count();
        }
        cutter.end();
        count + cutter.count()
    };
    assert_eq!(whole(), stream());
    let mut group = c.benchmark_group("corpus/windows");
    group.throughput(Throughput::Bytes(bases.len() as u64));
    group.bench_function("512/whole", |b| b.iter(whole));
    group.bench_function("512/stream", |b| b.iter(stream));
    group.finish();
}

fn low_complexity(c: &mut Criterion, bases: &str) {
    let bases = [bases.as_bytes(), &[b'A'; 200]].concat();
    let sliding = || {
        low_complexity_runs(&bases)
            .iter()
            .map(ExactSizeIterator::len)
            .sum::<usize>()
    };
    let anew = || {
        let low = |at: &usize| dust_score(&bases[*at..at + 64]) > 2.0;
        let mut end = 0;
        (0..=bases.len() - 64).filter(low).fold(0, |sum, at| {
            let sum = sum + at + 64 - end.max(at);
            end = at + 64;
            sum
        })
    };
    assert_eq!(sliding(), anew());
    let mut group = c.benchmark_group("corpus/low_complexity");
    group
        .sample_size(10)
        .throughput(Throughput::Bytes(bases.len() as u64));
    group.bench_function("100kb/sliding", |b| b.iter(sliding));
    group.bench_function("100kb/anew", |b| b.iter(anew));
    group.finish();
}

fn clean(c: &mut Criterion, bases: &str) {
    let mut group = c.benchmark_group("corpus/clean_dna");
    group.throughput(Throughput::Bytes(bases.len() as u64));
    for soft_masked in [SoftMasked::Upper, SoftMasked::Unknown] {
        group.bench_function(format!("{soft_masked:?}"), |b| {
            b.iter(|| clean_dna(black_box(bases.as_bytes()), soft_masked))
        });
    }
    group.finish();
}

fn text(c: &mut Criterion) {
    let line = "It was the best of times, it was the worst of times — it was the age of wisdom…\n";
    let text = format!("{}\n", line.repeat(10)).repeat(1000);
    let mut group = c.benchmark_group("corpus/text");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("clean", |b| b.iter(|| clean_text(black_box(&text))));
    for unit in [TextUnit::File, TextUnit::Paragraph, TextUnit::Segment(500)] {
        let read = || {
            let data = Cursor::new(text.clone().into_bytes());
            let stream = ByteStream::new("a.txt", data).expect("data");
            let records = TextReader::new(stream, unit).expect("good unit");
            records
                .map(|record| record.expect("good").text.split_whitespace().count())
                .sum::<usize>()
        };
        assert_eq!(read(), text.split_whitespace().count());
        group.bench_function(BenchmarkId::new("read", format!("{unit:?}")), |b| {
            b.iter(read)
        });
    }
    group.finish();
}

fn surrogates(c: &mut Criterion, bases: &str) {
    let mut group = c.benchmark_group("corpus/surrogate");
    group
        .sample_size(10)
        .throughput(Throughput::Bytes(bases.len() as u64));
    for k in [1, 2, 3, 6] {
        group.bench_function(BenchmarkId::new("klet_shuffle", k), |b| {
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            b.iter(|| klet_shuffle_dna(bases, k, &mut rng).expect("k is at least 1"))
        });
        group.bench_function(BenchmarkId::new("markov_resample", k), |b| {
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            b.iter(|| markov_resample_dna(bases, k, &mut rng))
        });
    }
    group.finish();
}
