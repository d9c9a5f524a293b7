//! The README.md of a member's folder, as the Hugging Face hub shows it.

use std::path::Path;

use dissensus_lm::ModelConfig;

use crate::folder::MemberState;
use crate::{Coupling, Error, Plan};

/// Front matter, what the member is, how it is opened, and the settings it was trained under.
///
/// Where `config.json` names a class of `transformers`, the card says how Python opens the folder.
pub(crate) fn card<C: ModelConfig>(
    plan: &Plan<C>,
    member: usize,
    state: MemberState,
) -> Result<String, Error> {
    let malformed =
        |problem: &dyn std::fmt::Display| Error::malformed(Path::new("README.md"), problem);
    let config = serde_json::to_value(&plan.model).map_err(|problem| malformed(&problem))?;
    let class = config["architectures"][0].as_str();
    let library = if class.is_some() {
        "transformers"
    } else {
        "dissensus"
    };
    let task = match class {
        Some(class) if class.ends_with("ForMaskedLM") => "pipeline_tag: fill-mask\n",
        _ => "",
    };
    let sizes = plan.model.sizes();
    let what = match state {
        MemberState::Init => "before its first step",
        MemberState::Trained => "trained",
    };
    let shared = shared(plan.coupling);
    let settings =
        toml::to_string(&plan.training_of(member)).map_err(|problem| malformed(&problem))?;
    Ok(format!(
        "---\nlibrary_name: {library}\n{task}tags:\n- dissensus\n---\n\n\
         # Member {member} of an ensemble, {what}\n\n\
         {} layers of width {}, {} positions, {} rows of vocabulary. The ensemble has {} members, which differ by the seeds of {shared}.\n\n\
         ## How to open it\n\n{}\
         ## How it was trained\n\n```toml\n{settings}```\n",
        sizes.layers,
        sizes.width,
        sizes.positions,
        sizes.vocabulary,
        plan.members,
        opening(class),
    ))
}

/// What the members do not share, and what they do.
fn shared(coupling: Coupling) -> &'static str {
    match coupling {
        Coupling::Matched => {
            "initial weights and dropout; the order of the sequences and the masks are the same"
        }
        Coupling::AsPublished => {
            "initial weights, dropout and masks; the order of the sequences is the same"
        }
    }
}

/// What opens the folder, with the normaliser, the special tokens and the number of positions that
/// it was trained with.
fn opening(class: Option<&str>) -> String {
    let programs = "The programs of dissensus take the folder as a model: `audit_checkpoints --built-in dna FOLDER`.\n\n";
    let Some(class) = class else {
        return programs.into();
    };
    format!(
        "```python\nfrom transformers import AutoTokenizer, {class}\n\n\
         tokenizer = AutoTokenizer.from_pretrained(\"FOLDER\")\n\
         model = {class}.from_pretrained(\"FOLDER\")\n```\n\n\
         The tokenizer folder holds how text was made ready, so that Python sees the tokens that the model was trained on. {programs}"
    )
}

#[cfg(test)]
mod tests {
    use dissensus_bert::{Config, PositionEncoding};

    use super::*;

    #[test]
    fn a_card_names_the_class_that_opens_the_folder_and_the_settings() {
        let plan = Plan::<Config>::default();
        let text = card(&plan, 2, MemberState::Trained).unwrap();
        assert!(text.starts_with("---\nlibrary_name: transformers\npipeline_tag: fill-mask\n"));
        assert!(
            text.contains("# Member 2 of an ensemble, trained\n"),
            "{text}"
        );
        assert!(
            text.contains("BertForMaskedLM.from_pretrained(\"FOLDER\")"),
            "{text}"
        );
        assert!(text.contains("512 positions"), "{text}");
        let settings = text.split("```toml\n").nth(1).unwrap();
        let settings = settings.split("```").next().unwrap();
        let read: dissensus_lm::TrainingConfig = toml::from_str(settings).unwrap();
        assert_eq!(read, plan.training_of(2));
    }

    #[test]
    fn a_model_that_transformers_has_no_class_for_is_not_said_to_open_there() {
        let model = Config::default().with_positions(PositionEncoding::Rotary);
        let plan = Plan {
            model,
            ..Plan::default()
        };
        let text = card(&plan, 0, MemberState::Init).unwrap();
        assert!(
            text.starts_with("---\nlibrary_name: dissensus\ntags:\n"),
            "{text}"
        );
        assert!(
            !text.contains("python") && text.contains("before its first step"),
            "{text}"
        );
    }
}
