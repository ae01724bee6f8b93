//! The frameworks that rules point to, so that their ids are written once.

use crate::Control;

macro_rules! frameworks {
    ($($function:ident $id:literal $meaning:literal,)*) => {
        $(
            #[doc = $meaning]
            pub(super) const fn $function(id: &'static str, why: &'static str) -> Control {
                Control { framework: $id, id, why }
            }
        )*

        /// Every framework a rule may point to.
        #[cfg(test)]
        pub(super) const FRAMEWORKS: &[&str] = &[$($id,)*];
    };
}

frameworks! {
    nhi "owasp-nhi-2025" "OWASP Non-Human Identities Top 10, 2025.",
    asi "owasp-agentic-2026" "OWASP Top 10 for Agentic Applications 2026.",
    mcp "owasp-mcp-2025" "OWASP MCP Top 10, 2025 beta.",
    csf "nist-csf-2.0" "NIST Cybersecurity Framework 2.0, subcategories.",
    nist "nist-800-53-r5" "NIST SP 800-53 revision 5.",
    tenet "nist-800-207" "NIST SP 800-207, the tenets of zero trust by number.",
    iso "iso-27001-2022" "ISO/IEC 27001:2022, Annex A.",
    nis2 "nis2-2022-2555" "Directive (EU) 2022/2555 (NIS2), article 21(2) by letter.",
    cir "cir-2024-2690" "Implementing Regulation (EU) 2024/2690, points of the annex.",
    dora "dora-rts-2024-1774" "Delegated Regulation (EU) 2024/1774 under DORA, articles.",
    pci "pci-dss-4.0.1" "PCI DSS 4.0.1, requirements.",
    cis "cis-8.1" "CIS Critical Security Controls 8.1, safeguards.",
    attack "mitre-attack-18.1" "MITRE ATT&CK for Enterprise 18.1, techniques.",
}

/// The sentence of `what` for rules whose severity follows what is at stake.
macro_rules! weighed {
    ($what:literal) => {
        concat!(
            $what,
            "\n\nOne step worse where it is privileged, or in production with data of high sensitivity; ",
            "one step less in development and sandboxes."
        )
    };
}
pub(super) use weighed;

/// The ids a framework has, as far as rules point to them.
#[cfg(test)]
pub(super) fn known(framework: &str) -> &'static [&'static str] {
    match framework {
        "owasp-nhi-2025" => &[
            "NHI1:2025",
            "NHI2:2025",
            "NHI3:2025",
            "NHI4:2025",
            "NHI5:2025",
            "NHI6:2025",
            "NHI7:2025",
            "NHI8:2025",
            "NHI9:2025",
            "NHI10:2025",
        ],
        "owasp-agentic-2026" => &["ASI02", "ASI03", "ASI04", "ASI05", "ASI10"],
        "owasp-mcp-2025" => &["MCP01", "MCP02", "MCP04", "MCP07", "MCP09"],
        "nist-csf-2.0" => &[
            "GV.RR-02", "GV.SC-04", "GV.SC-07", "ID.AM-02", "ID.AM-05", "ID.AM-08", "ID.RA-01",
            "PR.AA-01", "PR.AA-02", "PR.AA-03", "PR.AA-04", "PR.AA-05", "PR.DS-01", "PR.DS-02",
            "PR.PS-01", "PR.PS-06", "PR.IR-01",
        ],
        "nist-800-53-r5" => &[
            "AC-2", "AC-2(3)", "AC-3", "AC-6", "AC-6(5)", "AC-6(7)", "AC-20", "CM-5", "IA-2(1)",
            "IA-3", "IA-4", "IA-5", "IA-5(2)", "IA-5(6)", "IA-5(7)", "IA-9", "SA-9", "SC-8",
            "SC-12", "SC-13", "SC-17", "SC-23", "SC-28", "SR-3",
        ],
        "nist-800-207" => &["1", "2", "3", "4", "5", "6", "7"],
        "iso-27001-2022" => &[
            "5.2", "5.9", "5.15", "5.16", "5.17", "5.18", "5.19", "5.20", "5.21", "5.23", "8.2",
            "8.3", "8.4", "8.5", "8.9", "8.24", "8.25", "8.28", "8.31",
        ],
        "nis2-2022-2555" => &[
            "21(2)(a)", "21(2)(b)", "21(2)(c)", "21(2)(d)", "21(2)(e)", "21(2)(f)", "21(2)(g)",
            "21(2)(h)", "21(2)(i)", "21(2)(j)",
        ],
        "cir-2024-2690" => &[
            "9", "11.1.1", "11.2", "11.3", "11.4", "11.5.1", "11.5.2", "11.5.3", "11.6", "11.7",
            "12",
        ],
        "dora-rts-2024-1774" => &["6", "7(4)", "20", "21"],
        "pci-dss-4.0.1" => &[
            "3.6.1", "4.2.1.1", "6.5.3", "7.2.5", "7.2.5.1", "8.2.2", "8.6.1", "8.6.2", "8.6.3",
            "12.3.3",
        ],
        "cis-8.1" => &[
            "5.1", "5.3", "5.4", "5.5", "6.1", "6.2", "6.7", "6.8", "3.11",
        ],
        "mitre-attack-18.1" => &[
            "T1078.002",
            "T1078.004",
            "T1098.001",
            "T1098.003",
            "T1098.006",
            "T1195.001",
            "T1195.002",
            "T1199",
            "T1528",
            "T1550.001",
            "T1552.001",
            "T1552.004",
            "T1552.007",
            "T1558.001",
            "T1558.003",
            "T1558.004",
            "T1649",
            "T1671",
        ],
        _ => &[],
    }
}
