//! One test body, both databases: see [`both_databases!`](crate::both_databases).

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use store::{Db, DbUrl};
use tempfile::TempDir;

use crate::cluster;

/// An empty database of its own for one test, and a folder for files.
#[derive(Debug)]
pub struct TestDb {
    /// The open database.
    pub db: Db,
    /// Where it is, for a second handle.
    pub url: DbUrl,
    /// The same as text, for a child process.
    pub address: String,
    folder: TempDir,
}

impl TestDb {
    /// A fresh SQLite file, inside a runtime that is there already.
    ///
    /// # Panics
    /// No file can be made.
    pub async fn sqlite() -> Self {
        let folder = folder();
        let address = format!("sqlite:{}", folder.path().join("test.db").display());
        Self::open(address, folder).await
    }

    async fn open(address: String, folder: TempDir) -> Self {
        let url = DbUrl::parse(&address).unwrap_or_else(|e| stop(&e.to_string()));
        let db = Db::open(&url)
            .await
            .unwrap_or_else(|e| stop(&e.to_string()));
        Self {
            db,
            url,
            address,
            folder,
        }
    }

    /// A folder that lives as long as the test. A SQLite database lies in it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Runs a test body on a fresh SQLite file.
///
/// # Panics
/// The body panics or no file can be made.
pub fn on_sqlite<F: Future<Output = ()>>(body: impl FnOnce(TestDb) -> F) {
    runtime().block_on(async { body(TestDb::sqlite().await).await });
}

/// Runs a test body on a fresh PostgreSQL database; see [`cluster`] for where the server is from.
///
/// # Panics
/// The body panics, or there is no server and skipping was not allowed.
pub fn on_postgres<F: Future<Output = ()>>(body: impl FnOnce(TestDb) -> F) {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let Some(server) = cluster::server() else {
        return;
    };
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("t_{}_{number}", std::process::id());
    let create = format!("CREATE DATABASE {name} TEMPLATE template0");
    maintain(&server, &create).unwrap_or_else(|e| stop(&format!("{create}: {e}")));
    let address = cluster::with_database(&server, &name);
    runtime().block_on(async { body(TestDb::open(address, folder()).await).await });
    // A database of a test that failed stays for a look at it; the server is thrown away anyway.
    drop(maintain(
        &server,
        &format!("DROP DATABASE {name} WITH (FORCE)"),
    ));
}

fn maintain(server: &str, sql: &str) -> Result<(), store::StoreError> {
    runtime().block_on(async {
        Db::open(&DbUrl::parse(server)?)
            .await?
            .outside_transaction(sql)
            .await
    })
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap_or_else(|e| stop(&e.to_string()))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap_or_else(|e| stop(&e.to_string()))
}

#[expect(clippy::panic, reason = "a test helper fails by panicking")]
pub(crate) fn stop(why: &str) -> ! {
    panic!("{why}")
}

/// Writes one test body and runs it as two tests, `<name>::sqlite` and `<name>::postgres`:
///
/// ```ignore
/// testkit::both_databases! {
///     async fn a_row_comes_back(t: TestDb) {
///         assert!(t.db.read("SELECT 1", vec![]).await.is_ok());
///     }
/// }
/// ```
#[macro_export]
macro_rules! both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident: TestDb) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, clippy::allow_attributes, reason = "not each body needs them")]
            use super::*;

            $(#[$meta])*
            async fn body($db: $crate::TestDb) $body

            #[test]
            fn sqlite() {
                $crate::database::on_sqlite(body);
            }

            #[test]
            fn postgres() {
                $crate::database::on_postgres(body);
            }
        }
    )*};
}
