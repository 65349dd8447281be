//! Which of a file's columns are read, and as what.

use crate::model::{AttributeId, Type};

use super::text::Guess;
use super::{Header, ImportSpec, Role, Schema, SchemaColumn, TransferError};

/// The columns that an import reads, before their types are known.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    spec: &'a ImportSpec,
    /// The names of all the file's columns.
    pub(super) names: Vec<String>,
    /// Those that are read, in the file's order.
    pub(super) chosen: Vec<Chosen>,
}

/// A column that is read.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    /// Where it stands among the file's columns.
    pub(super) position: usize,
    /// What it is read for.
    pub(super) role: Role,
    /// Its type, where it is not to be guessed.
    pub(super) declared: Option<Type>,
}

impl<'a> Plan<'a> {
    /// Chooses among a file's columns.
    ///
    /// # Errors
    ///
    /// When the statement names a column that the file lacks, or a column that is read has no name
    /// or shares it.
    pub(super) fn new(spec: &'a ImportSpec, names: Vec<String>) -> Result<Self, TransferError> {
        let mut plan = Self { spec, names, chosen: Vec::new() };
        plan.check_named()?;
        for position in 0..plan.names.len() {
            if let Some(role) = plan.role(&plan.names[position]) {
                plan.check_name(position)?;
                let declared = plan.declared_type(&plan.names[position], role);
                plan.chosen.push(Chosen { position, role, declared });
            }
        }
        Ok(plan)
    }

    /// Whether no type is left to be guessed.
    pub(super) fn is_declared(&self) -> bool {
        self.chosen.iter().all(|column| column.declared.is_some())
    }

    /// The schema, with the guessed type where none is declared; one guess for each chosen column.
    pub(super) fn into_schema(self, guesses: &[Guess], n_rows: Option<u64>) -> Schema {
        let guessed = |(column, guess): (&Chosen, &Guess)| match column.role {
            Role::Key => guess.to_key_type(),
            Role::Attribute | Role::Filter => guess.to_type(),
        };
        let types: Vec<Type> = self.chosen.iter().zip(guesses).map(guessed).collect();
        self.with_types(&types, n_rows)
    }

    /// The schema, with these types where none is declared; one for each chosen column.
    pub(super) fn with_types(self, types: &[Type], n_rows: Option<u64>) -> Schema {
        let column = |(at, (chosen, ty)): (usize, (&Chosen, &Type))| {
            let name = self.names[chosen.position].clone();
            let format = self.spec.declared.iter().find(|declared| declared.name == name);
            SchemaColumn {
                ty: chosen.declared.unwrap_or(*ty),
                // Counted down, so that no number meets one that the pool puts in its place.
                id: AttributeId(u32::MAX - at as u32),
                role: chosen.role,
                position: chosen.position,
                format: format.and_then(|declared| declared.format.clone()),
                name,
            }
        };
        let columns = self.chosen.iter().zip(types).enumerate().map(column).collect();
        Schema { columns, file_columns: self.names, n_rows }
    }

    fn role(&self, name: &str) -> Option<Role> {
        let spec = self.spec;
        let listed = |names: &[String]| names.iter().any(|listed| listed == name);
        if spec.key.as_deref() == Some(name) {
            Some(Role::Key)
        } else if spec.at.as_deref() == Some(name)
            || spec.header == Header::Absent
            || spec.columns.as_deref().is_none_or(listed)
        {
            Some(Role::Attribute)
        } else if listed(&spec.filtered_by) {
            Some(Role::Filter)
        } else {
            None
        }
    }

    /// A key is a whole number or text, whatever else is declared.
    fn declared_type(&self, name: &str, role: Role) -> Option<Type> {
        let declared = self.spec.declared.iter().find(|declared| declared.name == name);
        let known = self.spec.known.iter().find(|(known, _)| known == name);
        let ty = declared.map(|declared| declared.ty).or(known.map(|(_, ty)| *ty))?;
        match (role, ty) {
            (Role::Key, Type::Int) | (Role::Attribute | Role::Filter, _) => Some(ty),
            (Role::Key, _) => Some(Type::Text),
        }
    }

    fn check_named(&self) -> Result<(), TransferError> {
        let spec = self.spec;
        let declared = spec.declared.iter().map(|declared| &declared.name);
        let mut named = spec
            .key
            .iter()
            .chain(&spec.at)
            .chain(spec.columns.iter().flatten())
            .chain(&spec.filtered_by)
            .chain(declared);
        match named.find(|name| !self.names.contains(name)) {
            Some(name) => Err(self.unknown(name)),
            None => Ok(()),
        }
    }

    fn check_name(&self, position: usize) -> Result<(), TransferError> {
        let path = || self.spec.path.display().to_string();
        let name = &self.names[position];
        if name.is_empty() {
            return Err(TransferError::NamelessColumn { path: path(), position: position + 1 });
        }
        if self.names[..position].contains(name) {
            return Err(TransferError::RepeatedColumn { path: path(), name: name.clone() });
        }
        Ok(())
    }

    fn unknown(&self, name: &str) -> TransferError {
        TransferError::UnknownColumn {
            path: self.spec.path.display().to_string(),
            name: name.to_owned(),
            near: nearest(name, &self.names),
        }
    }
}

/// At most three names that differ in case or by few letters, the nearest first.
fn nearest(name: &str, names: &[String]) -> Vec<String> {
    let lower = name.to_lowercase();
    let distance = |known: &String| strsim::osa_distance(&lower, &known.to_lowercase());
    let mut near: Vec<(usize, &String)> = names
        .iter()
        .map(|known| (distance(known), known))
        .filter(|(distance, _)| *distance <= (name.chars().count() / 3).max(1))
        .collect();
    near.sort();
    near.into_iter().take(3).map(|(_, known)| known.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn columns_have_roles() {
        let mut spec = ImportSpec::new("f.csv");
        spec.key = Some("id".to_owned());
        spec.columns = Some(names(&["b"]));
        spec.filtered_by = names(&["c", "b"]);
        let plan = Plan::new(&spec, names(&["a", "b", "c", "id"])).unwrap();
        let roles: Vec<(usize, Role)> =
            plan.chosen.iter().map(|column| (column.position, column.role)).collect();
        assert_eq!(roles, [(1, Role::Attribute), (2, Role::Filter), (3, Role::Key)]);
    }

    #[test]
    fn names_are_checked_where_they_are_read() {
        let mut spec = ImportSpec::new("f.csv");
        let message = |spec: &ImportSpec, list: &[&str]| {
            Plan::new(spec, names(list)).unwrap_err().to_string()
        };
        assert!(message(&spec, &["a", ""]).starts_with("column 2 of `f.csv` has no name"));
        assert_eq!(message(&spec, &["a", "a"]), "`f.csv` has two columns `a`");
        spec.columns = Some(names(&["b"]));
        assert!(Plan::new(&spec, names(&["a", "", "a", "b"])).is_ok());
        assert_eq!(message(&spec, &["B", "cc"]), "`f.csv` has no column `b`; did you mean `B`?");
    }
}
