#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    missing_docs
)]
use model::observation::Collected;
use model::{Fingerprinter, TimeUs};
use sources::host::*;
fn main() {
    let mut settings = HostSettings {
        processes: false,
        ..HostSettings::default()
    };
    let mut args = std::env::args().skip(1);
    let mut full = false;
    while let Some(a) = args.next() {
        match a.as_str() {
            "-x" => settings.excludes.push(args.next().unwrap()),
            "-a" => settings.default_excludes = false,
            "-v" => full = true,
            _ => settings.roots.push(a),
        }
    }
    let id = HostIdentity::from_machine_id(
        std::fs::read_to_string("/etc/machine-id").ok().as_deref(),
        "here",
    );
    let start = std::time::Instant::now();
    let mut sink = Collected::default();
    let report = scan(
        &settings,
        &mut HostContext {
            identity: &id,
            own_home: None,
            fingerprinter: &Fingerprinter::new([1; 32]),
            now: TimeUs::parse("2026-11-22").unwrap(),
            sink: &mut sink,
            progress: &mut |_| {},
            cancelled: &|| false,
            time_is_up: &|| start.elapsed().as_secs() >= 10,
        },
    )
    .unwrap();
    println!("{report:#?} in {:?}", start.elapsed());
    for (_, o) in &sink.observations {
        if full {
            println!("{}", serde_json::to_string(o).unwrap());
            continue;
        }
        println!(
            "{:12} {:20} {:60} @ {}",
            o.node.kind.name(),
            o.attributes.subtype.as_deref().unwrap_or(""),
            o.attributes.name.as_deref().unwrap_or(""),
            o.place.as_deref().unwrap_or("")
        );
    }
    for c in &sink.coverage {
        println!("{} {} {}", c.state, c.place, c.reason);
    }
}
