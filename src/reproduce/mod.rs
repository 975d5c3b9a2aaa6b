//! The tables of the papers: every row an experiment, run where its result is missing, and printed beside the paper.
//!
//! A row may take trained layers from another row; that one is trained first, once for all who share it. Results are kept
//! as one file for each row and seed, so that a table goes on where it stopped, and a record holds what was measured and
//! what was not run.

mod amato;
mod comparison;
mod epochs;
mod miconi;
mod page;
mod plot;
mod records;
mod report;
mod runner;
mod softhebb;
mod table;

pub use comparison::Comparison;
pub use epochs::EpochRecord;
pub use plot::{Chart, Series};
pub use records::Records;
pub use report::lines;
pub use runner::{RunStep, Runner};
pub use table::{Figure, Measure, Row, Table};

use crate::Result;
use crate::experiment::Experiment;
use hebb_core::Error as CoreError;

/// Every table that can be reproduced.
pub const TABLES: &[Table] = &[miconi::TABLE, amato::TABLE, softhebb::TABLE];

impl Table {
    /// The table of this name.
    ///
    /// # Errors
    /// [`CoreError::Unknown`], with a suggestion.
    pub fn find(name: &str) -> Result<&'static Self> {
        let found = TABLES.iter().find(|table| table.name == name);
        let known = TABLES.iter().map(|table| table.name);
        Ok(found.ok_or_else(|| CoreError::unknown("table", name, known))?)
    }
}

/// The experiment of a table's row, named as `TABLE/ROW`, or else the preset or file of this name.
///
/// # Errors
/// An unknown row or preset, with a suggestion, or as [`Experiment::parse`].
pub fn open(name: &str, overrides: &[String]) -> Result<Experiment> {
    if Experiment::is_file(name) {
        return Experiment::open(name, overrides);
    }
    match row_experiment(name) {
        Some(row) => Experiment::parse(&row?.to_toml()?, name, overrides),
        None => Experiment::open(name, overrides),
    }
}

/// The experiment of a row, named as `TABLE/ROW`; `None` if `name` begins with no table.
fn row_experiment(name: &str) -> Option<Result<Experiment>> {
    let (table, row) = name.split_once('/')?;
    let table = TABLES.iter().find(|known| known.name == table)?;
    let experiment = || {
        let rows = (table.rows)()?;
        let found = rows.iter().find(|known| known.name == row);
        let known = rows.iter().map(|row| row.name.as_str());
        let what = format!("row of {}", table.name);
        let found = found.ok_or_else(|| CoreError::unknown(what, row, known))?;
        Ok(found.experiment(&runner::default_runs().join(table.name), 0))
    };
    Some(experiment())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_row_is_an_experiment_that_survives_the_way_through_toml() {
        for table in TABLES {
            let rows = (table.rows)().unwrap();
            for row in &rows {
                let experiment = row.experiment(Path::new("runs"), 3);
                let text = experiment.to_toml().unwrap();
                let again = Experiment::parse(&text, &row.name, &[]).unwrap();
                assert_eq!(again.to_toml().unwrap(), text, "{}", row.name);
                let takes = row.takes.as_ref().map(|(name, _)| name);
                assert!(
                    takes.is_none_or(|takes| rows.iter().any(|row| row.name == *takes)),
                    "{} takes layers of {takes:?}",
                    row.name
                );
            }
        }
    }

    #[test]
    fn a_row_is_a_preset_under_its_tables_name() {
        let experiment = row_experiment("amato2019/gdes/fc_on_hebb_conv1")
            .unwrap()
            .unwrap();
        assert_eq!(experiment.taken[0].layers, [1]);
        assert!(experiment.taken[0].run.ends_with("hebb/config_1l-s0"));
        let unknown = row_experiment("amato2019/gdes/config_bse").unwrap().unwrap_err();
        assert!(
            unknown.to_string().contains("did you mean `gdes/config_base`?"),
            "{unknown}"
        );
        assert!(row_experiment("nobody/row").is_none());
    }
}
