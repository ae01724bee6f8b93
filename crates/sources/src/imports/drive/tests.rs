//! The driver against a small format of its own: lines `id NAME`.

use std::io::{Cursor, Write as _};
use std::path::Path;

use model::observation::Collected;
use model::{
    Attributes, CoverageState, Fingerprinter, NodeKind, NodeRef, Observation, Sink, SinkClosed,
    SourceRef, TimeUs,
};

use super::*;
use crate::imports::document::Line;
use crate::imports::{Document, ImportContext, Match, Probe, ReadError};

struct Ids;

struct Deaf;
impl Sink for Deaf {
    fn observe(&mut self, _: &SourceRef, _: Observation) -> Result<(), SinkClosed> {
        Err(SinkClosed)
    }
    fn cover(&mut self, _: model::Coverage) -> Result<(), SinkClosed> {
        Err(SinkClosed)
    }
}

const IDS: ConnectorSpec = ConnectorSpec {
    id: "test.ids",
    title: "",
    ..SPEC
};

impl Format for Ids {
    fn spec(&self) -> &'static ConnectorSpec {
        &IDS
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        if probe.head.starts_with(b"id ") {
            Match::Sure
        } else {
            Match::No
        }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let source = cx.source(&IDS, "test");
        let name = document.name().to_owned();
        let at = cx.observed_at(None, document);
        document.lines(|line| match line {
            Line::Text { number, text, .. } => match text.strip_prefix("id ") {
                Some(id) => cx.observe(
                    &source,
                    Observation::new(
                        NodeRef::global(NodeKind::Identity, "test", id),
                        at,
                        Attributes::default(),
                    ),
                ),
                None if text == "stop" => Err(ReadError::Malformed(format!("line {number}"))),
                None => cx.gap(&source, format!("{name}:line {number}"), "not an id"),
            },
            Line::TooLong { number } => {
                let place = format!("{name}:line {number}");
                cx.gap(&source, place, "the line is too long")
            }
        })?;
        if cx.options.complete {
            cx.covered(&source, &[NodeKind::Identity], "inventory", &name)?;
        }
        Ok(())
    }
}

fn run_with(
    inputs: Vec<Input<'_>>,
    change: impl FnOnce(&mut Import<'_>),
) -> (ImportReport, Collected) {
    let fingerprinter = Fingerprinter::new([1; 32]);
    let options = ImportOptions::default();
    let mut sink = Collected::default();
    let mut job = Import::new(&fingerprinter, &options, TimeUs::EPOCH);
    job.formats = &[&Ids];
    change(&mut job);
    let report = import(inputs, job, &mut sink).unwrap();
    (report, sink)
}

fn run(path: &Path) -> (ImportReport, Collected) {
    run_with(vec![Input::Path(path.to_owned())], |_| {})
}

fn stream(name: &str, bytes: Vec<u8>) -> Vec<Input<'static>> {
    vec![Input::Stream {
        name: name.to_owned(),
        reader: Box::new(Cursor::new(bytes)),
    }]
}

fn ids(sink: &Collected) -> Vec<&str> {
    sink.observations
        .iter()
        .map(|(_, observation)| observation.node.native_id.as_str())
        .collect()
}

/// `place state: reason` of every statement.
fn gaps(sink: &Collected) -> Vec<String> {
    sink.coverage
        .iter()
        .map(|gap| format!("{} {}: {}", gap.place, gap.state, gap.reason))
        .collect()
}

