//! The gradients of one example by parameter.

use crate::sums::add_to;
use crate::{Error, Roles};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Gradients as TensorGradients, Tensor};
use dissensus_lm::{ParameterRole, TiedTable};

/// The gradient of one example, by parameter name, in the order of the module.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gradients {
    /// One entry a parameter.
    pub parameters: Vec<Gradient>,
}

/// The gradient of one parameter, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient {
    /// Path of the parameter in the module, joined by dots.
    pub name: String,
    /// What the parameter is for.
    pub role: ParameterRole,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its entries. Of a tied table whose sides are apart: the input side.
    pub values: Vec<f64>,
    /// The output side of a tied table whose sides are apart.
    pub output_side: Option<Vec<f64>>,
}

impl Gradient {
    /// Fails unless there are as many entries as the shape has, and rows where there are two sides
    /// of them.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let mut sizes = self.shape.iter();
        let expected = sizes.try_fold(1_usize, |n, &side| n.checked_mul(side));
        let has_rows = self.shape.first().is_some_and(|&rows| rows > 0);
        let sides = [Some(&self.values), self.output_side.as_ref()];
        let mut sides = sides.into_iter().flatten();
        let wrong = |side: &&Vec<f64>| {
            Some(side.len()) != expected || self.output_side.is_some() && !has_rows
        };
        match sides.find(wrong) {
            None => Ok(()),
            Some(side) => Err(Error::Shape {
                name: self.name.clone(),
                found: vec![side.len()],
                expected: self.shape.clone(),
            }),
        }
    }
}

impl Gradients {
    /// Reads the gradients of every float parameter of a module. A parameter the loss does not
    /// reach has gradient zero.
    ///
    /// # Errors
    /// [`Error::Device`] when a tensor cannot be read back.
    pub fn of_module<M: Module>(
        module: &M,
        gradients: &TensorGradients,
        roles: Roles<'_>,
    ) -> Result<Self, Error> {
        let mut reader = Reader {
            gradients,
            roles,
            path: Vec::new(),
            read: Gradients::default(),
            error: None,
        };
        module.visit(&mut reader);
        match reader.error {
            Some(error) => Err(error),
            None => Ok(reader.read),
        }
    }

    /// Moves the gradient of `tie.output` beside that of `tie.input`, as the two sides of one
    /// table.
    ///
    /// # Errors
    /// [`Error::MissingParameter`] and [`Error::Shape`] when the two are not there or differ in
    /// shape.
    pub fn tied(mut self, tie: &TiedTable) -> Result<Self, Error> {
        let at = |name: &str, all: &[Gradient]| {
            all.iter()
                .position(|g| g.name == name)
                .ok_or_else(|| Error::MissingParameter { name: name.into() })
        };
        let output = self.parameters.remove(at(&tie.output, &self.parameters)?);
        let at = at(&tie.input, &self.parameters)?;
        let input = &mut self.parameters[at];
        if input.shape != output.shape {
            return Err(Error::Shape {
                name: output.name,
                found: output.shape,
                expected: input.shape.clone(),
            });
        }
        input.output_side = Some(output.values);
        Ok(self)
    }

    pub(crate) fn add(&mut self, other: &Gradients) {
        if self.parameters.is_empty() {
            self.parameters.clone_from(&other.parameters);
            return;
        }
        for (mine, theirs) in self.parameters.iter_mut().zip(&other.parameters) {
            add_to(&mut mine.values, &theirs.values);
            if let (Some(mine), Some(theirs)) = (&mut mine.output_side, &theirs.output_side) {
                add_to(mine, theirs);
            }
        }
    }

    pub(crate) fn scale(&mut self, factor: f64) {
        for gradient in &mut self.parameters {
            let output = gradient.output_side.iter_mut().flatten();
            gradient
                .values
                .iter_mut()
                .chain(output)
                .for_each(|v| *v *= factor);
        }
    }

    pub(crate) fn check_finite(&self, sequence: u64) -> Result<(), Error> {
        match self
            .parameters
            .iter()
            .find(|g| g.values.iter().any(|v| !v.is_finite()))
        {
            Some(bad) => Err(Error::GradientNotFinite {
                sequence,
                parameter: bad.name.clone(),
            }),
            None => Ok(()),
        }
    }
}

struct Reader<'a> {
    gradients: &'a TensorGradients,
    roles: Roles<'a>,
    path: Vec<String>,
    read: Gradients,
    error: Option<Error>,
}

impl ModuleVisitor for Reader<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let name = self.path.join(".");
        let tensor = parameter.val();
        let shape = tensor.dims().to_vec();
        let values = match tensor.grad(self.gradients) {
            None => Ok(vec![0.0; shape.iter().product()]),
            Some(gradient) => read(&name, gradient),
        };
        match values {
            Ok(values) => self.read.parameters.push(Gradient {
                role: self.roles.of(&name),
                name,
                shape,
                values,
                output_side: None,
            }),
            Err(error) => self.error = self.error.take().or(Some(error)),
        }
    }

    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }
}

pub(crate) fn read<const D: usize>(name: &str, tensor: Tensor<D>) -> Result<Vec<f64>, Error> {
    let failed = |reason: String| Error::Device {
        name: name.into(),
        reason,
    };
    let data = tensor
        .try_into_data_as::<f32>()
        .map_err(|e| failed(format!("{e:?}")))?;
    let values = data
        .try_to_vec::<f32>()
        .map_err(|e| failed(format!("{e:?}")))?;
    Ok(values.into_iter().map(f64::from).collect())
}
