//! One loop, compiled for several widths of vectors, chosen at run time.

/// Defines a function that runs `$body`, compiled for AVX-512, for AVX2 or for the target's baseline, whichever the
/// machine has.
///
/// The body is ordinary safe Rust over fixed blocks of lanes, without fused multiply-add: the compiler turns the lanes
/// into vectors, and the result has the same bits at every width.
macro_rules! dispatched {
    ($(#[$doc:meta])* $name:ident = $body:ident($($arg:ident: $type:ty),* $(,)?) $(-> $out:ty)?) => {
        $(#[$doc])*
        #[allow(clippy::too_many_arguments, reason = "kernels take plain slices")]
        pub(crate) fn $name($($arg: $type),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
                fn wide($($arg: $type),*) $(-> $out)? {
                    $body($($arg),*)
                }
                #[target_feature(enable = "avx2")]
                fn middle($($arg: $type),*) $(-> $out)? {
                    $body($($arg),*)
                }
                if crate::kernel::dispatch::has_avx512() {
                    // SAFETY: the machine has every feature that `wide` is compiled for.
                    #[allow(unsafe_code, reason = "the only way to call code for a checked feature")]
                    return unsafe { wide($($arg),*) };
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: as above, for `middle`.
                    #[allow(unsafe_code, reason = "the only way to call code for a checked feature")]
                    return unsafe { middle($($arg),*) };
                }
            }
            $body($($arg),*)
        }
    };
}

pub(crate) use dispatched;

/// Whether the machine has the features of the widest variant.
#[cfg(target_arch = "x86_64")]
pub(crate) fn has_avx512() -> bool {
    use std::arch::is_x86_feature_detected as has;
    has!("avx512f") && has!("avx512vl") && has!("avx512bw") && has!("avx512dq")
}