fn names(report: &ImportReport, root: &Path) -> Vec<String> {
    let root = root.to_string_lossy();
    report
        .documents
        .iter()
        .map(|document| document.name.replace(&*root, ""))
        .collect()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = ::tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(1_700_000_000);
        tar.append_data(&mut header, name, *bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = ::zip::write::SimpleFileOptions::default()
            .compression_method(::zip::CompressionMethod::Deflated);
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[cfg(unix)]
#[test]
fn a_folder_is_read_in_the_order_of_names_and_links_are_not_followed() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret"), "id outside\n").unwrap();
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    std::fs::create_dir(at("b")).unwrap();
    std::fs::write(at("b/.hidden"), "id hidden\n").unwrap();
    std::fs::write(at("c.txt"), "id c\n").unwrap();
    std::fs::write(at("a.txt"), "id a\nid a2\n").unwrap();
    std::fs::write(at("empty"), "").unwrap();
    std::fs::write(at("other"), "prose").unwrap();
    std::os::unix::fs::symlink(root.path(), at("b/loop")).unwrap();
    std::os::unix::fs::symlink(at("c.txt"), at("again")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret"), at("out")).unwrap();
    std::os::unix::fs::symlink("self", at("self")).unwrap();
    std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    let (report, sink) = run(root.path());
    assert_eq!(ids(&sink), ["a", "a2", "hidden", "c"]);
    assert_eq!(
        names(&report, root.path()),
        [
            "/a.txt",
            "/b/.hidden",
            "/c.txt",
            "/empty",
            "/other",
            "/out",
            "/self",
            "/socket"
        ]
    );
    let reasons: Vec<_> = sink
        .coverage
        .iter()
        .map(|gap| gap.reason.as_str())
        .collect();
    assert_eq!(
        reasons,
        [
            "the file is empty",
            "not a format known to countersign; see `countersign source ls`",
            "a symbolic link that leads out of the imported folder; name its target to import it",
            "a symbolic link that leads nowhere or in a circle",
            "no regular file (a pipe, socket or device); name it by itself to read it",
        ]
    );
    assert_eq!((report.recognised, report.unrecognised), (3, 5));
    assert_eq!(report.formats["test.ids"].observations, 4);
    assert!(report.complete && !report.nothing_recognised());
}

#[test]
fn archives_are_opened_by_content_wherever_they_lie() {
    let inner = zip_of(&[("x/deep.txt", b"id deep\n")]);
    let packed = gz(&tar_of(&[("one.txt", b"id one\n"), ("in.zip", &inner)]));
    let outer = zip_of(&[
        ("../../evil.txt", b"id evil\n"),
        ("bundle", &packed),
        ("dir/", b""),
    ]);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("all.bin");
    std::fs::write(&file, &outer).unwrap();
    let want = ["evil", "one", "deep"];
    let (report, sink) = run(&file);
    assert_eq!(ids(&sink), want);
    assert_eq!(
        sink.observations,
        run(&file).1.observations,
        "every run is the same"
    );
    assert_eq!(
        names(&report, dir.path()),
        [
            "/all.bin!evil.txt",
            "/all.bin!bundle!one.txt",
            "/all.bin!bundle!in.zip!x/deep.txt"
        ]
    );
    assert!(report.complete, "{:?}", gaps(&sink));
    // From a stream the same zip has to be kept aside first.
    let (report, sink) = run_with(stream("-", outer), |_| {});
    assert_eq!(ids(&sink), want);
    assert_eq!(report.documents[0].name, "-!evil.txt");
}

#[test]
fn a_gzipped_document_keeps_its_own_name() {
    let (report, sink) = run_with(stream("ids.txt.gz", gz(b"id a\n")), |_| {});
    assert_eq!(ids(&sink), ["a"]);
    assert_eq!(report.documents[0].name, "ids.txt.gz!ids.txt");
}

#[test]
fn nesting_ends_at_the_bound() {
    let mut bytes = b"id deep\n".to_vec();
    for _ in 0..4 {
        bytes = gz(&bytes);
    }
    let (report, sink) = run_with(stream("n.gz", bytes), |_| {});
    assert!(!report.complete && report.nothing_recognised());
    assert_eq!(
        gaps(&sink),
        [
            "n.gz!n!n!n truncated: archives lie more than 3 deep in each other; unpack it and import the folder"
        ]
    );
}

#[test]
fn a_decompression_bomb_is_stopped_and_its_neighbours_are_read() {
    let mut bomb = b"id before\n".to_vec();
    bomb.extend(std::iter::repeat_n(b'x', 4 << 20));
    let small = |job: &mut Import<'_>| {
        job.limits.ratio_from_bytes = 1 << 20;
        job.limits.max_ratio = 100;
    };
    let zip = zip_of(&[("bomb", &bomb), ("after", b"id after\n")]);
    let (report, sink) = run_with(stream("z", zip), small);
    assert_eq!(ids(&sink), ["before", "after"]);
    assert!(!report.complete);
    let found = gaps(&sink);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("z!bomb truncated: test.ids: stopped as a decompression bomb:"));
    assert!(found[0].ends_with("(1 observations made before it are kept)"));

    // In a tar.gz nothing after the bomb can be reached, and that is said of the archive.
    let tar = gz(&tar_of(&[("bomb", &bomb), ("after", b"id after\n")]));
    let (_, sink) = run_with(stream("t", tar), small);
    assert_eq!(ids(&sink), ["before"]);
    assert!(
        gaps(&sink)
            .iter()
            .any(|gap| gap.starts_with("t truncated: stopped as"))
    );
}

