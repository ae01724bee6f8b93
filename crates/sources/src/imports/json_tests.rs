use std::io::BufReader;

use super::*;

fn list(text: &str) -> (Vec<String>, Result<(), String>) {
    let mut seen = Vec::new();
    // A tiny buffer, so that every state crosses a buffer border.
    let mut reader = BufReader::with_capacity(3, text.as_bytes());
    let result = elements(&mut reader, &mut |element| {
        seen.push(match element {
            JsonElement::Value {
                key,
                in_array,
                index,
                offset,
                bytes,
            } => {
                format!(
                    "{key}{}{index}@{offset}={}",
                    if in_array { "#" } else { ":" },
                    String::from_utf8_lossy(bytes)
                )
            }
            JsonElement::Skipped {
                key,
                offset,
                reason,
            } => format!("{key}@{offset} skipped: {reason}"),
        });
        Ok(())
    });
    (seen, result.map_err(|error| error.to_string()))
}

#[test]
fn splits_arrays_objects_and_streams() {
    assert_eq!(
        list(r#"[{"a":"]}\""} , 2]"#).0,
        [r#"#0@1={"a":"]}\""}"#, "#1@16=2"]
    );
    assert_eq!(
        list(r#"{"value":[{"x":[1]},"s"],"n":{"y":1},"t":true}"#).0,
        [
            r#"value#0@10={"x":[1]}"#,
            r#"value#1@20="s""#,
            r#"n:0@29={"y":1}"#,
            "t:0@41=true",
        ]
    );
    assert_eq!(list("{\"a\":1}\n{\"a\":2}\n").0, ["a:0@5=1", "a:0@13=2"]);
    assert_eq!(list("\u{feff}[]").1, Ok(()));
    assert_eq!(list("").1, Ok(()));
}

#[test]
fn one_object_may_be_gone_into() {
    let mut seen = Vec::new();
    let text = r#"{"m":{"graph":1},"graph":{"nodes":[1,2],"graph":{"x":3}},"z":4}"#;
    elements_within(&mut text.as_bytes(), Some("graph"), &mut |element| {
        if let JsonElement::Value { key, bytes, .. } = element {
            seen.push(format!("{key}={}", String::from_utf8_lossy(bytes)));
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(
        seen,
        [
            r#"m={"graph":1}"#,
            "nodes=1",
            "nodes=2",
            r#"graph={"x":3}"#,
            "z=4"
        ]
    );
}

#[test]
fn documents_are_given_whole() {
    let mut seen = Vec::new();
    documents(&mut "{\"a\":[1]}\n[2]\n".as_bytes(), &mut |element| {
        if let JsonElement::Value { bytes, .. } = element {
            seen.push(String::from_utf8_lossy(bytes).into_owned());
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(seen, [r#"{"a":[1]}"#, "[2]"]);
}

#[test]
fn a_cut_off_file_gives_what_stands_before_the_cut() {
    let (seen, result) = list(r#"[{"a":1},{"b":"#);
    assert_eq!(seen, [r#"#0@1={"a":1}"#]);
    assert_eq!(
        result.unwrap_err(),
        "the file ends in the middle of the element that begins at byte 9: it is cut off"
    );
    assert!(list("[1,").1.unwrap_err().contains("cut off"));
    assert!(list("{\"a\"").1.unwrap_err().contains("cut off"));
}

#[test]
fn nesting_is_bounded() {
    let deep = format!("[{}{},1]", "[".repeat(1_000), "]".repeat(1_000));
    let (seen, result) = list(&deep);
    assert_eq!(
        seen,
        [
            "@1 skipped: the element is nested deeper than 128 levels".to_owned(),
            "#1@2002=1".to_owned()
        ]
    );
    assert_eq!(result, Ok(()));
}

#[test]
fn what_is_not_json_is_an_error_with_its_place() {
    assert_eq!(
        list("{]").1.unwrap_err(),
        "not JSON at byte 1: a key or `}` should stand there"
    );
    assert!(list("[}").1.is_err());
    assert!(list("]").1.is_err());
}

proptest::proptest! {
    #[test]
    fn any_json_array_is_split_as_serde_reads_it(values in proptest::collection::vec("[ -~]{0,12}", 0..8)) {
        let text = serde_json::to_string(&values).unwrap();
        let (seen, result) = list(&text);
        proptest::prop_assert!(result.is_ok());
        proptest::prop_assert_eq!(seen.len(), values.len());
    }

    #[test]
    fn no_bytes_make_it_panic_or_loop(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let mut reader = BufReader::with_capacity(5, bytes.as_slice());
        let mut count = 0;
        let _result = elements(&mut reader, &mut |_| { count += 1; Ok(()) });
        proptest::prop_assert!(count <= 400);
    }
}
