//! Azure's identifiable keys: a fixed signature at a fixed place names the service
//! (github.com/microsoft/security-utilities, "identifiable keys").

use super::Decoded;

const SERVICES: &[(&str, &str)] = &[
    ("+ASt", "storage"),
    ("+ABa", "batch"),
    ("ACDb", "cosmos_db"),
    ("+AEh", "event_hub"),
    ("+ASb", "service_bus"),
    ("+ARm", "relay"),
    ("AIoT", "iot"),
    ("APIM", "api_management"),
    ("AzFu", "functions"),
    ("AzSe", "search"),
    ("AzCa", "redis"),
    ("+ACR", "container_registry"),
    ("AMLC", "machine_learning"),
    ("AZEG", "event_grid"),
];
/// Standard fixed signature of a Common Annotated Security Key.
const CASK: &str = "JQQJ99";

/// Finds the signature where the layout puts it: near the end of a key of known length.
pub(super) fn decode(text: &str) -> Option<Decoded> {
    if let Some((_, after)) = text.split_once(CASK) {
        let decoded = Decoded::parsed().note(
            "an annotated key (CASK); the issuing service is named by its provider signature",
        );
        return Some(
            after
                .get(..2)
                .and_then(allocation)
                .map_or(decoded, |created| {
                    let mut decoded = Decoded::parsed()
                        .note("an annotated key (CASK); the month comes from its allocation mark");
                    decoded.created = Some(created);
                    decoded
                }),
        );
    }
    let tail_start = match text.len() {
        88 => 76,
        52 => 42,
        44 => 33,
        _ => return None,
    };
    let tail = text.get(tail_start..)?;
    let (_, service) = SERVICES
        .iter()
        .find(|(signature, _)| tail.starts_with(signature))?;
    Some(Decoded::parsed().with("service", service))
}

/// Year since 2024 and month, each one base64url letter.
fn allocation(mark: &str) -> Option<model::TimeUs> {
    let mut letters = mark.bytes();
    let year = letters.next().filter(u8::is_ascii_uppercase)? - b'A';
    let month = letters.next().filter(|byte| (b'A'..=b'L').contains(byte))? - b'A' + 1;
    model::TimeUs::parse(&format!("{}-{month:02}-01", 2024 + u32::from(year))).ok()
}
