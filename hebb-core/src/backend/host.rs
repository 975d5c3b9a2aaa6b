//! Copies between the host and a device.

use super::Backend;
use crate::error::Result;
use std::borrow::Cow;

/// `host` on the device.
///
/// # Errors
/// [`crate::Error::OutOfMemory`].
pub fn buffer_of<B: Backend>(backend: &B, host: &[f32]) -> Result<B::Buffer> {
    let mut buffer = backend.zeros(host.len())?;
    backend.upload(host, &mut buffer)?;
    Ok(buffer)
}

/// The first `len` values of a buffer, copied only if they lie on a device.
///
/// # Errors
/// As [`host_of`].
pub fn values_of<'b, B: Backend>(backend: &B, buffer: &'b B::Buffer, len: usize) -> Result<Cow<'b, [f32]>> {
    match backend.view(buffer).and_then(|values| values.get(..len)) {
        Some(values) => Ok(Cow::Borrowed(values)),
        None => host_of(backend, buffer, len).map(Cow::Owned),
    }
}

/// The first `len` values of a buffer.
///
/// # Errors
/// [`crate::Error::Shape`] if the buffer is shorter.
pub fn host_of<B: Backend>(backend: &B, buffer: &B::Buffer, len: usize) -> Result<Vec<f32>> {
    let mut host = vec![0.0; len];
    backend.download(buffer, &mut host)?;
    Ok(host)
}
