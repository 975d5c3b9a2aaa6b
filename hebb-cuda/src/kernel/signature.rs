//! Kernel signatures, read from the embedded PTX.

use crate::error::CudaError;
use crate::kernel::{EMBEDDED_PTX, Kernel};

/// Kind of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An address.
    Pointer,
    /// A u32.
    Unsigned,
    /// An f32.
    Float,
    /// A structure of so many 32-bit words.
    Words(usize),
}

/// The parameters of a kernel, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) kernel: &'static str,
    pub(crate) parameters: Vec<Kind>,
}

impl Signature {
    /// Reads a kernel's signature.
    ///
    /// # Errors
    /// [`CudaError::Launch`] if the PTX does not hold the kernel or declares it in an unknown way.
    pub(crate) fn of(kernel: Kernel) -> Result<Self, CudaError> {
        Self::parse(kernel.name(), EMBEDDED_PTX)
    }

    fn parse(kernel: &'static str, ptx: &str) -> Result<Self, CudaError> {
        let failure = |reason: &str| CudaError::Launch {
            kernel,
            reason: reason.to_owned(),
        };
        let header = ptx
            .split_once(&format!(".entry {kernel}("))
            .ok_or_else(|| failure("the PTX does not hold it"))?;
        let (list, _) = header
            .1
            .split_once(')')
            .ok_or_else(|| failure("its parameter list does not end"))?;
        let declarations = list
            .split(',')
            .map(str::trim)
            .filter(|declaration| !declaration.is_empty());
        let kinds = declarations.map(|declaration| kind(declaration).ok_or_else(|| failure(declaration)));
        Ok(Self {
            kernel,
            parameters: kinds.collect::<Result<_, _>>()?,
        })
    }

    /// Checks the arguments of a launch against the parameters.
    ///
    /// # Errors
    /// [`CudaError::Launch`] on a wrong count, kind or size.
    pub(crate) fn check(&self, given: impl ExactSizeIterator<Item = Kind>) -> Result<(), CudaError> {
        let failure = |reason: String| CudaError::Launch {
            kernel: self.kernel,
            reason,
        };
        if given.len() != self.parameters.len() {
            return Err(failure(format!(
                "{} arguments for {} parameters",
                given.len(),
                self.parameters.len()
            )));
        }
        let mismatch = given
            .zip(&self.parameters)
            .enumerate()
            .find(|(_, (given, wanted))| given != *wanted);
        match mismatch {
            None => Ok(()),
            Some((index, (given, wanted))) => {
                Err(failure(format!("argument {index} is {given:?}, not {wanted:?}")))
            }
        }
    }
}

/// Reads `.param .u64 name` or `.param .align 4 .b8 name[64]`.
fn kind(declaration: &str) -> Option<Kind> {
    let words: Vec<&str> = declaration.split_whitespace().collect();
    match words[..] {
        [".param", ".u64", _] => Some(Kind::Pointer),
        [".param", ".u32", _] => Some(Kind::Unsigned),
        [".param", ".f32", _] => Some(Kind::Float),
        [".param", ".align", _, ".b8", array] => {
            let bytes: usize = array.split_once('[')?.1.trim_end_matches(']').parse().ok()?;
            bytes.is_multiple_of(4).then_some(Kind::Words(bytes / 4))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_has_a_signature() {
        for kernel in Kernel::ALL {
            assert!(
                !Signature::of(*kernel).unwrap().parameters.is_empty(),
                "{kernel:?}"
            );
        }
        let scale = Signature::of(Kernel::Scale).unwrap();
        assert_eq!(scale.parameters, [Kind::Unsigned, Kind::Float, Kind::Pointer]);
        let im2col = Signature::of(Kernel::Im2col).unwrap();
        assert_eq!(
            im2col.parameters,
            [Kind::Unsigned, Kind::Words(14), Kind::Pointer, Kind::Pointer]
        );
    }

    #[test]
    fn wrong_arguments_are_refused() {
        let scale = Signature::of(Kernel::Scale).unwrap();
        let check = |kinds: &[Kind]| {
            scale
                .check(kinds.iter().copied())
                .map_err(|error| error.to_string())
        };
        assert_eq!(check(&scale.parameters), Ok(()));
        assert!(
            check(&[Kind::Unsigned])
                .unwrap_err()
                .contains("1 arguments for 3 parameters")
        );
        let message = check(&[Kind::Unsigned, Kind::Unsigned, Kind::Pointer]).unwrap_err();
        assert!(message.contains("argument 1 is Unsigned, not Float"), "{message}");
        let im2col = Signature::of(Kernel::Im2col).unwrap();
        let kinds = [Kind::Unsigned, Kind::Words(13), Kind::Pointer, Kind::Pointer];
        assert!(im2col.check(kinds.into_iter()).is_err());
    }

    #[test]
    fn unknown_declarations_are_refused() {
        assert!(Signature::parse("k", ".entry k(\n.param .f64 x\n)").is_err());
        assert!(Signature::parse("k", ".entry other()").is_err());
    }
}
