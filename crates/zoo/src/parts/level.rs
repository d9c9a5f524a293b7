//! A module that may stand one level deeper.

use burn::module::{
    Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor,
};
use burn::tensor::Device;

/// A module whose parameters are named behind `name.` where there is a name, and as if it were not
/// there where there is none. Published wrappers come and go with the configuration.
#[derive(Debug, Clone)]
pub(crate) struct Level<M> {
    name: Option<&'static str>,
    pub(crate) module: M,
}

const CONTAINER: &str = "Struct:Level";

impl<M> Level<M> {
    /// A module behind a name if `wrapped`.
    pub(crate) fn new(name: &'static str, wrapped: bool, module: M) -> Self {
        let name = wrapped.then_some(name);
        Self { name, module }
    }

    /// The prefix of the module's parameters behind that of the level.
    pub(crate) fn prefix(name: &str, wrapped: bool, parent: &str) -> String {
        if wrapped {
            format!("{parent}.{name}")
        } else {
            parent.to_string()
        }
    }

    /// Puts the module behind a name, or no longer.
    pub(crate) fn rename(&mut self, name: &'static str, wrapped: bool) {
        self.name = wrapped.then_some(name);
    }

    /// The same level with another module.
    pub(crate) fn with(self, change: impl FnOnce(M) -> M) -> Self {
        Self {
            name: self.name,
            module: change(self.module),
        }
    }
}

impl<M: Module> Module for Level<M> {
    fn collect_devices(&self, devices: Devices) -> Devices {
        self.module.collect_devices(devices)
    }

    fn fork(self, device: &Device) -> Self {
        self.with(|module| module.fork(device))
    }

    fn to_device(self, device: &Device) -> Self {
        self.with(|module| module.to_device(device))
    }

    fn train(self) -> Self {
        self.with(Module::train)
    }

    fn valid(&self) -> Self {
        Self {
            name: self.name,
            module: self.module.valid(),
        }
    }

    fn materialize(self) -> Self {
        self.with(Module::materialize)
    }

    fn visit<Visitor: ModuleVisitor>(&self, visitor: &mut Visitor) {
        if let Some(name) = self.name {
            visitor.enter_module(name, CONTAINER);
        }
        self.module.visit(visitor);
        if let Some(name) = self.name {
            visitor.exit_module(name, CONTAINER);
        }
    }

    fn map<Mapper: ModuleMapper>(self, mapper: &mut Mapper) -> Self {
        if let Some(name) = self.name {
            mapper.enter_module(name, CONTAINER);
        }
        let module = self.module.map(mapper);
        if let Some(name) = self.name {
            mapper.exit_module(name, CONTAINER);
        }
        Self {
            name: self.name,
            module,
        }
    }
}

impl<M: Module + ModuleDisplay> ModuleDisplay for Level<M> {}

impl<M: Module + ModuleDisplay> ModuleDisplayDefault for Level<M> {
    fn content(&self, content: Content) -> Option<Content> {
        let content = content.set_top_level_type("Level");
        content
            .add(self.name.unwrap_or("module"), &self.module)
            .optional()
    }

    fn num_params(&self) -> usize {
        Module::num_params(self)
    }
}
