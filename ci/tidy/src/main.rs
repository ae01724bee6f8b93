//! Writes the pages made from code: `cargo run -p countersign-tidy`. `make docs` calls it.

use std::process::ExitCode;

fn main() -> ExitCode {
    match write_pages() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            #[expect(clippy::print_stderr, reason = "the one message of a development tool")]
            {
                eprintln!("tidy: {problem}");
            }
            ExitCode::FAILURE
        }
    }
}

fn write_pages() -> Result<(), String> {
    let root = tidy::repo::root();
    let files = tidy::repo::files(&root)?;
    for page in tidy::pages::all(&files) {
        if files
            .iter()
            .any(|file| file.path == page.path && file.text == page.text)
        {
            continue;
        }
        let path = root.join(&page.path);
        let folder = path.parent().unwrap_or(&root);
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, &page.text))
            .map_err(|error| format!("cannot write `{}`: {error}", page.path))?;
    }
    Ok(())
}
