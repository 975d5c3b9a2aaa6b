//! Random numbers in parallel: the generator counts its words, so that each task starts where its part does.

use crate::threads::Threads;
use hebb_core::seed::Stream;
use rand::RngExt;

/// Fills `out` with the next numbers of a stream, uniform from 0 to below 1; each takes one word.
pub(crate) fn uniform(threads: &Threads, stream: &mut Stream, out: &mut [f32]) {
    let (start, len) = (stream.get_word_pos(), out.len() as u128);
    let from = &*stream;
    threads.rows(out.len(), 1, out, |first, part| {
        let mut own = from.clone();
        own.set_word_pos(start + first as u128);
        part.iter_mut().for_each(|value| *value = own.random());
    });
    stream.set_word_pos(start + len);
}

#[cfg(test)]
mod tests {
    use super::*;
    use hebb_core::Seed;

    #[test]
    fn tasks_draw_what_one_would_draw_alone() {
        let mut stream = Seed::new(5).stream("uniform", 0);
        let mut alone = stream.clone();
        for len in [3, 100_000, 1] {
            let mut drawn = vec![0.0; len];
            uniform(&Threads::with_threads(3).unwrap(), &mut stream, &mut drawn);
            let expected: Vec<f32> = (0..len).map(|_| alone.random()).collect();
            assert_eq!(drawn, expected);
        }
    }
}
