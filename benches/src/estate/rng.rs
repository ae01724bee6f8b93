//! A small generator of numbers (SplitMix64), so that an estate is the same everywhere.

use std::fmt::Write as _;

/// Numbers that follow from a seed alone.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// The numbers of one item: the same whatever was generated before it.
    pub fn of(seed: u64, item: u64) -> Self {
        let mut rng = Self(seed ^ item.wrapping_mul(0xd1b5_4a32_d192_ed03));
        rng.draw();
        rng
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.draw() % end.max(1)
    }

    /// True in `percent` of cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of a list.
    pub fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        let at = usize::try_from(self.below(list.len() as u64)).unwrap_or_default();
        list.get(at).copied().unwrap_or_default()
    }

    /// `bytes` bytes in hexadecimal.
    pub fn hex(&mut self, bytes: usize) -> String {
        let mut text = String::with_capacity(bytes * 2 + 16);
        while text.len() < bytes * 2 {
            // Writing to a text cannot fail.
            let _ = write!(text, "{:016x}", self.draw());
        }
        text.truncate(bytes * 2);
        text
    }

    /// A GUID.
    pub fn guid(&mut self) -> String {
        let (a, b) = (self.draw(), self.draw());
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xffff,
            b >> 48,
            b & 0xffff_ffff_ffff
        )
    }

    /// `count` letters and digits as AWS writes ids.
    pub fn base32(&mut self, count: usize) -> String {
        const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let mut bits = self.draw();
        (0..count)
            .map(|n| {
                if n % 12 == 11 {
                    bits = self.draw();
                }
                let at = usize::try_from(bits & 31).unwrap_or_default();
                bits >>= 5;
                LETTERS.get(at).copied().map_or('A', char::from)
            })
            .collect()
    }
}
