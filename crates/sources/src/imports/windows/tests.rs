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
        .choose(&[&MappedCsv, &WindowsObjects, &WindowsServices, &WindowsTasks])
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
        for wanted in ["Task", "Obj"] {
            task_xml::pieces(&String::from_utf8_lossy(&text), wanted, |_| true);
        }
    }
}

/// `Export-Clixml` of a `Win32_Service`, one of `Get-Service` (PowerShell 7), a task and something
/// else, after MS-PSRP 2.2.5 and the properties of their types.
const OBJECTS: &str = r#"<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">
  <Obj RefId="0">
    <TN RefId="0"><T>Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_Service</T><T>System.Object</T></TN>
    <ToString>Win32_Service: SQL Server (Name = "MSSQL")</ToString>
    <Props>
      <S N="Name">MSSQL</S><S N="SystemName">WEB01</S><S N="StartName">CORP\svc_sql</S><S N="StartMode">Auto</S>
      <S N="State">Running</S><S N="DisplayName">SQL Server</S><S N="PathName">C:\sql\sqlservr.exe -s MSSQL /password:CANARYpw</S>
      <Nil N="Description" /><U32 N="ProcessId">4242</U32>
    </Props>
    <MS><Obj N="__ClassMetadata" RefId="1"><TN RefId="1"><T>System.Collections.ArrayList</T></TN><LST><S>x</S></LST></Obj></MS>
  </Obj>
  <Obj RefId="2">
    <TNRef RefId="0" />
    <Props><S N="Name">Spooler</S><S N="SystemName">WEB01</S><S N="StartName">LocalSystem</S><S N="StartMode">Disabled</S></Props>
  </Obj>
  <Obj RefId="3">
    <TN RefId="2"><T>System.ServiceProcess.ServiceController</T></TN>
    <Props>
      <S N="UserName">.\backup</S><S N="Name">Back_x005F_up</S><S N="MachineName">.</S>
      <Obj N="StartType" RefId="4"><TN RefId="3"><T>System.ServiceProcess.ServiceStartMode</T></TN><ToString>Automatic</ToString><I32>2</I32></Obj>
    </Props>
  </Obj>
  <Obj RefId="5">
    <TN RefId="4"><T>Microsoft.Management.Infrastructure.CimInstance#Root/Microsoft/Windows/TaskScheduler/MSFT_ScheduledTask</T></TN>
    <Props>
      <Obj N="Actions" RefId="6"><TN RefId="5"><T>CimInstance[]</T></TN><LST>
        <Obj RefId="7"><TN RefId="6"><T>CimInstance#MSFT_TaskExecAction</T></TN><Props><S N="Execute">backup.exe</S><S N="Arguments">-p CANARYtask</S></Props></Obj>
      </LST></Obj>
      <Obj N="Principal" RefId="8"><TN RefId="7"><T>CimInstance#MSFT_TaskPrincipal2</T></TN><Props><S N="UserId">CORP\svc_batch</S>
        <Obj N="LogonType" RefId="9"><TN RefId="8"><T>LogonTypeEnum</T></TN><ToString>Password</ToString><I32>1</I32></Obj></Props></Obj>
      <Obj N="Settings" RefId="10"><TNRef RefId="7" /><Props><B N="Enabled">false</B></Props></Obj>
      <S N="TaskName">Nightly</S><S N="TaskPath">\Ops\</S>
    </Props>
  </Obj>
  <Obj RefId="11"><TN RefId="9"><T>System.Management.Automation.PSCredential</T></TN><Props><S N="UserName">u</S><SS N="Password">CANARY00</SS></Props></Obj>
  <Obj RefId="12"><TNRef RefId="0" /><Props><S N="StartName">LocalSystem</S></Props></Obj>
</Objs>"#;

#[test]
fn objects_that_powershell_saved() {
    let sink = read(&utf16(OBJECTS), "windows.clixml");
    assert_eq!(
        sink.observations,
        read(OBJECTS.as_bytes(), "windows.clixml").observations
    );
    assert_eq!(runs_as(&sink, "service:MSSQL"), ["sam:corp\\svc_sql"]);
    let sql = node(&sink, "service:MSSQL");
    assert_eq!(&*sql.node.partition, "WEB01");
    assert_eq!(sql.attributes.name.as_deref(), Some("SQL Server"));
    assert_eq!(
        sql.attributes.extra["command"],
        "C:\\sql\\sqlservr.exe -s MSSQL /password:…"
    );
    assert_eq!(
        node(&sink, "service:Spooler").attributes.status,
        Some(Status::Disabled),
        "its type stands under the number of the first"
    );
    assert_eq!(runs_as(&sink, "service:Back_up"), ["user:backup"]);
    let task = node(&sink, "task:\\Ops\\Nightly");
    assert_eq!(task.attributes.status, Some(Status::Disabled));
    assert_eq!(task.attributes.extra["stored_password"], true);
    assert_eq!(task.attributes.extra["command"], "backup.exe -p …");
    assert_eq!(
        runs_as(&sink, "task:\\Ops\\Nightly"),
        ["sam:corp\\svc_batch"]
    );
    let left_out: Vec<&str> = sink
        .coverage
        .iter()
        .filter(|row| row.state == CoverageState::NotAttempted)
        .map(|row| row.reason.as_str())
        .collect();
    assert_eq!(
        left_out,
        [
            "1 objects are neither services nor tasks and were left out: 1 of type `System.Management.Automation.PSCredential`"
        ]
    );
    assert_eq!(gaps(&sink), ["dir/x.xml a service has no `Name`"]);
}

#[test]
fn a_cut_off_export_of_objects_gives_what_came_before_the_cut() {
    let cut = OBJECTS.split_once("<S N=\"TaskName\"").unwrap().0;
    let sink = read(cut.as_bytes(), "windows.clixml");
    assert_eq!(runs_as(&sink, "service:MSSQL"), ["sam:corp\\svc_sql"]);
    assert_eq!(gaps(&sink).len(), 1);
    assert!(gaps(&sink)[0].contains("in the middle of an object"));
}
