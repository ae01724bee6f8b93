//! Measures the inventory on synthetic estates; see `docs/performance.md`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use benches::assess::{self, Assessed};
use benches::bare::{self, Bare};
use benches::cluster::Cluster;
use benches::database;
use benches::estate::Estate;
use benches::import::{self, Measured};
use benches::judge::{self, Judged};
use benches::owners;
use benches::process::Stopwatch;
use benches::query::{self, Answers, ScanLog};
use clap::{Parser, Subcommand};
use serde::de::DeserializeOwned;
use serde_json::json;
use store::{Db, DbUrl};

/// The allocator of the product, see `crates/cli/src/main.rs`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Imports synthetic estates and asks about them, beside a bare bulk insert of the same rows.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many identities, several sizes apart by commas.
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000")]
    sizes: Vec<u64>,
    /// Which databases: sqlite, postgres.
    #[arg(long, value_delimiter = ',', default_value = "sqlite,postgres")]
    databases: Vec<String>,
    /// A PostgreSQL server to use instead of a private one, without a database name.
    #[arg(long)]
    postgres: Option<String>,
    /// Where databases, spools and results go.
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
    /// What to leave out: reimport, bare, judge, query.
    #[arg(long, value_delimiter = ',')]
    skip: Vec<String>,
    /// The built `countersign`, to time `who` as the command itself.
    #[arg(long)]
    command: Option<PathBuf>,
    /// Judges each estate after its import, and leaves the other measurements out.
    #[arg(long)]
    assess: bool,
    #[command(subcommand)]
    step: Option<Step>,
}

/// One measurement, in a process of its own.
#[derive(Debug, Subcommand)]
enum Step {
    /// Generates and keeps nothing.
    #[command(hide = true)]
    Generate { identities: u64 },
    /// Imports.
    #[command(hide = true)]
    Import {
        url: String,
        folder: PathBuf,
        identities: u64,
        day: i64,
        changed_per_mille: u64,
        /// With what judgements read.
        #[arg(long)]
        judged: bool,
    },
    /// Judges everything that was imported.
    #[command(hide = true)]
    Assess { url: String, folder: PathBuf },
    /// Inserts the rows of one database into another.
    #[command(hide = true)]
    Bare { from: String, to: String },
    /// Loads the whole inventory as one graph and judges what every node is for.
    #[command(hide = true)]
    Judge { url: String },
    /// Asks.
    #[command(hide = true)]
    Query { url: String },
    /// Measures owner proposals, on generated estates and on a labelled file.
    Owners {
        /// One JSON object a line: `id`, and `owner` (e-mail) or `team` or both.
        #[arg(long, requires = "database")]
        labels: Option<PathBuf>,
        /// The inventory that the labels are about.
        #[arg(long)]
        database: Option<String>,
        /// How many identities a generated estate has.
        #[arg(long, default_value_t = 6000)]
        identities: u64,
        /// Trains the weights anew and writes them to this file.
        #[arg(long)]
        train: Option<PathBuf>,
    },
    /// Looks up one name.
    #[command(hide = true)]
    Who { url: String, name: String },
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    match &arguments.step {
        Some(step) => runtime.block_on(run_step(step)),
        None => measure(&arguments, &runtime),
    }
}

