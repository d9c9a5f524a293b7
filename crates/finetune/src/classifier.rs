//! The model: an encoder and a linear head over its pooled states.

use burn::module::{
    Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor,
    Param,
};
use burn::tensor::{Device, Tensor};
use dissensus_layers::beside;
use dissensus_lm::{
    Batch, Encoder, Error, FreshWeights, ModelConfig, ModelPart, ParameterKind, ParameterRole,
    ParameterSource, Pass, Sizes, Start, TiedTable, TrainableModel, WeightNames, parameter,
};

use crate::names::{BIAS, Names, WEIGHT};
use crate::{ClassifierConfig, HeadConfig};

/// An encoder that says of a sequence which class it has: `softmax(W·pool(states) + b)`.
///
/// Its parameters have the encoder's names, and `classifier.weight` and `classifier.bias`. What the
/// encoder has besides, such as a masked-language head, stays as it is. It is a [`TrainableModel`]
/// itself: it is trained, saved and opened as any other.
///
/// ```
/// use burn::tensor::Device;
/// use dissensus_bert::{Config, MaskedLm};
/// use dissensus_finetune::{Classifier, HeadConfig, Pooling};
/// use dissensus_lm::{Batch, Encoder, Pass, Pool};
/// let encoder =
///     MaskedLm::new(&Config::preset("micro")?.with_vocabulary(20, 1), 7, &Device::flex())?;
/// let head = HeadConfig::new(3, Pooling::new(Pool::Mean, [0, 1, 2, 3, 4]));
/// let model = Classifier::over(encoder, head, 1)?;
/// let batch = Batch::new(&[vec![2, 7, 8, 3], vec![2, 9, 3]], &model.sizes())?;
/// assert_eq!(model.class_logits(&batch, &Pass::default()).dims(), [2, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Classifier<M: TrainableModel> {
    encoder: M,
    head: Head,
    config: ClassifierConfig<M::Config>,
}

/// The linear map.
#[derive(Module, Debug)]
struct Head {
    /// `[H, classes]`.
    weight: Param<Tensor<2>>,
    /// `[classes]`.
    bias: Param<Tensor<1>>,
}

impl Head {
    fn build(
        config: &HeadConfig,
        width: usize,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        let shape = [width, config.classes];
        Ok(Self {
            weight: parameter(source, WEIGHT, shape, Start::Gaussian, device)?,
            bias: parameter(source, BIAS, [config.classes], Start::Zeros, device)?,
        })
    }
}

impl<M: TrainableModel> Classifier<M> {
    /// A fresh head over an encoder, its weights drawn by a seed.
    ///
    /// # Errors
    /// [`Error::Config`] for the head.
    pub fn over(encoder: M, head: HeadConfig, seed: u64) -> Result<Self, Error> {
        let config = ClassifierConfig::new(encoder.config().clone(), head);
        config.check()?;
        let device = encoder.device().inner();
        let width = encoder.sizes().width;
        Ok(Self {
            head: Head::build(
                &config.head,
                width,
                &mut head_source(&config, seed),
                &device,
            )?,
            encoder,
            config,
        })
    }

    /// The encoder.
    pub fn encoder(&self) -> &M {
        &self.encoder
    }

    /// The head's configuration.
    pub fn head(&self) -> &HeadConfig {
        &self.config.head
    }

    /// The logits `[B, classes]` of a batch; with dropout and gradients where the pass and the
    /// parameters have them.
    pub fn class_logits(&self, batch: &Batch, pass: &Pass) -> Tensor<2> {
        let states = self.encoder.encode(batch, pass);
        self.logits_of(self.config.head.pooling.of(states, batch), pass)
    }

    /// [`Classifier::class_logits`] for which only the head has gradients; the encoder runs without
    /// dropout.
    pub fn head_logits(&self, batch: &Batch, pass: &Pass) -> Tensor<2> {
        let states = self.encoder.valid().encode(batch, &Pass::default());
        let pooled = self.config.head.pooling.of(states, batch);
        self.logits_of(beside(pooled, &self.head.weight.val()), pass)
    }

    fn logits_of(&self, pooled: Tensor<2>, pass: &Pass) -> Tensor<2> {
        let (weight, bias) = (self.head.weight.val(), self.head.bias.val());
        dissensus_layers::linear(pooled, weight, bias, pass.mode("classifier"))
    }
}

impl<M: TrainableModel> Encoder for Classifier<M> {
    fn sizes(&self) -> Sizes {
        self.encoder.sizes()
    }

    fn device(&self) -> Device {
        self.encoder.device()
    }

    fn encode(&self, batch: &Batch, pass: &Pass) -> Tensor<3> {
        self.encoder.encode(batch, pass)
    }

    fn hidden_states(&self, batch: &Batch, pass: &Pass) -> Vec<Tensor<3>> {
        self.encoder.hidden_states(batch, pass)
    }