#[test]
fn the_sum_of_all_members_is_bounded() {
    let text: Vec<u8> = (0..60_000)
        .flat_map(|n| format!("id {n}\n").into_bytes())
        .collect();
    let zip = zip_of(&[("a", &text), ("b", &text), ("c", &text)]);
    let total = text.len() as u64;
    let (report, sink) = run_with(stream("z", zip), |job| {
        job.limits.max_unpacked_bytes = total * 3 / 2;
    });
    assert!(ids(&sink).len() > 60_000 && ids(&sink).len() < 120_000);
    assert!(!report.complete);
    assert!(
        gaps(&sink)
            .iter()
            .any(|gap| gap.contains("the bound for one file"))
    );
}

#[test]
fn members_beyond_the_bound_are_counted_not_read() {
    let members: Vec<String> = (0..5).map(|n| format!("m{n}")).collect();
    let members: Vec<(&str, &[u8])> = members
        .iter()
        .map(|n| (n.as_str(), &b"id x\n"[..]))
        .collect();
    for bytes in [zip_of(&members), tar_of(&members)] {
        let (report, sink) = run_with(stream("s", bytes), |job| job.limits.max_members = 3);
        assert_eq!(ids(&sink).len(), 3);
        assert!(!report.complete);
        assert!(gaps(&sink)[0].starts_with("s truncated: the archive holds"));
    }
    // So many that not even the index is read.
    let (_, sink) = run_with(stream("s", zip_of(&members)), |job| {
        job.limits.max_members = 0;
    });
    assert!(gaps(&sink)[0].starts_with("s truncated: the archive holds 5 members"));
}

#[test]
fn damaged_archives_keep_what_was_read_before() {
    let text: Vec<u8> = (0..50_000)
        .flat_map(|n| format!("id {n}\n").into_bytes())
        .collect();
    let mut cut = gz(&text);
    cut.truncate(cut.len() / 2);
    let (report, sink) = run_with(stream("cut.gz", cut), |_| {});
    assert!(ids(&sink).len() > 1_000);
    assert_eq!(report.documents[0].state, CoverageState::Failed);

    let mut tar = tar_of(&[("a", b"id a\n"), ("b", b"id b\n")]);
    tar.truncate(512 * 2 + 100);
    let (report, sink) = run_with(stream("cut.tar", tar), |_| {});
    assert_eq!(ids(&sink), ["a"]);
    assert!(!report.complete);
    assert!(
        gaps(&sink)[0].contains("damaged or cut off after member 1"),
        "{:?}",
        gaps(&sink)
    );

    let mut zip = zip_of(&[("a", b"id a\n")]);
    zip.truncate(zip.len() - 30);
    let (_, sink) = run_with(stream("cut.zip", zip), |_| {});
    assert!(gaps(&sink)[0].starts_with("cut.zip failed: the zip archive is cut off"));

    let mut zip = zip_of(&[("a", b"id a\n"), ("b", b"id b\n")]);
    let at = zip.windows(3).position(|w| w == b"id ").unwrap_or(35);
    zip[at] ^= 0x40;
    let (report, sink) = run_with(stream("crc.zip", zip), |_| {});
    assert!(ids(&sink).contains(&"b"), "{:?}", gaps(&sink));
    assert!(!report.complete || report.unrecognised == 1);
}

#[test]
fn one_broken_document_does_not_stop_the_others() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a"), "id a\nstop\nid never\n").unwrap();
    std::fs::write(dir.path().join("b"), b"id b\nodd \xff line\nid b2\n").unwrap();
    std::fs::write(dir.path().join("c"), "id c\n").unwrap();
    let (report, sink) = run(dir.path());
    assert_eq!(ids(&sink), ["a", "b", "b2", "c"]);
    let states: Vec<_> = report.documents.iter().map(|d| (d.state, d.gaps)).collect();
    assert_eq!(
        states,
        [
            (CoverageState::Failed, 1),
            (CoverageState::Failed, 1),
            (CoverageState::Complete, 0)
        ]
    );
    assert!(report.documents[1].reason.ends_with("b:line 2: not an id"));
    assert_eq!((report.with_shortfall, report.complete), (2, false));
}

