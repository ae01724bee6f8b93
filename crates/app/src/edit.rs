//! Edits by hand and the tending of the inventory.

use inventory::Applied;
use inventory::RunKind;
use inventory::edit::{self, Erased, Field, Retained, Statement};
use model::TimeUs;
use model::labels::{Environment, SaidFact, Sensitivity};

use crate::{Error, Installation};

/// Makes two records one. The keys come from a look-up.
///
/// # Errors
/// They are one already or of different kinds, or the database fails.
pub async fn merge(installation: &Installation, a: i64, b: i64) -> Result<Applied, Error> {
    let start = installation.run_start(RunKind::Edit, "identity merge")?;
    Ok(edit::merge(&installation.db, &start, a, b, installation.clock.now()).await?)
}

/// Takes a member out of the record it was merged into.
///
/// # Errors
/// The record is not merged into another, or the database fails.
pub async fn split(installation: &Installation, member: i64) -> Result<Applied, Error> {
    let start = installation.run_start(RunKind::Edit, "identity split")?;
    Ok(edit::split(&installation.db, &start, member, installation.clock.now()).await?)
}

/// What a person says about one record.
#[derive(Debug, Clone, Default)]
pub struct Words {
    facts: Vec<(Field, Option<String>)>,
}

impl Words {
    /// Says a fact; the value is checked.
    ///
    /// # Errors
    /// There is no such fact, or the value is none of it; the error says what was probably meant.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        let field = field(key)?;
        let value = edit::check(field, value).map_err(|error| {
            let wrong = Error::usage(error.to_string());
            match model::suggest::nearest(value, words(field)) {
                Some(near) => wrong.hint(format!("did you mean `{key}={near}`?")),
                None => wrong,
            }
        })?;
        self.facts.push((field, Some(value)));
        Ok(())
    }

    /// Takes back what people said about a fact.
    ///
    /// # Errors
    /// There is no such fact.
    pub fn unset(&mut self, key: &str) -> Result<(), Error> {
        self.facts.push((field(key)?, None));
        Ok(())
    }

    /// True when nothing is said.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }
}

/// The facts a person can speak about.
pub fn said_facts() -> impl Iterator<Item = &'static str> {
    SaidFact::ALL.iter().map(|fact| fact.name())
}

fn field(key: &str) -> Result<Field, Error> {
    Field::parse(key).ok_or_else(|| {
        let known: Vec<&str> = said_facts().collect();
        let wrong = Error::usage(format!(
            "nothing can be said about `{}`; known: {}, signals.NAME",
            model::text::label(key),
            known.join(", ")
        ));
        let signals: Vec<String> = model::Signal::ALL
            .iter()
            .map(|signal| format!("signals.{signal}"))
            .collect();
        let all = known
            .iter()
            .copied()
            .chain(signals.iter().map(String::as_str));
        match model::suggest::nearest(key, all) {
            Some(near) => wrong.hint(format!("did you mean `{near}`?")),
            None => wrong,
        }
    })
}

/// The words a fact takes, of those that take words.
fn words(field: Field) -> Vec<&'static str> {
    match field {
        Field::Fact(SaidFact::Environment) => {
            Environment::ALL.iter().map(|word| word.name()).collect()
        }
        Field::Fact(SaidFact::Sensitivity) => {
            Sensitivity::ALL.iter().map(|word| word.name()).collect()
        }
        Field::Fact(SaidFact::Class) => model::Class::ALL.iter().map(|word| word.name()).collect(),
        _ => vec!["yes", "no"],
    }
}

/// Writes down what a person says about a record; it stands against every source until it is taken
/// back.
///
/// # Errors
/// Nothing is said, or the database fails.
pub async fn set(
    installation: &Installation,
    subject: i64,
    words: Words,
    why: &str,
) -> Result<Applied, Error> {
    if words.is_empty() {
        let known: Vec<&str> = said_facts().collect();
        return Err(Error::usage("nothing is said")
            .hint(format!("write KEY=VALUE, with one of {}", known.join(", "))));
    }
    let names: Vec<String> = words.facts.iter().map(|(field, _)| field.name()).collect();
    let title = format!("identity set {}", names.join(" "));
    let start = installation.run_start(RunKind::Edit, &title)?;
    let statement = Statement {
        subject,
        facts: words.facts,
        relations: Vec::new(),
        why: model::text::label(why),
    };
    let now = installation.clock.now();
    Ok(edit::say(&installation.db, &start, &[statement], now).await?)
}

/// Ends everything a source said, or with `purge` forgets it altogether.
///
/// # Errors
/// There is no such source, or the database fails.
pub async fn remove_source(
    installation: &Installation,
    connector: &str,
    scope: &str,
    purge: bool,
) -> Result<Applied, Error> {
    let title = if purge {
        "source remove --purge".to_owned()
    } else {
        format!("source remove {connector} {scope}")
    };
    let start = installation.run_start(RunKind::Maintenance, &title)?;
    Ok(edit::remove_source(
        &installation.db,
        &start,
        connector,
        scope,
        purge,
        installation.clock.now(),
    )
    .await?)
}

/// Says that a provisional scope is really another.
///
/// # Errors
/// The scope is unknown, or the database fails.
pub async fn merge_scope(
    installation: &Installation,
    from: &str,
    into: &str,
) -> Result<Applied, Error> {
    let start =
        installation.run_start(RunKind::Edit, &format!("source merge-scope {from} {into}"))?;
    Ok(edit::merge_scope(
        &installation.db,
        &start,
        from,
        into,
        installation.clock.now(),
    )
    .await?)
}

/// Erases a leaver's personal data; what they owned stays known as owned by one and the same.
///
/// # Errors
/// The record is not a human being, or the database fails.
pub async fn erase_person(installation: &Installation, node_key: i64) -> Result<Erased, Error> {
    let start = installation.run_start(RunKind::Maintenance, "db erase-person")?;
    let ulid = installation.new_ulid()?;
    Ok(edit::erase_person(
        &installation.db,
        &start,
        node_key,
        &ulid,
        installation.clock.now(),
    )
    .await?)
}

/// Forgets history that ended before `before`.
///
/// # Errors
/// The database fails.
pub async fn retain(installation: &Installation, before: TimeUs) -> Result<Retained, Error> {
    let start = installation.run_start(
        RunKind::Maintenance,
        &format!("db retain --before {before}"),
    )?;
    Ok(edit::retain(&installation.db, &start, before, installation.clock.now()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_what_is_said_has_a_nearest_word() {
        let mut words = Words::default();
        let hint = |error: Error| error.way_out().unwrap_or_default().to_owned();
        let wrong = words.set("environment", "prodution").unwrap_err();
        assert_eq!(hint(wrong), "did you mean `environment=production`?");
        let wrong = words.set("enviroment", "production").unwrap_err();
        assert_eq!(hint(wrong), "did you mean `environment`?");
        assert!(words.unset("nonsense").is_err());
        assert!(words.is_empty());
        words.set("still_needed", "yes").unwrap();
        words.unset("purpose").unwrap();
        assert_eq!(words.facts.len(), 2);
    }
}
