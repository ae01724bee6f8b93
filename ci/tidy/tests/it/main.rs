//! The rules of the house, over this repository.

use tidy::repo::{File, files, metadata, root};
use tidy::{layers, ledger, modules, pages, places, platforms, shape, sources, supply};

fn repo() -> Result<Vec<File>, String> {
    let files = files(&root())?;
    let whole = files.iter().any(|file| file.path == "Cargo.toml");
    if whole {
        Ok(files)
    } else {
        Err("git does not list the repository".to_owned())
    }
}

#[track_caller]
fn none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn layers_are_kept() {
    none(&layers::check(&metadata(&root(), false).unwrap()));
}

#[test]
fn the_ground_is_pure() {
    none(&places::purity(&repo().unwrap()));
}

#[test]
fn one_file_names_each_database_driver() {
    none(&places::drivers(&repo().unwrap()));
}

#[test]
fn one_module_reads_the_environment() {
    none(&places::environment(&repo().unwrap()));
}

#[test]
fn sockets_are_opened_where_the_security_model_says() {
    none(&places::sockets(&repo().unwrap()));
}

#[test]
fn one_file_draws_randomness() {
    none(&places::randomness(&repo().unwrap()));
}

#[test]
fn sql_stays_in_the_store_and_the_inventory() {
    none(&places::sql(&repo().unwrap()));
}

#[test]
fn every_migration_is_listed() {
    none(&places::migrations(&repo().unwrap()));
}

#[test]
fn every_test_file_is_in_a_program() {
    none(&modules::unlisted(&repo().unwrap()));
}

#[test]
fn what_one_system_has_stands_behind_cfg() {
    none(&platforms::guarded(&repo().unwrap()));
}

#[test]
fn files_fit_a_head() {
    let files = repo().unwrap();
    none(&shape::file_lines(&files, shape::LONG_FILES));
    none(&shape::file_bytes(&files, shape::LARGE_FILES));
}

#[test]
fn long_functions_are_counted() {
    let long = shape::long_functions(&repo().unwrap());
    println!(
        "tidy: {} product functions are longer than 70 lines",
        long.len()
    );
    for (lines, place) in long.iter().take(10) {
        println!("tidy:   {lines} {place}");
    }
}

#[test]
fn nothing_foreign_is_named() {
    none(&shape::foreign_words(&repo().unwrap()));
}

#[test]
fn open_ends_have_an_issue() {
    none(&shape::open_ends(&repo().unwrap()));
}

#[test]
fn every_crate_takes_the_lints() {
    none(&shape::lints(&repo().unwrap()));
}

#[test]
fn every_source_is_in_the_catalogue() {
    none(&sources::catalogue(&repo().unwrap(), sources::NOT_LISTED));
}

#[test]
fn generated_pages_say_what_the_code_says() {
    none(&pages::check(&repo().unwrap()));
}

#[test]
fn the_ledger_names_tests_that_exist() {
    none(&ledger::check(&repo().unwrap()));
}

#[test]
fn dependencies_are_allowed() {
    none(&supply::check(&metadata(&root(), true).unwrap()));
}

#[test]
fn the_licence_is_in_the_repository() {
    none(&supply::own_licence(&repo().unwrap()));
}

#[test]
fn dependencies_are_used() {
    let root = root();
    none(&supply::unused(
        &metadata(&root, false).unwrap(),
        &repo().unwrap(),
        &root.to_string_lossy(),
    ));
}
