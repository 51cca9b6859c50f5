//! A list that keeps what was used last: of more than it may hold, the idlest is forgotten.

/// Puts a newcomer where it belongs. Of more than `most` another one is forgotten, the one that was not used for longest. Returns
/// where the newcomer then is.
pub(crate) fn welcome<T>(
    kept: &mut Vec<T>,
    at: usize,
    newcomer: T,
    most: usize,
    used: impl Fn(&T) -> u64,
) -> usize {
    kept.insert(at, newcomer);
    if kept.len() <= most {
        return at;
    }
    let others = (0..kept.len()).filter(|other| *other != at);
    let idle = others.min_by_key(|other| used(&kept[*other])).unwrap_or(at);
    kept.remove(idle);
    if idle < at { at - 1 } else { at }
}

#[cfg(test)]
mod tests {
    use super::welcome;

    #[test]
    fn the_idlest_other_makes_room() {
        let used = |one: &(u64, u64)| one.1;
        let mut kept = vec![(1, 7), (3, 5), (5, 6)];
        assert_eq!(welcome(&mut kept, 1, (2, 0), 4, used), 1);
        assert_eq!(welcome(&mut kept, 4, (6, 0), 4, used), 3);
        assert_eq!(kept, [(1, 7), (3, 5), (5, 6), (6, 0)]);
        assert_eq!(welcome(&mut kept, 0, (0, 0), 4, used), 0);
        assert_eq!(kept, [(0, 0), (1, 7), (3, 5), (5, 6)]);
    }
}