#[test]
fn completeness_is_claimed_only_by_what_was_read_whole() {
    let fingerprinter = Fingerprinter::new([1; 32]);
    let options = ImportOptions {
        complete: true,
        ..ImportOptions::default()
    };
    for (text, want) in [
        ("id a\n", CoverageState::Complete),
        ("id a\nbroken\n", CoverageState::Partial),
    ] {
        let mut job = Import::new(&fingerprinter, &options, TimeUs::EPOCH);
        job.formats = &[&Ids];
        let mut sink = Collected::default();
        import(stream("s", text.into()), job, &mut sink).unwrap();
        let last = sink.coverage.last().unwrap();
        assert_eq!((last.kind, last.state), (Some(NodeKind::Identity), want));
    }
}

#[test]
fn what_is_missing_or_unnamed_is_said() {
    let (report, sink) = run(Path::new("/nonexistent/x"));
    assert!(!report.complete && report.nothing_recognised());
    assert!(gaps(&sink)[0].starts_with("/nonexistent/x failed: No such file"));
    let (_, sink) = run_with(stream("a.xz", b"\xfd7zXZ\x00\x00".to_vec()), |_| {});
    assert_eq!(
        gaps(&sink),
        ["a.xz not_attempted: xz compression is not read; unpack it and import what it holds"]
    );
}

#[test]
fn folders_too_deep_and_too_many_files_are_cut_with_a_word() {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("d/d/d/d/d");
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(deep.join("x"), "id x\n").unwrap();
    std::fs::write(dir.path().join("z"), "id z\n").unwrap();
    let input = || vec![Input::Path(dir.path().to_owned())];
    let (report, sink) = run_with(input(), |job| job.limits.max_folder_depth = 3);
    assert_eq!(ids(&sink), ["z"]);
    assert!(!report.complete);
    assert!(gaps(&sink)[0].contains("/d/d/d truncated: folders lie deeper than 3"));
    let (report, sink) = run_with(input(), |job| job.limits.max_entries = 2);
    assert!(!report.complete);
    assert!(gaps(&sink)[0].contains("more than 2 files and folders"));
}

#[test]
fn many_small_files_are_listed_up_to_the_bound_and_counted_whole() {
    let dir = tempfile::tempdir().unwrap();
    for n in 0..300 {
        std::fs::write(dir.path().join(format!("{n:04}")), "prose").unwrap();
    }
    std::fs::write(dir.path().join("9999"), "id last\nbad\n").unwrap();
    let (report, sink) = run_with(vec![Input::Path(dir.path().to_owned())], |job| {
        job.limits.max_listed = 50;
        job.limits.max_unrecognised = 20;
    });
    assert_eq!(report.unrecognised, 300);
    assert_eq!(
        report.documents.len(),
        51,
        "the problem is listed beyond the bound"
    );
    assert_eq!(report.not_listed, 250);
    let found = gaps(&sink);
    assert_eq!(found.len(), 22);
    assert!(found[21].contains("280 more documents were not read"));
}

#[test]
fn powershell_text_is_read_like_any_other() {
    let bytes: Vec<u8> = "\u{feff}id Müller\r\nid b\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let (_, sink) = run_with(stream("u16", bytes), |_| {});
    assert_eq!(ids(&sink), ["Müller", "b"]);
}

#[test]
fn it_stops_on_request_and_when_nobody_listens() {
    let flag = AtomicBool::new(false);
    let text: Vec<u8> = (0..300_000)
        .flat_map(|n| format!("id {n}\n").into_bytes())
        .collect();
    let stop = |progress: &Progress<'_>| {
        if progress.bytes > 1 << 20 {
            flag.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    };
    let fingerprinter = Fingerprinter::new([1; 32]);
    let options = ImportOptions::default();
    let mut job = Import::new(&fingerprinter, &options, TimeUs::EPOCH);
    job.formats = &[&Ids];
    job.cancel = Some(&flag);
    job.progress = Some(&stop);
    let mut sink = Collected::default();
    let report = import(stream("s", text), job, &mut sink).unwrap();
    assert!(report.cancelled && !report.complete);
    assert!(ids(&sink).len() < 300_000);
    assert!(gaps(&sink)[0].contains("stopped on request"));

    let job = Import {
        cancel: None,
        progress: None,
        ..job
    };
    let ended = import(stream("s", b"id a\n".to_vec()), job, &mut Deaf);
    assert!(matches!(ended, Err(ImportError::Closed)));
}

