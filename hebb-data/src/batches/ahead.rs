//! Double buffering: the next batch is prepared while the current one is in use.

/// Fills a buffer from each part and calls `each` with it. While `each` runs, another thread fills the second buffer from
/// the next part.
///
/// # Errors
/// The first error of `each` or of `fill`.
pub fn ahead<P, T, F, E>(
    buffers: &mut [T; 2],
    parts: impl IntoIterator<Item = P>,
    fill: impl Fn(&mut T, P) -> Result<(), F> + Sync,
    mut each: impl FnMut(&T) -> Result<(), E>,
) -> Result<(), E>
where
    P: Send,
    T: Send,
    F: Send,
    E: From<F>,
{
    let [mut current, mut other] = buffers.each_mut();
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else {
        return Ok(());
    };
    fill(current, first)?;
    for coming in parts.map(Some).chain([None]) {
        let mut filled = Ok(());
        rayon::in_place_scope(|scope| {
            if let Some(part) = coming {
                scope.spawn(|_| filled = fill(other, part));
            }
            each(current)
        })?;
        filled?;
        std::mem::swap(&mut current, &mut other);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(buffer: &mut usize, part: usize) -> Result<(), String> {
        *buffer = part;
        (part != 7)
            .then_some(())
            .ok_or_else(|| "no seventh part".to_owned())
    }

    #[test]
    fn parts_come_one_after_the_other() {
        let mut seen = Vec::new();
        let each = |part: &usize| {
            seen.push(*part);
            Ok::<_, String>(())
        };
        ahead(&mut [0; 2], 1..6, copy, each).unwrap();
        assert_eq!(seen, [1, 2, 3, 4, 5]);
        ahead(&mut [0; 2], 1..1, copy, |_| Err("no part".to_owned())).unwrap();
    }

    #[test]
    fn an_error_of_either_side_ends_it() {
        let mut seen = 0;
        let each = |_: &usize| {
            seen += 1;
            Ok::<_, String>(())
        };
        assert_eq!(
            ahead(&mut [0; 2], 5..9, copy, each).unwrap_err(),
            "no seventh part"
        );
        assert_eq!(seen, 2);
        let each = |part: &usize| Err(format!("refused {part}"));
        assert_eq!(ahead(&mut [0; 2], 5..9, copy, each).unwrap_err(), "refused 5");
    }
}
