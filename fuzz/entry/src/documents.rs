//! Documents: what they look like, how they are split, and what each format reads in them.

use std::cell::RefCell;
use std::io::Cursor;
use std::rc::Rc;

use model::observation::Collected;
use model::{Fingerprinter, Observation, TimeUs};
use sources::catalog::FORMATS;
use sources::imports::document::Line;
use sources::imports::drive::{Import, Input, Limits, import};
use sources::imports::{
    Document, Format, ImportContext, ImportOptions, JsonElement, Match, Probe, ReadError,
};

const NOW: TimeUs = TimeUs::EPOCH;

fn document(data: &[u8]) -> Option<Document<'_>> {
    document_called("fuzz/input", data)
}

fn document_called<'d>(name: &str, data: &'d [u8]) -> Option<Document<'d>> {
    Document::new(name, None, Cursor::new(data)).ok()
}

/// The shape of a document, and its lines.
pub fn probe(data: &[u8]) {
    let shape = Probe::new("fuzz/input", data).shape;
    assert_eq!(
        shape,
        Probe::new("fuzz/input", data).shape,
        "the same bytes look the same"
    );
    let Some(mut document) = document(data) else {
        return;
    };
    let mut last = 0;
    let read = document.lines(|line| {
        let (Line::Text { number, .. } | Line::TooLong { number }) = line;
        assert_eq!(number, last + 1, "lines are numbered without gaps");
        last = number;
        Ok(())
    });
    assert!(read.is_ok(), "bytes in memory can always be read");
}

/// JSON split into elements. What a whole-document reader accepts as an array of objects is split
/// into the same elements.
pub fn json(data: &[u8]) {
    let split = |whole: bool| {
        let elements = Rc::new(RefCell::new(Vec::new()));
        let seen = Rc::clone(&elements);
        let mut each = move |element: JsonElement<'_>| -> Result<(), ReadError> {
            seen.borrow_mut().push(format!("{element:?}").len());
            Ok(())
        };
        let mut document = document(data)?;
        let read = if whole {
            document.json_documents(&mut each)
        } else {
            document.json_elements(&mut each)
        };
        let count = elements.borrow().len();
        Some((read.is_ok(), count))
    };
    let elements = split(false);
    let documents = split(true);
    let text = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    let Ok(serde_json::Value::Array(array)) = serde_json::from_slice(text) else {
        return;
    };
    if array.is_empty() || !array.iter().all(serde_json::Value::is_object) {
        return;
    }
    assert_eq!(
        elements,
        Some((true, array.len())),
        "an array is split into its elements"
    );
    assert_eq!(documents.map(|(_, count)| count > 0), Some(true));
}

/// Every format that takes the document for its own reads it, and one that does not.
pub fn imports(data: &[u8]) {
    let probe = Probe::new("fuzz/input", data);
    let stranger = data.len().checked_rem(FORMATS.len());
    for (at, format) in FORMATS.iter().enumerate() {
        if format.detect(&probe) != Match::No || Some(at) == stranger {
            read(*format, data);
        }
    }
}

/// Tables of owners, CODEOWNERS files and git histories, each under the name it goes by.
pub fn owners(data: &[u8]) {
    for (id, name) in [
        ("code.owners", "fuzz/CODEOWNERS"),
        ("code.git_history", "fuzz/history.txt"),
        ("owners.table", "fuzz/owners.xlsx"),
        ("people.list", "fuzz/people.csv"),
    ] {
        let format = FORMATS.iter().find(|format| format.spec().id == id);
        if let (Some(format), Some(document)) = (format, document_called(name, data)) {
            read_document(*format, document);
        }
    }
}

fn read(format: &'static dyn Format, data: &[u8]) {
    if let Some(document) = document(data) {
        read_document(format, document);
    }
}

fn read_document(format: &'static dyn Format, mut document: Document<'_>) {
    let fingerprinter = Fingerprinter::new([7; 32]);
    let options = ImportOptions::default();
    let mut sink = Collected::default();
    let mut cx = ImportContext {
        fingerprinter: &fingerprinter,
        options: &options,
        now: NOW,
        sink: &mut sink,
        observed: 0,
    };
    // Errors are an answer; only their words matter, and those are made here.
    let said = format
        .read(&mut document, &mut cx)
        .map_err(|error| error.to_string());
    drop(said);
    check(&sink);
}

/// Archives and plain bytes through the driver, with bounds small enough to be met.
pub fn archives(data: &[u8]) {
    let fingerprinter = Fingerprinter::new([7; 32]);
    let options = ImportOptions::default();
    let limits = Limits {
        max_nesting: 2,
        max_unpacked_bytes: 1 << 20,
        ratio_from_bytes: 64 << 10,
        max_members: 100,
        max_spooled_bytes: 1 << 20,
        ..Limits::default()
    };
    let job = Import {
        limits,
        ..Import::new(&fingerprinter, &options, NOW)
    };
    let input = Input::Stream {
        name: "fuzz/input".to_owned(),
        reader: Box::new(Cursor::new(data)),
    };
    let mut sink = Collected::default();
    let report = import(vec![input], job, &mut sink);
    assert!(
        report.is_ok(),
        "what is wrong with an input stands in the report"
    );
    check(&sink);
}

/// What must hold of every observation, whatever was read.
fn check(sink: &Collected) {
    for (_, observation) in &sink.observations {
        check_edges(observation);
        assert!(
            observation.node.native_id.len() <= model::text::MAX_LABEL_BYTES,
            "native ids are bounded"
        );
    }
}

/// Every edge is one that the table of kinds allows.
fn check_edges(observation: &Observation) {
    let own = observation.node.kind;
    for edge in &observation.edges {
        let (from, to) = if edge.reversed {
            (edge.to.kind, own)
        } else {
            (own, edge.to.kind)
        };
        assert!(
            edge.kind.allows(from, to),
            "{from} {} {to} is not in the table",
            edge.kind
        );
    }
}
