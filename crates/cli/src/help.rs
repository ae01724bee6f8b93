//! Texts of the manual that are longer than a comment.

use std::fmt::Write as _;

use model::filter::FieldType;

/// How to begin.
pub(crate) const START: &str = "\
Begin:
  countersign scan                              read this machine
  countersign import FILE…                      read exported files (found out by content)
  countersign finding ls                        what is wrong, the worst first
  countersign who NAME|ID|FINGERPRINT|FILE      the five answers about one thing
  pbpaste | countersign who -                   about a secret, which is never shown or stored

Exit codes:
  0 done · 1 error · 2 usage · 3 done, but something could not be read · 4 nothing or more than one matched
  10 something as bad as --fail-on asks for is open";

/// The fields of filters, with what each holds.
pub(crate) fn fields() -> String {
    let mut text = String::from("Fields:\n");
    for field in app::query::list::schema().fields {
        let _ = writeln!(
            text,
            "  {:<13} {} ({})",
            field.name,
            field.doc,
            holds(field.kind)
        );
    }
    text
}

/// More words than this are not listed in one line of help.
const FEW: usize = 8;

/// What a field holds, in words.
pub(crate) fn holds(kind: FieldType) -> String {
    match kind {
        FieldType::Text => "text".to_owned(),
        FieldType::Int => "number".to_owned(),
        FieldType::Time => "time".to_owned(),
        FieldType::TimeFact => "time or state".to_owned(),
        FieldType::Bool => "true or false".to_owned(),
        FieldType::Enum(words) if words.len() > FEW => "one of a closed list".to_owned(),
        FieldType::Enum(words) => words.join("|"),
        FieldType::Tags => "key = value".to_owned(),
        FieldType::TextList => "list of texts".to_owned(),
        FieldType::Signals => "signal, or signal = yes|no".to_owned(),
    }
}
