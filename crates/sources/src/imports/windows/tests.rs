use std::collections::BTreeMap;
use std::io::Cursor;

use model::observation::Collected;
use model::{CoverageState, Fingerprinter, Status};

use super::*;
use crate::imports::ImportOptions;
use crate::imports::csv::MappedCsv;

fn read(text: &[u8], want: &str) -> Collected {
    let fingerprinter = Fingerprinter::new([3; 32]);
    let options = ImportOptions {
        scopes: BTreeMap::from([("host".to_owned(), "WEB01".to_owned())]),
        ..ImportOptions::default()
    };
    let mut document = Document::new("dir/x.xml", None, Cursor::new(text.to_vec())).unwrap();
    let format = document
        .choose(&[&MappedCsv, &WindowsServices, &WindowsTasks])
        .unwrap();
    assert_eq!(format.spec().id, want);
    let mut sink = Collected::default();
    let mut cx = ImportContext {
        fingerprinter: &fingerprinter,
        options: &options,
        now: TimeUs::EPOCH,
        sink: &mut sink,
        observed: 0,
    };
    format.read(&mut document, &mut cx).unwrap();
    let shown = serde_json::to_string(&(&sink.observations, &sink.coverage)).unwrap();
    assert!(!shown.contains("CANARY"), "{shown}");
    for (_, one) in &sink.observations {
        for edge in &one.edges {
            assert!(edge.kind.allows(one.node.kind, edge.to.kind));
        }
    }
    sink
}

fn node<'s>(sink: &'s Collected, native_id: &str) -> &'s Observation {
    let found = sink
        .observations
        .iter()
        .find(|(_, one)| one.node.native_id == native_id);
    &found.unwrap_or_else(|| panic!("{native_id}")).1
}

fn runs_as(sink: &Collected, native_id: &str) -> Vec<String> {
    node(sink, native_id)
        .edges
        .iter()
        .filter(|edge| edge.kind == EdgeKind::RunsAs)
        .map(|edge| edge.to.native_id.clone())
        .collect()
}

fn gaps(sink: &Collected) -> Vec<String> {
    sink.coverage
        .iter()
        .filter(|gap| gap.state == CoverageState::Failed)
        .map(|gap| format!("{} {}", gap.place, gap.reason))
        .collect()
}

fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect()
}

const SERVICES: &str = "#TYPE Selected.Microsoft.Management.Infrastructure.CimInstance\r\n\
\"SystemName\",\"Name\",\"DisplayName\",\"StartName\",\"State\",\"StartMode\",\"PathName\"\r\n\
\"WEB01\",\"Spooler\",\"Print Spooler\",\"LocalSystem\",\"Running\",\"Auto\",\"C:\\Windows\\System32\\spoolsv.exe\"\r\n\
\"WEB01\",\"MSSQL\",\"SQL Server\",\"CORP\\svc_sql\",\"Running\",\"Auto\",\"\"\"C:\\sql\\sqlservr.exe\"\" -s MSSQL /password:CANARYpw\"\r\n\
\"WEB02\",\"Agent\",\"Agent\",\"CORP\\gmsa-agent$\",\"Stopped\",\"Disabled\",\"\"\r\n\
\"WEB02\",\"broken\"\r\n\
\"WEB02\",\"Old\",\"Old\",\"\",\"Stopped\",\"Manual\",\"\"\r\n";

#[test]
fn services_of_two_hosts_in_both_encodings() {
    let sink = read(&utf16(SERVICES), "windows.services");
    assert_eq!(
        sink.observations,
        read(SERVICES.as_bytes(), "windows.services").observations
    );
    assert_eq!(runs_as(&sink, "service:Spooler"), ["user:SYSTEM"]);
    assert_eq!(runs_as(&sink, "service:MSSQL"), ["sam:corp\\svc_sql"]);
    assert_eq!(runs_as(&sink, "service:Agent"), ["sam:corp\\gmsa-agent$"]);
    assert_eq!(runs_as(&sink, "service:Old"), Vec::<String>::new());
    let sql = node(&sink, "service:MSSQL");
    assert_eq!(&*sql.node.partition, "WEB01");
    assert_eq!(
        sql.attributes.extra["command"],
        "\"C:\\sql\\sqlservr.exe\" -s MSSQL /password:…"
    );
    let agent = node(&sink, "service:Agent");
    assert_eq!(
        (&*agent.node.partition, agent.attributes.status),
        ("WEB02", Some(Status::Disabled))
    );
    assert_eq!(
        node(&sink, "sam:corp\\svc_sql").aliases[0].text,
        "sam:corp\\svc_sql"
    );
    assert_eq!(
        gaps(&sink),
        ["dir/x.xml:line 6 the row has another number of fields than the header"]
    );
    let leaks: Vec<_> = sink
        .observations
        .iter()
        .filter(|(_, one)| one.node.kind == NodeKind::Credential)
        .collect();
    assert_eq!(leaks.len(), 1);
    assert_eq!(leaks[0].1.edges[0].to.native_id, "service:MSSQL");
}

fn task(uri: &str, principal: &str, exec: &str) -> String {
    format!(
        r#"<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Author>CORP\admin</Author>{uri}</RegistrationInfo>
  <Triggers><CalendarTrigger><Enabled>true</Enabled></CalendarTrigger><LogonTrigger/></Triggers>
  <Principals><Principal id="Author">{principal}</Principal></Principals>
  <Settings><Enabled>false</Enabled></Settings>
  <Actions Context="Author"><Exec>{exec}</Exec></Actions>
</Task>"#
    )
}

