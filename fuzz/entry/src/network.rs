//! What servers say, and what people type.

use model::filter::{self, FieldSpec, FieldType, Schema};
use sources::tls::starttls::{Negotiation, Starttls, Step};
use sources::tls::{LegacyAnswer, LegacyProgress, Target, target};

/// How much a server says at once; small, so that every cut is met.
const PIECE_BYTES: usize = 11;

/// The plain words before TLS (the first byte chooses the protocol), and the clear part of a
/// handshake of TLS 1.2 and older.
pub fn starttls(data: &[u8]) {
    let Some((choice, said)) = data.split_first() else {
        return;
    };
    let all = Starttls::ALL;
    let chosen = usize::from(*choice)
        .checked_rem(all.len())
        .and_then(|at| all.get(at));
    if let Some(protocol) = chosen {
        negotiate(*protocol, said);
    }
    // However a handshake is cut, the same is read of it.
    let mut whole = LegacyAnswer::default();
    let end = whole.push(said);
    let mut pieces = LegacyAnswer::default();
    let mut end_of_pieces = LegacyProgress::More;
    for piece in said.chunks(PIECE_BYTES) {
        if end_of_pieces != LegacyProgress::More {
            break;
        }
        end_of_pieces = pieces.push(piece);
    }
    if !said.is_empty() {
        assert_eq!(end, end_of_pieces, "the cut of the packets does not matter");
        assert_eq!(whole.chain, pieces.chain);
    }
}

fn negotiate(protocol: Starttls, said: &[u8]) {
    let mut machine = Negotiation::new(protocol);
    let mut pieces = said.chunks(PIECE_BYTES);
    let mut sent = 0;
    loop {
        match machine.step() {
            Step::Send(bytes) => {
                sent += 1;
                assert!(
                    sent <= 2,
                    "no protocol needs more than two messages of ours"
                );
                assert!(bytes.len() <= 64, "what we send is short and our own");
            }
            Step::Read => match pieces.next() {
                Some(piece) => machine.push(piece),
                None => return,
            },
            Step::Ready | Step::Refused(_) | Step::NotSpoken(_) => return,
        }
    }
}

/// Targets of a TLS scan, one and as a list.
pub fn tls_targets(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut targets: Vec<Target> = Target::parse(&text).into_iter().collect();
    targets.extend(Target::parse_list(&text).unwrap_or_default());
    if let Ok(endpoints) = target::endpoints(&targets) {
        assert!(
            endpoints.len() <= target::MAX_ENDPOINTS,
            "a scan is bounded"
        );
        for endpoint in endpoints {
            assert!(
                endpoint.name().len() <= 300,
                "names of endpoints are bounded"
            );
        }
    }
}

/// One field of every type.
const SCHEMA: Schema = Schema {
    fields: &[
        field("name", FieldType::Text),
        field("count", FieldType::Int),
        field("seen", FieldType::Time),
        field("last_used", FieldType::TimeFact),
        field("privileged", FieldType::Bool),
        field("kind", FieldType::Enum(&["identity", "credential"])),
        field("tags", FieldType::Tags),
        field("aliases", FieldType::TextList),
    ],
};

const fn field(name: &'static str, kind: FieldType) -> FieldSpec {
    FieldSpec {
        name,
        kind,
        doc: "a field",
    }
}

/// A filter that is understood is understood the same way when it is written out again.
pub fn filters(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match filter::parse(&text, &SCHEMA) {
        Ok(parsed) => {
            let written = parsed.to_string();
            if written.len() > filter::MAX_BYTES {
                return;
            }
            let again = filter::parse(&written, &SCHEMA);
            assert_eq!(
                again.as_ref().ok(),
                Some(&parsed),
                "`{written}` came from `{text}`"
            );
        }
        Err(error) => assert!(!error.to_string().is_empty(), "a refusal says why"),
    }
}
