//! XML in bounded pieces: scheduled tasks (`Export-ScheduledTask`, `schtasks /query /xml`, files of
//! the task folder) and objects of PowerShell. Read as events; entities of a DTD are never expanded.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Elements of one piece; real tasks have some dozens, objects with their class some hundreds.
const MAX_ELEMENTS: usize = 10_000;

/// How deep they lie in each other; real tasks end at six, `Export-Clixml -Depth 4` at twenty.
const MAX_DEPTH: usize = 48;

/// Text kept of one piece; command lines end at 32 KiB.
const MAX_TEXT_BYTES: usize = 1 << 20;

/// An element with its text and children.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    /// `id` of a task's parts, `RefId` of PowerShell's.
    pub(super) id: Option<String>,
    /// `N`: the name of a property of an object.
    pub(super) property: Option<String>,
    pub(super) text: String,
    pub(super) children: Vec<Self>,
}

impl Element {
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text at a path of names.
    pub(super) fn at(&self, path: &[&str]) -> Option<&str> {
        let mut element = self;
        for name in path {
            element = element.child(name)?;
        }
        Some(element.text.trim()).filter(|text| !text.is_empty())
    }
}

/// One thing found in a document.
pub(super) enum Found {
    /// A piece, and the path that stood in a comment before it.
    Piece(Element, Option<String>),
    /// What could not be read, at a byte of the text.
    Broken(u64, String),
}

/// Finds the elements of a name in a text (one, many in a root, or documents one after the other),
/// not those within one of them.
pub(super) fn pieces(text: &str, wanted: &str, mut each: impl FnMut(Found) -> bool) {
    let mut reader = Reader::from_str(text);
    let mut path = None;
    loop {
        let at = reader.buffer_position();
        match reader.read_event() {
            Ok(Event::Start(start)) if local(start.local_name().as_ref()) == wanted => {
                let begun = begin(&start);
                let found = match piece(&mut reader, begun) {
                    Ok(element) => Found::Piece(element, path.take()),
                    Err(reason) => Found::Broken(at, reason),
                };
                if !each(found) {
                    return;
                }
            }
            Ok(Event::Comment(comment)) => {
                let comment = comment.trim().to_owned();
                path = comment.starts_with('\\').then_some(comment);
            }
            Ok(Event::Eof) => return,
            Ok(_) => {}
            Err(error) => {
                // What the library says names tags, which anyone may have written.
                let reason = format!(
                    "not XML at byte {}: {}",
                    reader.error_position(),
                    kind(&error)
                );
                each(Found::Broken(at, reason));
                return;
            }
        }
    }
}

/// An element by its start tag.
fn begin(start: &BytesStart<'_>) -> Element {
    let attribute = |name: &str| {
        start
            .try_get_attribute(name)
            .ok()
            .flatten()
            .map(|found| model::text::bounded(&found.value, 256))
    };
    Element {
        name: local(start.local_name().as_ref()),
        id: attribute("id").or_else(|| attribute("RefId")),
        property: attribute("N"),
        ..Element::default()
    }
}

/// Reads to the end of the piece that has just begun.
fn piece(reader: &mut Reader<&[u8]>, begun: Element) -> Result<Element, String> {
    let mut open = vec![begun];
    let mut elements = 0;
    let mut bytes = 0;
    loop {
        let event = reader.read_event().map_err(|error| {
            format!(
                "not XML at byte {}: {}",
                reader.error_position(),
                kind(&error)
            )
        })?;
        match event {
            Event::Start(start) => {
                elements += 1;
                if elements > MAX_ELEMENTS || open.len() >= MAX_DEPTH {
                    return Err("it has too many elements or nests them too deep".to_owned());
                }
                open.push(begin(&start));
            }
            Event::Empty(empty) => {
                elements += 1;
                if let (Some(parent), true) = (open.last_mut(), elements <= MAX_ELEMENTS) {
                    parent.children.push(begin(&empty));
                }
            }
            Event::Text(piece) => push(&mut open, &mut bytes, &piece)?,
            Event::CData(piece) => push(&mut open, &mut bytes, &piece)?,
            Event::GeneralRef(name) => push(&mut open, &mut bytes, &reference(&name))?,
            Event::End(_) => {
                let Some(done) = open.pop() else {
                    return Err("it ends twice".to_owned());
                };
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => return Ok(done),
                }
            }
            Event::Eof => {
                return Err(format!(
                    "the file ends in the middle of {}: it is cut off",
                    open.first().map_or("it", |first| piece_word(&first.name))
                ));
            }
            _ => {}
        }
    }
}

fn piece_word(name: &str) -> &str {
    if name == "Task" {
        "a task"
    } else {
        "an object"
    }
}

fn push(open: &mut [Element], bytes: &mut usize, text: &str) -> Result<(), String> {
    *bytes += text.len();
    if *bytes > MAX_TEXT_BYTES {
        return Err("it holds more than 1 MiB of text".to_owned());
    }
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
    Ok(())
}

/// The five entities of XML and character numbers; any other stays as it is written.
fn reference(name: &str) -> String {
    let number = |text: &str, radix| {
        u32::from_str_radix(text, radix)
            .ok()
            .and_then(char::from_u32)
    };
    let ch = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        other => match (other.strip_prefix("#x"), other.strip_prefix('#')) {
            (Some(hex), _) => number(hex, 16),
            (None, Some(decimal)) => number(decimal, 10),
            (None, None) => None,
        },
    };
    ch.map_or_else(|| format!("&{name};"), String::from)
}

fn local(name: &str) -> String {
    model::text::bounded(name, 64)
}

/// What kind of error it is, in words of ours.
fn kind(error: &quick_xml::Error) -> &'static str {
    match error {
        quick_xml::Error::Syntax(_) => "the markup is broken or cut off",
        quick_xml::Error::IllFormed(_) => "an end tag does not fit its start tag",
        quick_xml::Error::InvalidAttr(_) => "an attribute is broken",
        _ => "it cannot be read",
    }
}
