//! The rules of the house that no compiler holds: a public name means one thing, a public type can
//! be shared between threads, a file says what it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use dissensus_bert::{Config, MaskedLm};
use dissensus_source::Iid;

/// Asserts bounds when it is compiled, and keeps the names.
macro_rules! bounded {
    ($table:ident: $bounds:path $(, $more:path)?;
     $($package:ident: $($first:ident $(::$second:ident)? $(<$($argument:tt),+>)?),+;)+) => {
        const $table: &[(&str, &[&str])] = &[$((
            stringify!($package),
            &[$(stringify!($first), $(stringify!($second),)?)+],
        )),+];

        const _: () = {
            const fn bounded<T: $bounds $(+ $more)?>() {}
            $($(bounded::<$package::$first$(::$second)?$(<$($argument),+>)?>();)+)+
        };
    };
}

// Whoever reads a stream has it alone: it may be moved to another thread, and need not be seen by
// two.
bounded! {
    STREAMS: Send;
    dissensus_corpus:
        ByteStream, Chunks, CsvReader, FastaReader, GenBankReader, IntervalReader,
        JsonLinesReader, TextReader;
}

bounded! {
    SHARED: Send, Sync;
    dissensus_alignment:
        Aligned, CanonicalCorrelations, CkaScores, ComparisonParams, Consensus, Dropped,
        EmbeddingGeometry, EmbeddingTable, EmbeddingTables, Error, Estimator, Fit,
        HeldOutFit, Kernel, LayerAgreement, LocalSpearman, MinibatchCka, MovedRow, Neighbour, Overlap,
        Pair, Procrustes, Reason, Retrieval, RowMovements, Score, TableComparison, Ties, UnitMatching,
        null::Null, null::NullLevel;
    dissensus_bert:
        Config, Error, MaskedLm, NormPlacement, PositionEncoding, Recipe;
    dissensus_corpus:
        BaseCounts, CharacterCounts, Chunk, Compression, Coverage,
        Error, FastaIndex, Format, GenomicInterval, IntervalSet, Numbered,
        Place, Record, Region, Set, Sets<u8>, SoftMasked, SplitParams,
        TextSegment<'static>, TextUnit, Track, UnknownRuns, Window, WindowCutter,
        WindowParams;
    dissensus_divergence:
        Distribution<'static>, EnsembleDivergence, Error, FlatnessMatched, LetterBatch,
        LetterMap, MemberSummary, PairSummary, Rule, Settings, Summary, Uncertainty;
    dissensus_ensemble:
        Coupling, Error, EvaluationRow, Existing, MemberState, Outcome<Config>,
        Plan<Config>, Run<Config>, StepRow;
    dissensus_finetune:
        Classifier<MaskedLm>, ClassifierConfig<Config>, Error, Examples, FineTuneParams,
        FineTuneSetup<'static, MaskedLm>, FineTuned<MaskedLm>, GainOverChance, HeadConfig,
        Pooling, RateTrial, TuneOutcome, Tuned;
    dissensus_fisher:
        Counts, Decile, Diagonal, Error, Fast<'static>, FisherParams, Forward,
        General<'static, MaskedLm>, Gradient, Gradients, GroupShare, GroupSums, LabelChoice,
        MemberShare, Parts<'static>, RoleGrouping, Roles<'static>, Sample, Squares,
        TableRows, Tokens;
    dissensus_input:
        Document, Documents, EncodedSets, Error, FramingChoice, InputCounts, InputParams, InputPath, Modality,
        Origin, SequenceParams, SequenceStore, SequenceWindow, Sequences, TokenCounts;
    dissensus_kernels:
        adamw::AdamW, adamw::Parameter<'static>, attention::Attention, attention::Distances,
        causal_attention::CausalAttention, causal_attention::Projected<'static>,
        causal_attention::ProjectedGradients, checked::Checksum, checked::Damage,
        checked::Problem, convolution::LongConvolution, convolution::LongGradients,
        convolution::ShortConvolution, convolution::ShortGradients, dropout::Dropout,
        dropout::RowStream, gated::Gate, math::Normal, norm::NormInput<'static>,
        norm::Normalized, product::Bf16Way, product::Matrix<'static>, product::Precision, product::Threads,
        product::Update, rms::RmsNorm, rotary::Angles, rotary::Turn, scan::Direction,
        scan::KeptStates, scan::ScanGradients, scan::ScanInputs<'static>, scan::ScanShape;
    dissensus_layers:
        Affine, Causal, Hooked, Lookup, MatrixParameter<'static>, Mode, Muon, Norm, Rotation, Rows,
        Seen<'static>, Selection, Taps, WeightLayout;
    dissensus_lm:
        Batch, Best<MaskedLm>, Budget, Constant, Data, Decay, Devices, Error, Evaluated, Evaluation,
        FreshWeights, Masked, Masking, ModelFolder<'static, Config>, ModelPart, MuonConfig,
        NextToken, Over, ParameterKind, ParameterRole, Pass, Pool, Predicted, Seeds, Sizes,
        Start, Step, StoredMatrix, StoredWeights, TensorPart, Tensors, TiedTable,
        Trainer<MaskedLm>, TrainingConfig;
    dissensus_measure:
        AnalysisParams, AnalysisSet, AnalysisVocabulary<'static>, AnalysisWindow,
        AuditParams, ContextUse<'static>, Error, FisherAtStep, Input, LeftOutRows,
        LossFloor, MeasureParams, MeasuredCheckpoint, MeasurementSetup<'static>, Members, OpenedFolder,
        Oracle, Paper, Stage, TokenBoundaries, TwoSidedLoss;
    dissensus_probe:
        BoostedTrees, ClassWeight, Difference, Error, EvaluateParams, FeatureCache,
        FeatureComparison<'static>, FeatureGain, FeatureKey, Features, Fold, FoldReport,
        Folds, Labels, Leak, Logistic, LogisticParams, MajorityClass,
        Measured, Metric, NamedReport, NearDuplicate, Node, ProbeOutcome, ProbeReport,
        Projection, Reduction, Ridge, RidgeParams, Scores, SketchParams, Standardizer,
        Strands, Tree, TreeEngine, TreesParams;
    dissensus_reference:
        BitsPerSymbol, BlockCounts, BlockEntropy, BoundKind, CodeLength, ContextTree,
        ContextTreeParams, CopyModel, CopyModelParams, Error, LempelZiv, SurveyParams,
        SurveyRow, TwoSided, TwoSidedParams;
    dissensus_report:
        Axis, Better, Cell, Chart, Colours, Comparison, Disclosure, Ensemble, Error, Figure,
        Finding, FindingValue, IntervalChart, IntervalGroup, IntervalRow, Line, LineChart,
        Mark, MarkRole, Measure, Page, Point, ReferenceLine, Results, RunCard, Section,
        Sheet, ChanceComparison, State, Subject, Table, Verdict;
    dissensus_source:
        Alphabet, Bounds, Copies, DnaLike, DnaParams, Edge, Error, HiddenMarkov, Iid,
        Interleaved<Iid>, Machine, Markov, MarkovCounts, MotifParams, Motifs, Posterior,
        RateEnclosure, SampleMean, Segment<'static>, Strand, TextLike, TextParams, TokenTrie;
    dissensus_stats:
        AreaEstimate, AreaInterval, BootstrapEstimate, BootstrapParams,
        ClassPredictions<'static>, Confusion, Error, Estimate, OneVersusRest,
        PermutationTest, Permutations, RiskCoverage, RiskPoint;
    dissensus_study:
        Architecture, Arm, ArmData, ArmParams, Correlation, Error, FileFacts, FinishedRun, FisherMapParams, FisherSubjects, FolderModel, Follow<'static>,
        Grid, LossCurve, Options, Pretraining, RecipeCell, RecipeSweep, RecipeVariant,
        RunFacts, Share, StoredSequences, StudyOutcome, StudyPart, StudyResults, StudyProgress, SurveyedSequence, SweepOutcome, TaskFacts, TaskRows,
        TransferData, TransferInput, TransferOptions, TransferProgress, TransferResults, TransferTask,
        TuneSummary, Tuning<'static>;
    dissensus_task:
        Columns, Error, FoldParams, Manifest, OnLeak, Part, Task, TaskFolds;
    dissensus_tokenize:
        Bpe, BpeParams, BpeTrainer, Character, Encoding, Error, Exported, Framed, Framing,
        HuggingFace, Kmer, Layout, Role, Specials, Usage, UsageSummary, Vocabulary, WhiteSpace;
    dissensus_transfer:
        CellFolder, CellKey, CellOutcome, CellPlan, Error, GainParams, Method,
        OutcomeCounts, TaskGain, TransferArm, TransferCell, TransferCells, TransferGain;
    dissensus_variant:
        AreaDifference, CausalModel<'static>, Checked, ClassFigures, Compared, Contig,
        CoveragePoint, CurveParams, CurveRow, Edit, EmbeddingShift, Error, Fault, Genome,
        KmerCounts, LabelColumn, MaskedModel<'static>, MaskedTokens, MemberScore,
        MutationCurve, NamedScores, OnFault, PairedFigures, PooledEncoder<'static>,
        RatioKind, Row, Scan<'static>, ScanFigures, ScanParams, ScoreColumn, ScoreFigures,
        ScoreParams, Sign, Skipped, TableColumns, Variant, VariantFigures, VariantKind,
        VariantScore, VariantWindow, VcfFields, View;
    dissensus_zoo:
        BaseRow, Caduceus, CaduceusConfig, CaduceusGraph, Draw, DrawRule, Error, Esm,
        EsmConfig, Family, Gena, GenaConfig, HyenaDna, HyenaDnaConfig, InitializerConfig,
        Inspection, Mistral, MistralConfig, MosaicBert, MosaicBertConfig,
        PublishedTokenizer, Rank, StateSpaceConfig, TokenizedSequence, TwinWeights;
}

