//! Parameters by name.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};

/// The names and shapes of all floating-point parameters, in the order of the module's fields.
///
/// ```
/// use burn::tensor::Device;
/// use dissensus_bert::{Config, MaskedLm};
/// use dissensus_lm::parameter_shapes;
/// let model = MaskedLm::new(&Config::preset("tiny")?, 0, &Device::flex())?;
/// let (name, shape) = &parameter_shapes(&model)[0];
/// assert_eq!(
///     (name.as_str(), &shape[..]),
///     ("bert.embeddings.word_embeddings.weight", &[4096, 128][..])
/// );
/// # Ok::<(), dissensus_bert::Error>(())
/// ```
pub fn parameter_shapes<M: Module>(module: &M) -> Vec<(String, Vec<usize>)> {
    let mut shapes = Vec::new();
    for_each(module, &mut |name, shape, _| {
        shapes.push((name.to_string(), shape.to_vec()))
    });
    shapes
}

/// The values of all floating-point parameters by name, row-major, in the module's layout.
pub fn parameter_values<M: Module>(module: &M) -> BTreeMap<String, Vec<f32>> {
    let mut values = BTreeMap::new();
    for_each(module, &mut |name, _, flat| {
        values.insert(name.to_string(), floats(flat));
    });
    values
}

/// The values of a tensor, row-major.
pub(crate) fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    float_data(tensor.into_data())
}

pub(crate) fn float_data(data: TensorData) -> Vec<f32> {
    data.iter::<f32>().collect()
}

/// Shows every floating-point parameter: name, shape, values as one axis.
pub(crate) fn for_each<M: Module>(module: &M, seen: &mut dyn FnMut(&str, &[usize], Tensor<1>)) {
    module.visit(&mut Reader {
        path: Vec::new(),
        seen,
    });
}

/// What a parameter of this name and shape becomes, its values as one axis; none if whoever is
/// asked keeps them until [`put_back`].
type Change<'a> = dyn FnMut(&str, &[usize], Tensor<1>) -> Option<Tensor<1>> + 'a;

/// Replaces every floating-point parameter by a function of its name, shape and values; shapes
/// stay. Where values are kept, a zero that takes no memory stands for all of them.
pub(crate) fn replace<M: Module>(module: M, change: &mut Change<'_>) -> M {
    module.map(&mut Writer {
        path: Vec::new(),
        change,
    })
}

/// Gives the parameters for whose names there are values these values, given as one axis.
pub(crate) fn put_back<M: Module>(
    module: M,
    values: &mut dyn FnMut(&str) -> Option<Tensor<1>>,
) -> M {
    module.map(&mut Filler {
        path: Vec::new(),
        values,
    })
}

struct Reader<'a> {
    path: Vec<String>,
    seen: &'a mut dyn FnMut(&str, &[usize], Tensor<1>),
}

impl ModuleVisitor for Reader<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val().inner();
        let shape = tensor.dims();
        let flat = tensor.reshape([shape.iter().product::<usize>()]);
        (self.seen)(&self.path.join("."), &shape, flat);
    }
}

struct Writer<'a> {
    path: Vec<String>,
    change: &'a mut Change<'a>,
}

impl ModuleMapper for Writer<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let like = Like::of(&tensor);
        let shape = tensor.dims();
        let flat = tensor.inner().reshape([shape.iter().product::<usize>()]);
        let changed = match (self.change)(&self.path.join("."), &shape, flat) {
            Some(changed) => changed.reshape(shape),
            None => Tensor::<D>::zeros([1; D], &like.device).expand(shape),
        };
        Param::from_mapped_value(id, like.tensor(changed), mapper)
    }
}

struct Filler<'a> {
    path: Vec<String>,
    values: &'a mut dyn FnMut(&str) -> Option<Tensor<1>>,
}

impl ModuleMapper for Filler<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(values) = (self.values)(&self.path.join(".")) else {
            return param;
        };
        let (id, tensor, mapper) = param.consume();
        let filled = Like::of(&tensor).tensor(values.reshape(tensor.dims()));
        Param::from_mapped_value(id, filled, mapper)
    }
}

/// What a parameter's tensor keeps when its values change.
struct Like {
    device: Device,
    tracked: bool,
    wanted: bool,
}

impl Like {
    fn of<const D: usize>(tensor: &Tensor<D>) -> Self {
        Self {
            device: tensor.device().inner(),
            tracked: tensor.is_autodiff(),
            wanted: tensor.is_require_grad(),
        }
    }

    fn tensor<const D: usize>(&self, values: Tensor<D>) -> Tensor<D> {
        let values = if self.tracked {
            Tensor::from_inner(values)
        } else {
            values
        };
        if self.wanted {
            values.require_grad()
        } else {
            values
        }
    }
}
