//! The run-time choice of instruction set, for the whole workspace.

/// Numbers handled side by side: one register of AVX-512 of `f32`, two of `f64`.
pub const LANES: usize = 16;

/// Runs `op` compiled for the widest vectors of this CPU: AVX-512, AVX2 with FMA, or the target's
/// baseline.
///
/// `op` and what it calls must be `#[inline(always)]` to be vectorised with it. Ordinary Rust over
/// fixed blocks of [`LANES`] elements becomes vectors, and gives the same bits at every width: the
/// compiler neither reorders sums nor fuses products into them.
///
/// It is called by reference, because calling a closure by value goes through a shim that is not
/// compiled so.
///
/// ```
/// use dissensus_kernels::simd::vectorize;
/// let x = [1.0f32, 2.0, 3.0];
/// let doubled = vectorize(
///     #[inline(always)]
///     || x.map(|x| 2.0 * x),
/// );
/// assert_eq!(doubled, [2.0, 4.0, 6.0]);
/// ```
#[inline]
pub fn vectorize<R>(op: impl FnMut() -> R) -> R {
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
