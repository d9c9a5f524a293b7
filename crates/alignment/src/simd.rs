//! Run-time choice of instruction set.

/// Runs `op` compiled for the widest vectors of this CPU.
///
/// The closure and what it calls must be `#[inline(always)]` to be compiled so. It is called by reference, because calling a
/// closure by value goes through a shim that is not.
pub(crate) fn vectorize<R>(op: impl FnMut() -> R) -> R {
    struct Op<F>(F);
    impl<R, F: FnMut() -> R> pulp::WithSimd for Op<F> {
        type Output = R;

        #[inline(always)]
        fn with_simd<S: pulp::Simd>(mut self, _: S) -> R {
            (self.0)()
        }
    }
    pulp::Arch::new().dispatch(Op(op))
}