#[test]
fn a_table_nobody_can_read_is_not_recognised() {
    let fingerprinter = Fingerprinter::new([1; 32]);
    let options = ImportOptions::default();
    let job = Import::new(&fingerprinter, &options, TimeUs::EPOCH);
    let mut sink = Collected::default();
    let report = import(
        stream("prose.txt", b"Dear reader, hello\nx, y\n".into()),
        job,
        &mut sink,
    )
    .unwrap();
    assert!(report.nothing_recognised() && report.complete);
    assert!(
        report.documents[0]
            .reason
            .starts_with("a table without a column known as")
    );
}

#[test]
fn a_wrong_mapping_is_told_before_anything_is_read() {
    let fingerprinter = Fingerprinter::new([1; 32]);
    let mut options = ImportOptions::default();
    options.columns.insert("Wer".to_owned(), "ownr".to_owned());
    let job = Import::new(&fingerprinter, &options, TimeUs::EPOCH);
    let error = import(stream("s", Vec::new()), job, &mut Collected::default()).unwrap_err();
    assert!(error.to_string().contains("Did you mean `owner`?"));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    /// Archives with flipped bytes never panic and never end without a word.
    #[test]
    fn damage_anywhere_is_survived(at in 0_usize..2_000, with in 1_u8.., which in 0..3) {
        let members: &[(&str, &[u8])] = &[("a", b"id a\n"), ("b", b"id b\n")];
        let mut bytes = match which {
            0 => zip_of(members),
            1 => tar_of(members),
            _ => gz(&tar_of(members)),
        };
        let at = at % bytes.len();
        bytes[at] ^= with;
        let (report, sink) = run_with(stream("s", bytes), |_| {});
        proptest::prop_assert!(!report.documents.is_empty() || !sink.coverage.is_empty());
    }
}

/// Run by the test below in a process of its own, whose peak of memory can be told apart.
#[test]
#[ignore = "started by memory_stays_bounded_for_a_line_without_end"]
fn child_line_without_end() {
    let line = Cursor::new(b"id a\nid ").chain(std::io::repeat(b'x').take(600 << 20));
    let input = Input::Stream {
        name: "endless".to_owned(),
        reader: Box::new(line),
    };
    let (report, sink) = run_with(vec![input], |_| {});
    assert_eq!(ids(&sink), ["a"]);
    assert!(gaps(&sink)[0].starts_with("endless:line 2 failed: the line is too long"));
    assert!(!report.complete);
    assert_eq!(report.bytes, (600 << 20) + 8);
}

/// The same against every format of the catalogue: one JSON text and one line of YAML.
#[test]
#[ignore = "started by memory_stays_bounded_for_values_without_end"]
fn child_values_without_end() {
    let fingerprinter = Fingerprinter::new([1; 32]);
    let options = ImportOptions::default();
    for begin in [
        r#"{"apiVersion":"v1","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","uid":"1"},"spec":{}},{"kind":"Pod","x":""#,
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec: {}\n---\napiVersion: v1\nx: ",
        "name,owner\na,b\nx,\"",
    ] {
        let endless = Cursor::new(begin).chain(std::io::repeat(b'x').take(128 << 20));
        let input = Input::Stream {
            name: "endless".to_owned(),
            reader: Box::new(endless),
        };
        let mut sink = Collected::default();
        let job = Import::new(&fingerprinter, &options, TimeUs::EPOCH);
        let report = import(vec![input], job, &mut sink).unwrap();
        assert!(!report.complete, "{begin}");
        assert!(report.observations >= 1, "{begin}: {report:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_bounded_for_values_without_end() {
    let peak = peak_memory_of("imports::drive::tests::child_values_without_end");
    assert!(peak < 200 << 20, "{peak} bytes at the peak");
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_bounded_for_a_line_without_end() {
    let peak = peak_memory_of("imports::drive::tests::child_line_without_end");
    assert!(peak < 120 << 20, "{peak} bytes at the peak");
}

#[cfg(target_os = "linux")]
/// Runs one ignored test in a child process, and reads its peak resident memory while it lives.
fn peak_memory_of(test: &str) -> u64 {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let high = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = high.and_then(|high| high.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0) << 10);
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    };
    assert!(ended.success(), "the child failed");
    assert!(peak > 0, "the child's memory was not seen");
    peak
}
