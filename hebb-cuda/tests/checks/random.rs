//! Random numbers, compared with those of the host.

use hebb_core::backend::{Backend, host_of};
use hebb_core::{RefBackend, Seed};
use hebb_cuda::CudaBackend;

/// Any number of numbers from any place of a stream has the host's bits, and leaves the stream where the host does.
pub(crate) fn is_that_of_the_host(backend: &CudaBackend) {
    // The counter's low word overflows within the numbers drawn.
    let carry = (16 << 32) - 100;
    for (len, before, number) in [
        (1, 0, 0),
        (15, 17, 0),
        (64, 3, 1 << 40),
        (5000, 48, 7),
        (200, carry, 0),
    ] {
        let mut stream = Seed::new(9).stream("random", 1);
        stream.set_stream(number);
        stream.set_word_pos(before);
        let mut on_host = stream.clone();
        let (mut found, mut expected) = (backend.zeros(len).unwrap(), vec![0.0; len]);
        for _ in 0..2 {
            backend.uniform(len, &mut stream, &mut found).unwrap();
            RefBackend.uniform(len, &mut on_host, &mut expected).unwrap();
            let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            let found = host_of(backend, &found, len).unwrap();
            assert_eq!(bits(&found), bits(&expected), "{len} numbers after {before}");
            assert_eq!(stream, on_host);
        }
    }
}
