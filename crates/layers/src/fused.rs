//! How a fused operation becomes a node of burn's graph on the `flex` backend.

use std::fmt::Debug;
use std::sync::Arc;

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{DispatchDevice, TensorMetadata};
use burn::tensor::{Bytes, DType, Device, GradientCheckpointingStrategy, Shape, Tensor};
use burn_flex::{Flex, FlexTensor, Layout};

/// A contiguous `f32` array of any rank, shared with burn without a copy.
#[derive(Debug, Clone)]
pub(crate) struct Array(FlexTensor);

impl Array {
    pub(crate) fn new(data: Vec<f32>, shape: impl std::convert::Into<Shape>) -> Self {
        let layout = Layout::contiguous(shape.into());
        Self(FlexTensor::new(Bytes::from_elems(data), layout, DType::F32))
    }

    fn from_flex(tensor: FlexTensor) -> Self {
        let whole = tensor.as_slice::<f32>().map(<[f32]>::len) == Some(tensor.bytes().len() / 4);
        Self(if whole {
            tensor
        } else {
            tensor.to_contiguous()
        })
    }

    pub(crate) fn slice(&self) -> &[f32] {
        self.0.storage::<f32>()
    }

    /// The elements for writing, if nobody else has them.
    pub(crate) fn unique(&mut self) -> Option<&mut [f32]> {
        self.0.try_storage_mut::<f32>()
    }

    pub(crate) fn shape(&self) -> Shape {
        self.0.shape()
    }
}

/// An operation with `N` inputs and one output, written on arrays.
pub(crate) trait Fused<const N: usize>: Send + Sync + Debug + Sized + 'static {
    /// What the backward pass needs of the forward pass.
    type Saved: Clone + Send + Debug + 'static;

    /// The output alone: no activation is kept.
    fn forward(&self, inputs: [Array; N]) -> Array;

    /// The output, and what the backward pass needs.
    fn forward_saving(&self, inputs: [Array; N]) -> (Array, Self::Saved);

    /// The gradients of the wanted inputs, given that of the output.
    fn backward(
        &self,
        saved: Self::Saved,
        gradient: Array,
        wanted: [bool; N],
    ) -> [Option<Array>; N];
}

type Tracked = FloatTensor<Autodiff<Flex>>;

/// An input of a fused operation.
pub(crate) enum Input {
    Plain(FlexTensor),
    Tracked(Tracked),
}

impl<const D: usize> From<Tensor<D>> for Input {
    fn from(tensor: Tensor<D>) -> Self {
        let converted = if tensor.device().is_autodiff() {
            tensor
                .try_into_primitive::<Autodiff<Flex>>()
                .map(Self::Tracked)
        } else {
            tensor.try_into_primitive::<Flex>().map(Self::Plain)
        };
        match converted {
            Ok(input) => input,
            Err(error) => panic!("fused operation: expected tensors of one device: {error:?}"),
        }
    }
}

/// A tensor without gradients, as one of the graph of another where that one has a graph.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::beside;
/// let weight = Tensor::<1>::ones([2], &Device::flex().autodiff()).require_grad();
/// let constant = Tensor::<1>::from_data([3.0, 4.0], &Device::flex());
/// let gradients = (weight.clone() * beside(constant, &weight)).sum().backward();
/// let gradient = weight.grad(&gradients).map(|gradient| gradient.into_data());
/// assert_eq!(gradient.and_then(|data| data.try_to_vec::<f32>().ok()), Some(vec![3.0, 4.0]));
/// ```
#[must_use]
pub fn beside<const D: usize, const E: usize>(tensor: Tensor<D>, other: &Tensor<E>) -> Tensor<D> {
    if other.is_autodiff() {
        Tensor::from_inner(tensor)
    } else {
        tensor
    }
}

/// Whether operations on this device run fused: the `flex` backend, without burn's own gradient
/// checkpointing.
///
/// Elsewhere each operation is its [`crate::plain`] twin, and hooks are not called.
///
/// ```
/// use burn::tensor::Device;
/// assert!(dissensus_layers::is_fused(&Device::flex()));
/// ```
#[must_use]
pub fn is_fused(device: &Device) -> bool {
    let checkpointing = device.gradient_checkpointing_strategy();
    let inner = match device.as_dispatch() {
        DispatchDevice::Autodiff(inner) => inner,
        other => other,
    };
    matches!(inner, DispatchDevice::Flex(_))
        && checkpointing != Some(GradientCheckpointingStrategy::Balanced)
}

/// Whether this tensor can enter a fused operation.
pub(crate) fn fusable<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32 && is_fused(&tensor.device())
}

/// Runs `op`, as a node of the graph if any input is tracked.
pub(crate) fn apply<const N: usize, const D: usize, F: Fused<N>>(
    op: F,
    inputs: [Input; N],
) -> Tensor<D> {
    if inputs.iter().all(|input| matches!(input, Input::Plain(_))) {
        let inputs = inputs.map(|input| match input {
            Input::Plain(tensor) => Array::from_flex(tensor),
            Input::Tracked(tensor) => Array::from_flex(tensor.into_primitive()),
        });
        return Tensor::from_primitive::<Flex>(op.forward(inputs).0);
    }
    let inputs = inputs.map(|input| match input {
        Input::Plain(tensor) => Tracked::new(tensor),
        Input::Tracked(tensor) => tensor,
    });
    let guards = inputs.each_ref().map(|input| input.node());
    let arrays = inputs.map(|input| Array::from_flex(input.into_primitive()));
    let op = Arc::new(op);
    let node = Node(Arc::clone(&op));
    let output = match node
        .prepare::<NoCheckpointing>(guards)
        .compute_bound()
        .stateful()
    {
        OpsKind::Tracked(prep) => {
            let (output, saved) = op.forward_saving(arrays);
            prep.finish(saved, output.0)
        }
        OpsKind::UnTracked(prep) => prep.finish(op.forward(arrays).0),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(output)
}

/// A fused operation as burn's backward step.
#[derive(Debug)]
struct Node<F>(Arc<F>);

impl<const N: usize, F: Fused<N>> Backward<Flex, N> for Node<F> {
    type State = F::Saved;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = Array::from_flex(grads.consume::<Flex>(&ops.node));
        let wanted = ops.parents.each_ref().map(Option::is_some);
        let gradients = self.0.backward(ops.state, gradient, wanted);
        for (parent, gradient) in ops.parents.into_iter().zip(gradients) {
            if let (Some(parent), Some(gradient)) = (parent, gradient) {
                grads.register::<Flex>(parent.id, gradient.0);
            }
        }
    }
}