/// A line that declares something public.
struct Declaration {
    package: String,
    file: PathBuf,
    /// Whether it stands in a block of its file, and not at the margin.
    nested: bool,
    kind: String,
    name: String,
    /// What follows the name.
    rest: String,
}

pub fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

pub fn crates() -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates");
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap());
    let mut found: Vec<(String, PathBuf)> = entries
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .collect();
    found.sort();
    found
}

fn declarations() -> Vec<Declaration> {
    let mut found = Vec::new();
    for (package, folder) in crates() {
        for file in sources(&folder.join("src")) {
            let text = std::fs::read_to_string(&file).unwrap();
            found.extend(text.lines().filter_map(|line| {
                let (kind, rest) = line.trim_start().strip_prefix("pub ")?.split_once(' ')?;
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                let (name, rest) = rest.split_at(end.unwrap_or(rest.len()));
                let nested = line.starts_with(' ');
                ["struct", "enum", "trait", "type"]
                    .contains(&kind)
                    .then(|| Declaration {
                        package: package.clone(),
                        file: file.strip_prefix(folder.join("src")).unwrap().to_owned(),
                        nested,
                        kind: kind.to_owned(),
                        name: name.to_owned(),
                        rest: rest.to_owned(),
                    })
            }));
        }
    }
    assert!(found.len() > 400, "{} declarations", found.len());
    found
}

