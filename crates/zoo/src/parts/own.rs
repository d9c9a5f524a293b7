//! A module under the name `self`, which no Rust field can have.

use burn::module::{
    Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor,
};
use burn::tensor::Device;

/// Two modules: `own`, whose parameters are named behind `self.`, and `rest`, whose parameters are
/// named as if they were this module's own fields. Published attention keeps its projections under
/// `self`.
#[derive(Debug, Clone)]
pub(crate) struct Own<A, B> {
    pub(crate) own: A,
    pub(crate) rest: B,
}

const CONTAINER: &str = "Struct:Own";

impl<A: Module, B: Module> Module for Own<A, B> {
    fn collect_devices(&self, devices: Devices) -> Devices {
        self.rest.collect_devices(self.own.collect_devices(devices))
    }

    fn fork(self, device: &Device) -> Self {
        Self {
            own: self.own.fork(device),
            rest: self.rest.fork(device),
        }
    }

    fn to_device(self, device: &Device) -> Self {
        Self {
            own: self.own.to_device(device),
            rest: self.rest.to_device(device),
        }
    }

    fn train(self) -> Self {
        Self {
            own: self.own.train(),
            rest: self.rest.train(),
        }
    }

    fn valid(&self) -> Self {
        Self {
            own: self.own.valid(),
            rest: self.rest.valid(),
        }
    }

    fn materialize(self) -> Self {
        Self {
            own: self.own.materialize(),
            rest: self.rest.materialize(),
        }
    }

    fn visit<Visitor: ModuleVisitor>(&self, visitor: &mut Visitor) {
        visitor.enter_module("self", CONTAINER);
        self.own.visit(visitor);
        visitor.exit_module("self", CONTAINER);
        self.rest.visit(visitor);
    }

    fn map<Mapper: ModuleMapper>(self, mapper: &mut Mapper) -> Self {
        mapper.enter_module("self", CONTAINER);
        let own = self.own.map(mapper);
        mapper.exit_module("self", CONTAINER);
        let rest = self.rest.map(mapper);
        Self { own, rest }
    }
}

impl<A: Module + ModuleDisplay, B: Module + ModuleDisplay> ModuleDisplay for Own<A, B> {}

impl<A: Module + ModuleDisplay, B: Module + ModuleDisplay> ModuleDisplayDefault for Own<A, B> {
    fn content(&self, content: Content) -> Option<Content> {
        content
            .set_top_level_type("Own")
            .add("self", &self.own)
            .add("rest", &self.rest)
            .optional()
    }

    fn num_params(&self) -> usize {
        Module::num_params(self)
    }
}
