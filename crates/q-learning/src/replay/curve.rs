//! How the mean reward of a pass grew, at evenly spaced points.

use super::summary::Interval;

/// Points of a curve, or as many as there are rows.
const POINTS: usize = 100;

/// One point of the curves of several passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// Tasks that were decided by then.
    pub rows: usize,
    /// Mean reward until then, over the passes.
    pub mean: f64,
    /// Half width of its 95 % interval over the passes.
    pub ci95: f64,
}

/// The curve of one pass while it goes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Curve {
    rows: usize,
    points: Vec<(usize, f64)>,
}

impl Curve {
    pub(super) fn new(rows: usize) -> Self {
        Self { rows, points: Vec::with_capacity(POINTS) }
    }

    /// Takes in the mean after so many rows, if it is time for a point.
    pub(super) fn passed(&mut self, done: usize, mean: f64) {
        let next = (self.points.len() + 1) * self.rows;
        if done * POINTS.min(self.rows) >= next {
            self.points.push((done, mean));
        }
    }

    pub(super) fn into_points(self) -> Vec<(usize, f64)> {
        self.points
    }
}

/// Several curves over the same number of rows as one with a band.
pub(super) fn together(curves: &[&[(usize, f64)]]) -> Vec<CurvePoint> {
    let shortest = curves.iter().map(|curve| curve.len()).min().unwrap_or(0);
    let point = |index: usize| {
        let interval = Interval::of(curves.iter().map(|curve| curve[index].1));
        CurvePoint { rows: curves[0][index].0, mean: interval.mean, ci95: interval.half_width }
    };
    (0..shortest).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rows: usize, points: usize) {
        let mut curve = Curve::new(rows);
        (1..=rows).for_each(|done| curve.passed(done, 0.5));
        let curve = curve.into_points();
        assert_eq!(curve.len(), points, "{rows} rows");
        assert_eq!(curve.last().map_or(0, |point| point.0), rows);
    }

    #[test]
    fn ends_with_the_pass_however_long_it_is() {
        check(0, 0);
        check(1, 1);
        check(99, 99);
        check(150, 100);
        check(8_000, 100);
    }
}