#[test]
fn a_public_name_means_one_thing() {
    let mut packages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for declared in declarations() {
        // Every crate has its error; a seal is not seen outside.
        let excepted = ["Error", "Sealed"].contains(&declared.name.as_str());
        // The same thing with an argument filled in.
        let same = declared.kind == "type"
            && declared.rest.contains("= dissensus_")
            && declared.rest.contains(&format!("::{}<", declared.name));
        if !excepted && !same {
            packages
                .entry(declared.name)
                .or_default()
                .insert(declared.package);
        }
    }
    packages.retain(|_, packages| packages.len() > 1);
    assert!(packages.is_empty(), "{packages:#?}");
}

/// The names in every statement that begins so.
pub fn words_after(beginning: &str, text: &str) -> BTreeSet<String> {
    let statements = text.split(beginning).skip(1);
    statements
        .map(|rest| rest.split(';').next().unwrap())
        .flat_map(|statement| statement.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_public_type_is_known_to_be_shared_between_threads() {
    let known = |package: &str, name: &str| {
        let mut tables = SHARED.iter().chain(STREAMS);
        tables.any(|(of, names)| of.ends_with(&format!("_{package}")) && names.contains(&name))
    };
    // Behind features that are off by default, in all packages but for their errors.
    let featured = [
        "Fetched",
        "HistogramTrees",
        "Hub",
        "HubName",
        "HubParams",
        "ParquetReader",
        "RepositoryKind",
    ];
    let mut missing = Vec::new();
    for (package, folder) in crates() {
        let front = std::fs::read_to_string(folder.join("src/lib.rs")).unwrap();
        let (named, open) = (
            words_after("pub use ", &front),
            words_after("pub mod ", &front),
        );
        missing.extend(declarations().into_iter().filter(|declared| {
            let module = declared.file.components().next().unwrap();
            let module = Path::new(module.as_os_str()).file_stem().unwrap();
            declared.package == package
                && !declared.nested
                && ["struct", "enum"].contains(&declared.kind.as_str())
                && (named.contains(&declared.name) || open.contains(module.to_str().unwrap()))
                && !known(&package, &declared.name)
                && !featured.contains(&declared.name.as_str())
                && !(package == "hub" && declared.name == "Error")
        }));
    }
    let missing: Vec<String> = missing
        .iter()
        .map(|declared| format!("{}: {}", declared.package, declared.name))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_file_says_what_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut without = Vec::new();
    for folder in ["crates", "examples", "benches", "tests"] {
        without.extend(sources(&root.join(folder)).into_iter().filter(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            !text.starts_with("//!")
        }));
    }
    assert!(without.is_empty(), "{without:#?}");
}

/// Tables cannot be broken, nor can addresses.
#[test]
fn no_line_of_a_comment_is_longer_than_a_hundred_columns() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_long = |line: &str| {
        let comment = line.trim_start();
        let text = comment.trim_start_matches(['/', '!']).trim_start();
        comment.starts_with("//")
            && line.chars().count() > 100
            && !text.starts_with('|')
            && !text.contains("://")
    };
    assert!(is_long(&format!("    /// {}", "word ".repeat(20))));
    assert!(!is_long(&format!("    /// | {} |", "word ".repeat(20))));
    let mut long = Vec::new();
    for folder in ["crates", "examples", "benches", "tests"] {
        for file in sources(&root.join(folder)) {
            let text = std::fs::read_to_string(&file).unwrap();
            let lines = text.lines().enumerate().filter(|(_, line)| is_long(line));
            long.extend(lines.map(|(at, _)| format!("{}:{}", file.display(), at + 1)));
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn derived_traits_stand_in_one_order() {
    const ORDER: [&str; 11] = [
        "Debug",
        "Clone",
        "Copy",
        "PartialEq",
        "Eq",
        "PartialOrd",
        "Ord",
        "Hash",
        "Default",
        "Serialize",
        "Deserialize",
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut lists, mut wrong) = (0, Vec::new());
    for folder in ["crates", "examples", "benches", "tests"] {
        for file in sources(&root.join(folder)) {
            let text = std::fs::read_to_string(&file).unwrap();
            // In two parts, so that this line is none.
            for list in text.split(concat!("#[", "derive(")).skip(1) {
                let list = list.split(")]").next().unwrap();
                let names = list.split(',').map(|path| path.rsplit("::").next());
                let places: Vec<usize> = names
                    .filter_map(|name| {
                        ORDER
                            .iter()
                            .position(|known| name.map(str::trim) == Some(known))
                    })
                    .collect();
                lists += 1;
                if !places.is_sorted() {
                    wrong.push(format!("{}: {list}", file.display()));
                }
            }
        }
    }
    assert!(
        lists > 500 && wrong.is_empty(),
        "of {lists} lists: {wrong:#?}"
    );
}

#[test]
fn no_crate_has_a_tenth_of_the_lines() {
    let lines = |file: PathBuf| std::fs::read_to_string(file).unwrap().lines().count();
    let lines = |folder: &Path| {
        sources(&folder.join("src"))
            .into_iter()
            .map(lines)
            .sum::<usize>()
    };
    let of: Vec<(String, usize)> = crates()
        .into_iter()
        .map(|(name, folder)| (name, lines(&folder)))
        .collect();
    let all: usize = of.iter().map(|(_, lines)| lines).sum();
    let large: Vec<_> = of.iter().filter(|(_, lines)| 10 * lines > all).collect();
    assert!(large.is_empty(), "of {all} lines: {large:?}");
}

#[test]
fn an_example_has_a_hundred_lines_at_most() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let of = |path: &PathBuf| std::fs::read_to_string(path).unwrap().lines().count();
    let programs = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let programs: Vec<PathBuf> = programs
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    assert!(programs.len() > 10, "{} programs", programs.len());
    let long: Vec<_> = programs.iter().filter(|path| of(path) > 100).collect();
    assert!(long.is_empty(), "{long:?}");
}

/// The value of a key of a manifest, as it is written there.
fn value_of<'a>(key: &str, manifest: &'a str) -> Option<&'a str> {
    let mut lines = manifest.lines();
    let found = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
    found.map(str::trim)
}