    fn input_embeddings(&self) -> Tensor<2> {
        self.encoder.input_embeddings()
    }

    fn parameter_role(&self, name: &str) -> ParameterRole {
        match name {
            WEIGHT | BIAS => ParameterRole {
                layer: None,
                kind: ParameterKind::Other("classifier".into()),
                part: ModelPart::Head,
            },
            _ => self.encoder.parameter_role(name),
        }
    }

    fn shows_every_parameter(&self) -> bool {
        self.encoder.shows_every_parameter()
    }
}

impl<M: TrainableModel> TrainableModel for Classifier<M> {
    type Config = ClassifierConfig<M::Config>;

    fn config(&self) -> &Self::Config {
        &self.config
    }

    fn build(
        config: &Self::Config,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        config.check()?;
        let encoder = M::build(&config.encoder, source, device)?;
        let head = Head::build(&config.head, encoder.sizes().width, source, device)?;
        Ok(Self {
            encoder,
            head,
            config: config.clone(),
        })
    }

    fn tied_table(&self) -> Option<TiedTable> {
        self.encoder.tied_table()
    }

    fn untied(self) -> Self {
        let encoder = self.encoder.untied();
        let config = ClassifierConfig::new(encoder.config().clone(), self.config.head);
        Self {
            encoder,
            head: self.head,
            config,
        }
    }

    fn names() -> &'static dyn WeightNames {
        Names::<M>::ALL
    }

    fn initial(config: &Self::Config, seed: u64) -> Box<dyn ParameterSource> {
        Box::new(EncoderAndHead {
            encoder: M::initial(&config.encoder, seed),
            head: head_source(config, seed),
        })
    }
}

/// The seed of a head is kept apart from that of an encoder: they would draw the same numbers.
const HEAD_SEED: u64 = 0x6865_6164;

fn head_source<C>(config: &ClassifierConfig<C>, seed: u64) -> FreshWeights {
    FreshWeights::new(config.head.deviation, None, seed ^ HEAD_SEED)
}

/// Fresh values of an encoder and of a head.
struct EncoderAndHead {
    encoder: Box<dyn ParameterSource>,
    head: FreshWeights,
}

impl ParameterSource for EncoderAndHead {
    fn values(&mut self, name: &str, shape: &[usize], start: Start) -> Result<Vec<f32>, Error> {
        match name {
            WEIGHT | BIAS => self.head.values(name, shape, start),
            _ => self.encoder.values(name, shape, start),
        }
    }
}

const CONTAINER: &str = "Struct:Classifier";
const HEAD: &str = "classifier";

/// Written out, so that the encoder's parameters keep the names that they have in its files.
impl<M: TrainableModel> Module for Classifier<M> {
    fn collect_devices(&self, devices: Devices) -> Devices {
        self.head
            .collect_devices(self.encoder.collect_devices(devices))
    }

    fn fork(self, device: &Device) -> Self {
        self.each(|encoder| encoder.fork(device), |head| head.fork(device))
    }

    fn to_device(self, device: &Device) -> Self {
        self.each(|e| e.to_device(device), |head| head.to_device(device))
    }

    fn train(self) -> Self {
        self.each(M::train, Head::train)
    }

    fn valid(&self) -> Self {
        Self {
            encoder: self.encoder.valid(),
            head: self.head.valid(),
            config: self.config.clone(),
        }
    }

    fn materialize(self) -> Self {
        self.each(M::materialize, Head::materialize)
    }

    fn visit<Visitor: ModuleVisitor>(&self, visitor: &mut Visitor) {
        self.encoder.visit(visitor);
        visitor.enter_module(HEAD, CONTAINER);
        self.head.visit(visitor);
        visitor.exit_module(HEAD, CONTAINER);
    }

    fn map<Mapper: ModuleMapper>(self, mapper: &mut Mapper) -> Self {
        let encoder = self.encoder.map(mapper);
        mapper.enter_module(HEAD, CONTAINER);
        let head = self.head.map(mapper);
        mapper.exit_module(HEAD, CONTAINER);
        Self {
            encoder,
            head,
            config: self.config,
        }
    }
}

impl<M: TrainableModel> Classifier<M> {
    fn each(self, encoder: impl FnOnce(M) -> M, head: impl FnOnce(Head) -> Head) -> Self {
        Self {
            encoder: encoder(self.encoder),
            head: head(self.head),
            config: self.config,
        }
    }
}

impl<M: TrainableModel + ModuleDisplay> ModuleDisplay for Classifier<M> {}

impl<M: TrainableModel + ModuleDisplay> ModuleDisplayDefault for Classifier<M> {
    fn content(&self, content: Content) -> Option<Content> {
        content
            .set_top_level_type("Classifier")
            .add("encoder", &self.encoder)
            .add(HEAD, &self.head)
            .optional()
    }

    fn num_params(&self) -> usize {
        Module::num_params(self)
    }
}
