//! Distinguished names as RFC 4514 text.

use x509_parser::x509::X509Name;

use crate::text::label;

/// Most specific part first, special characters escaped.
pub(super) fn rfc4514(name: &X509Name<'_>) -> String {
    let mut parts: Vec<String> = name
        .iter()
        .map(|rdn| {
            let values: Vec<String> = rdn
                .iter()
                .map(|attribute| {
                    let oid = attribute.attr_type().to_id_string();
                    format!("{}={}", short_name(&oid), escape(&value(attribute)))
                })
                .collect();
            values.join("+")
        })
        .collect();
    parts.reverse();
    model::text::bounded(&parts.join(","), model::text::MAX_LABEL_BYTES)
}

/// Every value of one attribute type.
pub(super) fn attribute(name: &X509Name<'_>, oid: &str) -> Vec<String> {
    name.iter()
        .flat_map(x509_parser::prelude::RelativeDistinguishedName::iter)
        .filter(|attribute| attribute.attr_type().to_id_string() == oid)
        .map(|attribute| value(attribute))
        .collect()
}

/// Text of any string type; BMPString is UTF-16, and old CAs put Latin-1 into others.
fn value(attribute: &x509_parser::x509::AttributeTypeAndValue<'_>) -> String {
    const BMP_STRING: u32 = 30;
    let any = attribute.attr_value();
    if any.header.tag().0 == BMP_STRING {
        let units: Vec<u16> = any
            .data
            .chunks_exact(2)
            .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
            .map(u16::from_be_bytes)
            .collect();
        return label(&String::from_utf16_lossy(&units));
    }
    match std::str::from_utf8(any.data) {
        Ok(text) => label(text),
        Err(_) => label(
            &any.data
                .iter()
                .map(|byte| char::from(*byte))
                .collect::<String>(),
        ),
    }
}

fn escape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (at, ch) in value.chars().enumerate() {
        let special = matches!(ch, ',' | '+' | '"' | '\\' | '<' | '>' | ';')
            || (at == 0 && matches!(ch, '#' | ' '))
            || (at == last && ch == ' ');
        if special {
            out.push('\\');
        }
        out.push(ch);
    }
    out
}

fn short_name(oid: &str) -> &str {
    match oid {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "title",
        "2.5.4.42" => "GN",
        "2.5.4.97" => "organizationIdentifier",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        other => other,
    }
}