#[test]
fn every_crate_says_what_it_is_to_those_who_look_for_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let mut keywords = BTreeMap::<String, String>::new();
    for (name, folder) in crates() {
        let manifest = read(&folder.join("Cargo.toml"));
        let value = |key: &str| value_of(key, &manifest).unwrap_or_else(|| panic!("{name}: {key}"));
        assert!(value("description").len() > 20, "{name}");
        assert!(folder.join(value("readme").trim_matches('"')).exists());
        assert!(value("documentation").contains("docs.rs/dissensus"));
        let words = value("keywords");
        assert_eq!(words.matches('"').count(), 10, "{name}: {words}");
        if let Some(other) = keywords.insert(words.to_owned(), name.clone()) {
            panic!("{name} and {other} have the same keywords: {words}");
        }
        // Whoever takes a crate gets no device unasked; of the crate of all others, no other.
        let features = value_of("default", &manifest).unwrap_or("[]");
        for device in ["cuda", "ndarray", "vulkan", "wgpu"] {
            assert!(!features.contains(device), "{name}: {features}");
        }
        assert!(name != "dissensus" || features == "[]", "{features}");
    }
    let whole = read(&root.join("Cargo.toml"));
    let siblings = whole.lines().filter(|line| line.starts_with("dissensus"));
    let without = siblings.filter(|line| line.contains("path = ") && !line.contains("version = "));
    assert_eq!(without.collect::<Vec<_>>(), Vec::<&str>::new());
}
