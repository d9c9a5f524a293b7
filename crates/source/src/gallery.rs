//! One source of each kind.

use crate::{
    Alphabet, Copies, DnaLike, Error, HiddenMarkov, Iid, Markov, Motifs, Source, Strand, TextLike,
};

/// A source and what it is called.
pub type NamedSource = (&'static str, Box<dyn Source>);

/// A source of each kind with its name: what tables and comparisons of estimators run over.
///
/// ```
/// let gallery = dissensus_source::gallery()?;
/// assert_eq!(gallery.len(), 12);
/// assert!(gallery.iter().all(|(_, source)| source.entropy_rate().low > 0.0));
/// # Ok::<(), dissensus_source::Error>(())
/// ```
///
/// # Errors
/// None: the parameters are valid.
pub fn gallery() -> Result<Vec<NamedSource>, Error> {
    let dna = Alphabet::dna;
    let copies = |strand| Copies::new(dna(), &[0.25; 4], 50, 0.7, strand);
    let symmetric = Markov::random(dna(), 3, 1.8, 2)?.reverse_complement_symmetric()?;
    let mixture = Markov::random(dna(), 2, 1.5, 3)?
        .as_machine()
        .both_strands()?;
    Ok(vec![
        ("i.i.d.", Box::new(Iid::new(dna(), &[0.4, 0.3, 0.2, 0.1])?)),
        (
            "Markov, order 2",
            Box::new(Markov::random(dna(), 2, 1.6, 1)?),
        ),
        (
            "Markov, order 6",
            Box::new(Markov::random(dna(), 6, 1.6, 1)?),
        ),
        ("Markov, order 3, strand-symmetric", Box::new(symmetric)),
        ("mixture of both strands of order 2", Box::new(mixture)),
        (
            "isochores",
            Box::new(HiddenMarkov::isochores(&[0.2, 0.5, 0.8], 500.0)?),
        ),
        ("genes", Box::new(HiddenMarkov::genes(100.0, 500.0)?)),
        ("motifs", Box::new(Motifs::new(&Default::default())?)),
        ("copies at 50", Box::new(copies(Strand::Direct)?)),
        (
            "inverted copies, blocks of 50",
            Box::new(copies(Strand::Inverted)?),
        ),
        ("DNA-like", Box::<DnaLike>::default()),
        ("text-like", Box::<TextLike>::default()),
    ])
}
