//! Isotonic regression: the monotone map from a score to how often it was right.

/// A monotone map, as points with linear pieces between them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Isotonic {
    points: Vec<(f64, f64)>,
}

impl Isotonic {
    /// From points in rising order; none is the map that changes nothing.
    pub fn from_points(points: &[(f64, f64)]) -> Self {
        Self {
            points: points.to_vec(),
        }
    }

    /// Fits scores and whether each was right by pooling adjacent violators. Pools smaller than
    /// `smallest` are joined, so that no point rests on a few decisions.
    pub fn fit(pairs: &[(f64, bool)], smallest: usize) -> Self {
        let mut sorted = pairs.to_vec();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Sum of scores, sum of right ones, count.
        let mut pools: Vec<(f64, f64, f64)> = Vec::new();
        for chunk in sorted.chunks(smallest.max(1)) {
            let mut pool = chunk
                .iter()
                .fold((0.0, 0.0, 0.0), |(score, right, count), pair| {
                    (
                        score + pair.0,
                        right + f64::from(u8::from(pair.1)),
                        count + 1.0,
                    )
                });
            while let Some(before) = pools.last().copied() {
                if before.1 / before.2 < pool.1 / pool.2 {
                    break;
                }
                pool = (before.0 + pool.0, before.1 + pool.1, before.2 + pool.2);
                pools.pop();
            }
            pools.push(pool);
        }
        // One right and one wrong decision more keep a pool from being certain.
        let points = pools
            .into_iter()
            .map(|(score, right, count)| (score / count, (right + 1.0) / (count + 2.0)))
            .collect();
        Self { points }
    }

    /// The points.
    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// The calibrated value of a score.
    pub fn apply(&self, score: f64) -> f64 {
        let Some((first, last)) = self.points.first().zip(self.points.last()) else {
            return score;
        };
        if score <= first.0 {
            return first.1;
        }
        if score >= last.0 {
            return last.1;
        }
        for pair in self.points.windows(2) {
            let [(x0, y0), (x1, y1)] = pair else { continue };
            if score <= *x1 {
                let share = if x1 > x0 {
                    (score - x0) / (x1 - x0)
                } else {
                    1.0
                };
                return y0 + (y1 - y0) * share;
            }
        }
        last.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_rises_and_says_how_often_it_was_right() {
        let pairs: Vec<(f64, bool)> = (0..1000_u32)
            .map(|n| (f64::from(n) / 1000.0, n % 100 < n / 20))
            .collect();
        let map = Isotonic::fit(&pairs, 50);
        assert!(
            map.points()
                .windows(2)
                .all(|pair| pair[0].1 <= pair[1].1 && pair[0].0 < pair[1].0)
        );
        let middle = map.apply(0.5);
        assert!((middle - 0.25).abs() < 0.05, "{middle}");
        assert!((map.apply(-1.0) - map.points()[0].1).abs() < 1e-12);
        assert!((Isotonic::default().apply(0.3) - 0.3).abs() < 1e-12);
    }
}