async fn run_step(step: &Step) -> anyhow::Result<()> {
    let now = Estate::first(1).observed();
    let result = match step {
        Step::Generate { identities } => json!(import::generate(Estate::first(*identities))?),
        Step::Import {
            url,
            folder,
            identities,
            day,
            changed_per_mille,
            judged,
        } => {
            let estate = Estate {
                day: *day,
                changed_per_mille: *changed_per_mille,
                judged: *judged,
                ..Estate::first(*identities)
            };
            json!(import::import(url, folder, estate).await?)
        }
        Step::Assess { url, folder } => json!(assess::assess(url, folder, now).await?),
        Step::Bare { from, to } => json!(bare::copy(from, to).await?),
        Step::Judge { url } => json!(judge::judge(url, now).await?),
        Step::Query { url } => {
            let scans = ScanLog::default();
            scans.listen()?;
            json!(query::ask(url, now, &scans).await?)
        }
        Step::Owners {
            labels,
            database,
            identities,
            train,
        } => {
            let text = owners::run(
                labels.as_deref(),
                database.as_deref(),
                *identities,
                train.clone(),
            );
            say(&text.await?);
            return Ok(());
        }
        Step::Who { url, name } => json!(query::who(url, name, now).await?),
    };
    say(&result.to_string());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the program's output")]
fn say(text: &str) {
    println!("{text}");
}

/// Runs one measurement in a fresh process.
fn child<T: DeserializeOwned>(arguments: &[&str]) -> anyhow::Result<T> {
    let output = Command::new(std::env::current_exe()?)
        .args(arguments)
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !output.status.success() {
        bail!("{} failed", arguments.join(" "));
    }
    serde_json::from_slice(&output.stdout).context("a step gave no result")
}

fn measure(arguments: &Arguments, runtime: &tokio::runtime::Runtime) -> anyhow::Result<()> {
    std::fs::create_dir_all(&arguments.folder)?;
    let folder = arguments.folder.canonicalize()?;
    for size in &arguments.sizes {
        let alone: Measured = child(&["generate", &size.to_string()])?;
        say(&format!(
            "\n== {size} identities, {} observations; generating alone {:.1} s",
            alone.observations, alone.total.wall_s
        ));
        for kind in &arguments.databases {
            let place = Place::new(kind, arguments, &folder, runtime)?;
            if arguments.assess {
                assessment(&place, &folder, *size)?;
                continue;
            }
            one(
                arguments,
                &place,
                &folder,
                *size,
                alone.total.wall_s,
                runtime,
            )?;
        }
    }
    Ok(())
}

/// Where the databases of one size lie, thrown away afterwards.
struct Place {
    kind: String,
    main: String,
    bare: String,
    folder: tempfile::TempDir,
    _cluster: Option<Cluster>,
}

impl Place {
    fn new(
        kind: &str,
        arguments: &Arguments,
        folder: &Path,
        runtime: &tokio::runtime::Runtime,
    ) -> anyhow::Result<Self> {
        let own = tempfile::tempdir_in(folder)?;
        if kind == "sqlite" {
            let file = |name: &str| format!("sqlite:{}", own.path().join(name).display());
            let (main, bare) = (file("main.db"), file("bare.db"));
            return Ok(Self {
                kind: kind.to_owned(),
                main,
                bare,
                folder: own,
                _cluster: None,
            });
        }
        // PostgreSQL runs as another user, who must be able to pass through the folder.
        let cluster = match &arguments.postgres {
            Some(_) => None,
            None => Some(Cluster::start(&std::env::temp_dir())?),
        };
        let base = arguments
            .postgres
            .clone()
            .or_else(|| cluster.as_ref().map(|cluster| cluster.base.clone()));
        let base = base.context("no PostgreSQL")?;
        let mut urls = Vec::new();
        for name in ["bench_main", "bench_bare"] {
            runtime.block_on(async {
                let server = Db::open(&DbUrl::parse(&format!("{base}/postgres"))?).await?;
                server
                    .outside_transaction(&format!("DROP DATABASE IF EXISTS {name}"))
                    .await?;
                server
                    .outside_transaction(&format!("CREATE DATABASE {name} TEMPLATE template0"))
                    .await?;
                anyhow::Ok(())
            })?;
            urls.push(format!("{base}/{name}"));
        }
        let [main, bare]: [String; 2] = urls.try_into().unwrap_or_default();
        Ok(Self {
            kind: kind.to_owned(),
            main,
            bare,
            folder: own,
            _cluster: cluster,
        })
    }
}

/// Rows an identity itself may take on average, by the data rules.
const MAX_ROWS: f64 = 9.0;

/// A count as a number with a fraction, for ratios.
#[expect(clippy::cast_precision_loss, reason = "for showing")]
fn float(count: i64) -> f64 {
    count as f64
}

fn ms(us: u64) -> f64 {
    float(i64::try_from(us).unwrap_or(i64::MAX)) / 1_000.0
}

fn mib(bytes: u64) -> f64 {
    float(i64::try_from(bytes).unwrap_or(i64::MAX)) / 1_048_576.0
}

fn one(
    arguments: &Arguments,
    place: &Place,
    folder: &Path,
    size: u64,
    generating_s: f64,
    runtime: &tokio::runtime::Runtime,
) -> anyhow::Result<()> {
    let skips = |what: &str| arguments.skip.iter().any(|skip| skip == what);
    let (size_text, folder) = (size.to_string(), folder.display().to_string());
    let import = |day: &str, changed: &str| -> anyhow::Result<Measured> {
        child(&["import", &place.main, &folder, &size_text, day, changed])
    };
    let first = import("0", "0")?;
    show(&place.kind, "import", &first);
    let (rows, own, bytes) = runtime.block_on(async {
        let db = Db::open(&DbUrl::parse(&place.main)?).await?;
        let own = database::rows_of_kind(&db, "identity").await?;
        anyhow::Ok((database::rows(&db).await?, own, database::size(&db).await?))
    })?;
    let total: i64 = rows.values().sum();
    let per = |count: i64| float(count) / float(i64::try_from(size).unwrap_or(1));
    say(&format!(
        "{:9} rows {total} ({:.2} per identity with all around it, {:.2} of the identity itself: {}, {:.2} per record), {:.0} MiB",
        place.kind,
        per(total),
        per(own),
        if per(own) <= MAX_ROWS {
            "within 9"
        } else {
            "MORE THAN 9"
        },
        float(total) / float(rows.get("node").copied().unwrap_or(1).max(1)),
        float(bytes) / 1_048_576.0
    ));
    say(&format!("{:9} {}", place.kind, json!(rows)));
    if !skips("bare") {
        let bare: Bare = child(&["bare", &place.main, &place.bare])?;
        let net = first.total.wall_s - generating_s;
        say(&format!(
            "{:9} bare insert of {} rows: {:.1} s ({:.1} s processor), {:.0} MiB; import / bare = {:.2}, without generating {:.2}",
            place.kind,
            bare.rows,
            bare.spent.wall_s,
            bare.spent.cpu_s,
            float(bare.size_bytes) / 1_048_576.0,
            first.total.wall_s / bare.spent.wall_s,
            net / bare.spent.wall_s
        ));
    }
    if !skips("judge") {
        let judged: Judged = child(&["judge", &place.main])?;
        say(&format!("{:9} judging: {}", place.kind, json!(judged)));
    }
    if !skips("query") {
        questions(place, runtime)?;
        if let Some(command) = &arguments.command {
            who(command, place, runtime)?;
        }
    }
    if !skips("reimport") {
        show(&place.kind, "again, unchanged", &import("1", "0")?);
        show(&place.kind, "again, 1 % changed", &import("2", "10")?);
    }
    Ok(())
}

/// Imports an estate with what judgements read, judges it, judges it again after the next day's import
/// and says the sum of the first two.
fn assessment(place: &Place, folder: &Path, size: u64) -> anyhow::Result<()> {
    let (size, own) = (size.to_string(), place.folder.path().display().to_string());
    let folder = folder.display().to_string();
    let import = |day: &str, changed: &str| -> anyhow::Result<Measured> {
        child(&[
            "import",
            &place.main,
            &folder,
            &size,
            day,
            changed,
            "--judged",
        ])
    };
    let assess = || -> anyhow::Result<Assessed> { child(&["assess", &place.main, &own]) };
    let (imported, judged) = (import("0", "0")?, assess()?);
    show(&place.kind, "import", &imported);
    show_assessed(&place.kind, "assess", &judged);
    say(&format!(
        "{:9} together {:.1} s, peak {:.0} MiB",
        place.kind,
        imported.total.wall_s + judged.total.wall_s,
        mib(imported.peak_bytes.max(judged.peak_bytes))
    ));
    import("1", "10")?;
    show_assessed(&place.kind, "assess after 1 % changed", &assess()?);
    Ok(())
}

fn show_assessed(kind: &str, what: &str, assessed: &Assessed) {
    let stages: Vec<String> = assessed
        .stages
        .iter()
        .map(|(name, spent)| format!("{name} {:.1} s ({:.1})", spent.wall_s, spent.cpu_s))
        .collect();
    say(&format!(
        "{kind:9} {what}: {:.1} s ({:.1} s processor); {}; peak {:.0} MiB; {}; {}",
        assessed.total.wall_s,
        assessed.total.cpu_s,
        stages.join(", "),
        mib(assessed.peak_bytes),
        json!(assessed.outcome),
        json!(assessed.fired),
    ));
}

/// Times `countersign who` from a cold process, with a data directory of its own that holds nothing
/// but the key.
fn who(command: &Path, place: &Place, runtime: &tokio::runtime::Runtime) -> anyhow::Result<()> {
    let now = Estate::first(1).observed();
    let name = runtime.block_on(query::some_identity(&place.main, now))?;
    let data = tempfile::tempdir()?;
    let mut times = Vec::new();
    for _ in 0..20 {
        let watch = Stopwatch::start();
        let output = Command::new(command)
            .arg("--data")
            .arg(data.path())
            .args(["--db", &place.main, "who", &name])
            .output()?;
        times.push(watch.elapsed().as_secs_f64() * 1_000.0);
        // 3: something could not be read, which a synthetic estate may well say.
        let done = matches!(output.status.code(), Some(0 | 3));
        anyhow::ensure!(done, "{}", String::from_utf8_lossy(&output.stderr));
    }
    times.sort_by(f64::total_cmp);
    let at = |index: usize| times.get(index).copied().unwrap_or_default();
    say(&format!(
        "{:9} `countersign who {name}`, 20 cold processes: median {:.0} ms, slowest {:.0} ms",
        place.kind,
        at(10),
        at(19)
    ));
    Ok(())
}

fn show(kind: &str, what: &str, measured: &Measured) {
    say(&format!(
        "{kind:9} {what}: {:.1} s ({:.1} s processor), of which reading {:.1} s, applying {:.1} s; peak {:.0} MiB; {}",
        measured.total.wall_s,
        measured.total.cpu_s,
        measured.spool.wall_s,
        measured.apply.wall_s,
        mib(measured.peak_bytes),
        json!(measured.outcome),
    ));
}

fn questions(place: &Place, runtime: &tokio::runtime::Runtime) -> anyhow::Result<()> {
    let answers: Answers = child(&["query", &place.main])?;
    for (question, asked) in &answers {
        say(&format!(
            "{:9} {question}: p50 {:.2} ms, p99 {:.2} ms; scanned {}",
            place.kind,
            ms(asked.p50_us),
            ms(asked.p99_us),
            asked.scanned
        ));
        for scan in &asked.scans {
            say(&format!("{:9}   scan {scan}", ""));
        }
    }
    let now = Estate::first(1).observed();
    let name = runtime.block_on(query::some_identity(&place.main, now))?;
    let mut best = f64::MAX;
    for _ in 0..5 {
        let watch = Stopwatch::start();
        let found: bool = child(&["who", &place.main, &name])?;
        anyhow::ensure!(found, "`{name}` was not found");
        best = best.min(watch.elapsed().as_secs_f64());
    }
    say(&format!(
        "{:9} a process that starts, finds `{name}` and ends: {:.0} ms",
        place.kind,
        best * 1_000.0
    ));
    Ok(())
}