#[test]
fn tasks_from_xml_in_every_arrangement() {
    let nightly = task(
        "<URI>\\Shop\\Nightly</URI>",
        "<UserId>CORP\\svc_batch</UserId><LogonType>Password</LogonType><RunLevel>HighestAvailable</RunLevel>",
        "<Command>C:\\a &amp; b\\run.cmd</Command><Arguments>--token=&quot;CANARYtoken&quot; &#x2d;v</Arguments>",
    );
    let group = task(
        "",
        "<GroupId>S-1-5-32-545</GroupId>",
        "<Command>x.exe</Command>",
    );
    // `schtasks /query /xml ONE`, with the paths in comments.
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<Tasks>\r\n<!-- \\Shop\\Nightly -->\r\n{nightly}\r\n<!-- \\Users\\Any -->\r\n{group}\r\n</Tasks>"
    );
    let sink = read(&utf16(&text), "windows.tasks");
    let one = node(&sink, "task:\\Shop\\Nightly");
    assert_eq!(
        runs_as(&sink, "task:\\Shop\\Nightly"),
        ["sam:corp\\svc_batch"]
    );
    let extra = &one.attributes.extra;
    assert_eq!(extra["command"], "C:\\a & b\\run.cmd --token=… -v");
    assert_eq!(extra["stored_password"], true);
    assert_eq!(extra["run_level"], "HighestAvailable");
    assert_eq!(
        extra["triggers"],
        serde_json::json!(["CalendarTrigger", "LogonTrigger"])
    );
    assert_eq!(one.attributes.status, Some(Status::Disabled));
    assert_eq!(&*one.node.partition, "WEB01");
    let any = node(&sink, "task:\\Users\\Any");
    assert_eq!(any.attributes.extra["runs_as_group"], "S-1-5-32-545");

    // Several documents one after the other, as `schtasks /query /xml` writes them; one is cut off.
    let text = format!(
        "<?xml version=\"1.0\"?>\n{nightly}\n<?xml version=\"1.0\"?>\n{group}\n<?xml version=\"1.0\"?>\n{}",
        nightly.get(..400).unwrap()
    );
    let sink = read(text.as_bytes(), "windows.tasks");
    node(&sink, "task:\\Shop\\Nightly");
    node(&sink, "task:\\x");
    assert_eq!(gaps(&sink).len(), 1, "{:?}", gaps(&sink));
}

#[test]
fn entities_of_a_dtd_are_not_expanded() {
    let mut text = String::from(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE Task [<!ENTITY a \"CANARYCANARY\"><!ENTITY b \"&a;&a;&a;\">]>\n",
    );
    text.push_str(&task(
        "<URI>\\x</URI>",
        "<UserId>S-1-5-18</UserId>",
        "<Command>&b;</Command>",
    ));
    let sink = read(text.as_bytes(), "windows.tasks");
    assert_eq!(node(&sink, "task:\\x").attributes.extra["command"], "&b;");
    // Nesting without end.
    let deep = task("<URI>\\x</URI>", &"<a>".repeat(100_000), "");
    let sink = read(deep.as_bytes(), "windows.tasks");
    assert!(gaps(&sink)[0].contains("too deep"), "{:?}", gaps(&sink));
}

#[test]
fn tasks_from_csv() {
    let header = "\"HostName\",\"TaskName\",\"Next Run Time\",\"Status\",\"Logon Mode\",\"Last Run Time\",\"Last Result\",\"Author\",\"Task To Run\",\"Scheduled Task State\",\"Run As User\"";
    let text = format!(
        "{header}\r\n\"WEB01\",\"\\Nightly\",\"N/A\",\"Ready\",\"Interactive/Background\",\"1/2/2024 3:00:00 AM\",\"0\",\"N/A\",\"x.exe -p CANARYpw\",\"Enabled\",\"svc\"\r\n\
{header}\r\n\"WEB01\",\"\\Nightly\",\"N/A\",\"Ready\",\"\",\"\",\"0\",\"\",\"x.exe\",\"Enabled\",\"svc\"\r\n\
\"WEB01\",\"\\MS\\Com\",\"N/A\",\"Ready\",\"\",\"\",\"0\",\"\",\"COM handler\",\"Disabled\",\"SYSTEM\"\r\n"
    );
    let sink = read(text.as_bytes(), "windows.tasks");
    let workloads: Vec<_> = sink
        .observations
        .iter()
        .filter(|(_, one)| one.node.kind == NodeKind::Workload)
        .map(|(_, one)| one.node.native_id.as_str())
        .collect();
    assert_eq!(workloads, ["task:\\Nightly", "task:\\MS\\Com"]);
    assert_eq!(runs_as(&sink, "task:\\Nightly"), ["user:svc"]);
    assert_eq!(
        node(&sink, "task:\\Nightly").attributes.extra["command"],
        "x.exe -p …"
    );
    assert!(
        !node(&sink, "task:\\Nightly")
            .attributes
            .extra
            .contains_key("author")
    );
}

proptest::proptest! {
    #[test]
    fn damage_never_panics(at in 0_usize..2_000, with in 0_u8..) {
        let mut text = task("<URI>\\x</URI>", "<UserId>S-1-5-18</UserId>", "<Command>&amp;</Command>").into_bytes();
        let at = at % text.len();
        text[at] = with;
        task_xml::tasks(&String::from_utf8_lossy(&text), |_| true);
    }
}
