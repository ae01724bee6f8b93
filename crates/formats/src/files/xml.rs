//! The `<servers>` of Maven's settings, read by a scan for elements: no entities, no external parts.

use super::{ConfigFile, Entry};
use crate::error::FormatError;
use crate::text::decode_text;

pub(super) fn maven(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    let text = decode_text(bytes);
    if !text.contains("<settings") {
        return Err(FormatError::not("a Maven settings file"));
    }
    let text = without_comments(&text);
    for part in text.split("<server>").skip(1) {
        let Some((server, _)) = part.split_once("</server>") else {
            out.problem(0, "a <server> element is not closed");
            continue;
        };
        let (id, user) = (element(server, "id"), element(server, "username"));
        for (name, kind) in [("password", "password"), ("passphrase", "password")] {
            let value = element(server, name);
            if value.is_empty() {
                continue;
            }
            let mut entry = Entry::new(&id, "maven_server", kind).user(&user);
            // `{…}` is encrypted with the master password of settings-security.xml.
            if value.starts_with('{') && value.ends_with('}') {
                entry = entry.attribute("encrypted", "true");
            }
            out.push(entry.value(&value));
        }
        let key = element(server, "privateKey");
        if !key.is_empty() {
            out.push(
                Entry::new(&id, "maven_server", "none")
                    .user(&user)
                    .points_to(format!("file: {key}")),
            );
        }
    }
    Ok(())
}

fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out
}

fn element(text: &str, name: &str) -> String {
    let inner = || {
        let (_, after) = text.split_once(&format!("<{name}>"))?;
        let (value, _) = after.split_once(&format!("</{name}>"))?;
        let value = value.trim();
        let value = value
            .strip_prefix("<![CDATA[")
            .and_then(|rest| rest.strip_suffix("]]>"))
            .unwrap_or(value);
        Some(
            value
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&apos;", "'")
                .replace("&amp;", "&"),
        )
    };
    inner().unwrap_or_default()
}
