//! Objects as PowerShell writes them (CLIXML, MS-PSRP 2.2.5): properties by name, types by reference.

use std::collections::HashMap;

use super::task_xml::Element;

/// Lists of type names kept for later objects that only refer to them.
const MAX_TYPE_LISTS: usize = 10_000;

/// Type names of one object; real ones have some five.
const MAX_TYPES: usize = 32;

/// Type names by the number under which they stood first.
#[derive(Debug, Default)]
pub(super) struct Types(HashMap<String, Vec<String>>);

impl Types {
    /// The names of an object's types, the most special first. Objects within it are learned too,
    /// since a later one may refer to theirs.
    pub(super) fn of(&mut self, object: &Element) -> Vec<String> {
        for child in &object.children {
            self.learn(child);
        }
        let by_reference = || {
            let id = object.child("TNRef")?.id.as_ref()?;
            self.0.get(id).cloned()
        };
        match object.child("TN") {
            Some(names) => type_names(names),
            None => by_reference().unwrap_or_default(),
        }
    }

    fn learn(&mut self, element: &Element) {
        if element.name == "TN"
            && let Some(id) = &element.id
            && self.0.len() < MAX_TYPE_LISTS
        {
            self.0.insert(id.clone(), type_names(element));
        }
        // The depth of a piece is bounded where it is read.
        for child in &element.children {
            self.learn(child);
        }
    }
}

fn type_names(names: &Element) -> Vec<String> {
    names
        .children
        .iter()
        .filter(|child| child.name == "T")
        .take(MAX_TYPES)
        .map(|child| child.text.trim().to_owned())
        .collect()
}

/// A property of an object, whether it is its own (`Props`) or was added (`MS`, what
/// `Select-Object` gives).
pub(super) fn property<'e>(object: &'e Element, name: &str) -> Option<&'e Element> {
    ["Props", "MS"].iter().find_map(|part| {
        object.child(part)?.children.iter().find(|child| {
            child
                .property
                .as_deref()
                .is_some_and(|found| found.eq_ignore_ascii_case(name))
        })
    })
}

/// The text of a property: a plain value, or the words of an enumeration or other object.
pub(super) fn text(object: &Element, name: &str) -> Option<String> {
    let value = property(object, name)?;
    let text = match value.name.as_str() {
        // Encrypted for one account of one host; on other systems it is not encrypted at all.
        "SS" | "Nil" | "Ref" => return None,
        "Obj" => value.at(&["ToString"])?,
        _ => value.text.trim(),
    };
    Some(unescaped(text)).filter(|text| !text.is_empty())
}

/// The elements of a property that is a list.
pub(super) fn list<'e>(object: &'e Element, name: &str) -> &'e [Element] {
    property(object, name)
        .and_then(|value| ["LST", "IE"].iter().find_map(|list| value.child(list)))
        .map_or(&[], |list| list.children.as_slice())
}

/// `_x000A_` stands for a character that XML cannot hold; `_x005F_` for the mark itself.
fn unescaped(text: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, from) = rest.split_at(at);
        units.extend(before.encode_utf16());
        let unit = from
            .get(2..6)
            .filter(|_| from.get(6..7) == Some("_"))
            .and_then(|hex| u16::from_str_radix(hex, 16).ok());
        let used = match unit {
            Some(unit) => {
                units.push(unit);
                7
            }
            None => {
                units.extend("_x".encode_utf16());
                2
            }
        };
        rest = from.get(used..).unwrap_or_default();
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_characters() {
        assert_eq!(unescaped("a_x000A_b_x005F_x"), "a\nb_x");
        assert_eq!(unescaped("_xD83D__xDE00_"), "\u{1f600}");
        assert_eq!(unescaped("my_xbox_x12"), "my_xbox_x12");
        assert_eq!(unescaped("_xzzzz_é_x"), "_xzzzz_é_x");
    }
}
