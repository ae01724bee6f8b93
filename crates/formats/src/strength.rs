//! Whether an algorithm and key size still hold, with the reason and where it is written.

use serde::Serialize;

/// The verdict's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Meets today's recommendations.
    Strong,
    /// Disallowed or deprecated.
    Weak,
    /// Not in our table.
    Unknown,
}

/// A verdict with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Strength {
    /// Strong, weak or unknown.
    pub verdict: Verdict,
    /// Why, in one clause.
    pub reason: &'static str,
    /// The document that says so; empty when unknown.
    pub source: &'static str,
}

const SP800_131A: &str = "NIST SP 800-131A Rev. 2";
const SP800_57: &str = "NIST SP 800-57 Part 1 Rev. 5, table 2";
const SP800_186: &str = "NIST SP 800-186";
const FIPS_186_5: &str = "FIPS 186-5";
const RFC6151: &str = "RFC 6151";
const RFC8032: &str = "RFC 8032";
const RFC8017: &str = "RFC 8017";

const fn weak(reason: &'static str, source: &'static str) -> Strength {
    Strength {
        verdict: Verdict::Weak,
        reason,
        source,
    }
}

const fn strong(reason: &'static str, source: &'static str) -> Strength {
    Strength {
        verdict: Verdict::Strong,
        reason,
        source,
    }
}

/// Judges a key algorithm (`rsa`, `ec`, `p256`, `dsa`, `ed25519` …) with its size in bits, or a
/// signature or hash algorithm (`sha1WithRSAEncryption`, `md5` …), for which bits are ignored.
pub fn crypto_strength(algorithm: &str, bits: Option<u32>) -> Strength {
    let name = algorithm.to_ascii_lowercase().replace(['-', '_', ' '], "");
    if name.contains("md2") || name.contains("md4") || name.contains("md5") {
        return weak("MD5 and older hashes collide in seconds", RFC6151);
    }
    if name.contains("sha1") && !name.contains("sha1024") {
        return weak("SHA-1 signatures can be forged by collision", SP800_131A);
    }
    if name.starts_with("dsa") || name == "sshdss" {
        return weak("DSA may no longer sign", FIPS_186_5);
    }
    if name.contains("sha2") || name.contains("sha3") || name.contains("sha5") {
        return strong("the hash is not known to collide", SP800_131A);
    }
    match name.as_str() {
        "rsa" | "rsapss" | "sshrsa" => rsa(bits),
        "ec" | "ecdsa" => curve_size(bits),
        "p256" | "p384" | "p521" | "secp256k1" | "brainpoolp256r1" | "brainpoolp384r1"
        | "brainpoolp512r1" => strong("the curve gives at least 128 bits of security", SP800_186),
        "p192" | "p224" => weak("the curve gives less than 128 bits of security", SP800_186),
        "ed25519" | "x25519" | "ed448" | "x448" => {
            strong("the curve gives at least 128 bits of security", RFC8032)
        }
        "none" => weak(
            "anyone can make a token that passes",
            "RFC 8725 section 3.1",
        ),
        _ => Strength {
            verdict: Verdict::Unknown,
            reason: "the algorithm is not in the table",
            source: "",
        },
    }
}

fn rsa(bits: Option<u32>) -> Strength {
    match bits {
        None => Strength {
            verdict: Verdict::Unknown,
            reason: "the key size is not visible",
            source: RFC8017,
        },
        Some(0..=2047) => weak(
            "RSA below 2048 bits gives less than 112 bits of security",
            SP800_131A,
        ),
        Some(_) => strong(
            "RSA of 2048 bits or more gives at least 112 bits of security",
            SP800_57,
        ),
    }
}

fn curve_size(bits: Option<u32>) -> Strength {
    match bits {
        None => Strength {
            verdict: Verdict::Unknown,
            reason: "the curve is not visible",
            source: SP800_186,
        },
        Some(0..=255) => weak("the curve gives less than 128 bits of security", SP800_186),
        Some(_) => strong("the curve gives at least 128 bits of security", SP800_186),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts() {
        for (algorithm, bits, want) in [
            ("rsa", Some(1024), Verdict::Weak),
            ("RSA", Some(2048), Verdict::Strong),
            ("rsa", None, Verdict::Unknown),
            ("sha1WithRSAEncryption", None, Verdict::Weak),
            ("ecdsa-with-SHA1", None, Verdict::Weak),
            ("md5WithRSAEncryption", None, Verdict::Weak),
            ("sha256WithRSAEncryption", None, Verdict::Strong),
            ("dsa", Some(3072), Verdict::Weak),
            ("p192", None, Verdict::Weak),
            ("ec", Some(256), Verdict::Strong),
            ("ed25519", None, Verdict::Strong),
            ("none", None, Verdict::Weak),
            ("rot13", None, Verdict::Unknown),
        ] {
            assert_eq!(
                crypto_strength(algorithm, bits).verdict,
                want,
                "{algorithm} {bits:?}"
            );
        }
    }
}
