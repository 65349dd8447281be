//! `import`: clauses in any order, each once.

use crate::lang::ast::{Delimiter, Expr, Import, ImportType, Name, TextLiteral};
use crate::lang::grammar::{Pair, Rule};
use crate::lang::{Code, Diagnostic};

use super::parts::{Built, Parts, broken, extent, name, text};
use super::question::once;
use super::statement::rule;
use super::table::{check_distinct, type_name};

/// `import customers from "…" …`
pub(super) fn import(pair: Pair<'_>) -> Built<Import> {
    let mut parts = Parts::of(pair);
    let table = name(&parts.find(Rule::Name)?);
    let path = text(&parts.find(Rule::Text)?)?;
    let mut clauses = Clauses::default();
    for clause in parts.rest() {
        clauses.add(&clause)?;
    }
    let (with, nulls) = clauses.with.unwrap_or_default();
    Ok(Import {
        table,
        path,
        key: clauses.key,
        customer: clauses.customer,
        at: clauses.at,
        columns: clauses.columns,
        no_header: clauses.no_header.is_some(),
        delimiter: clauses.delimiter,
        encoding: clauses.encoding,
        with,
        nulls,
        rule: clauses.rule,
        skip_errors: clauses.skip_errors.is_some(),
        rejects: clauses.rejects,
        distinct: clauses.distinct.is_some(),
        creating_customers: clauses.creating_customers.is_some(),
    })
}

/// The clauses found so far.
#[derive(Default)]
struct Clauses {
    key: Option<Name>,
    customer: Option<Name>,
    at: Option<Name>,
    columns: Option<Vec<Name>>,
    no_header: Option<()>,
    delimiter: Option<Delimiter>,
    encoding: Option<TextLiteral>,
    with: Option<(Vec<ImportType>, Vec<TextLiteral>)>,
    rule: Option<Expr>,
    skip_errors: Option<()>,
    rejects: Option<TextLiteral>,
    distinct: Option<()>,
    creating_customers: Option<()>,
}

impl Clauses {
    fn add(&mut self, clause: &Pair<'_>) -> Built<()> {
        let named = |pair: Pair<'_>| Ok(name(&Parts::of(pair).find(Rule::Name)?));
        let quoted = |pair: Pair<'_>| text(&Parts::of(pair).find(Rule::Text)?);
        let present = |_: Pair<'_>| Ok(());
        match clause.as_rule() {
            Rule::KeyClause => once(&mut self.key, clause, "key", named),
            Rule::CustomerClause => once(&mut self.customer, clause, "customer", named),
            Rule::AtClause => once(&mut self.at, clause, "at", named),
            Rule::ColumnsClause => once(&mut self.columns, clause, "columns", columns),
            Rule::NoHeaderClause => once(&mut self.no_header, clause, "no header", present),
            Rule::DelimiterClause => once(&mut self.delimiter, clause, "delimiter", delimiter),
            Rule::EncodingClause => once(&mut self.encoding, clause, "encoding", quoted),
            Rule::WithClause => once(&mut self.with, clause, "with", with),
            Rule::Where => once(&mut self.rule, clause, "where", rule),
            Rule::OnErrorClause => once(&mut self.skip_errors, clause, "on error skip", present),
            Rule::RejectsClause => once(&mut self.rejects, clause, "rejects", quoted),
            Rule::DistinctClause => once(&mut self.distinct, clause, "distinct", present),
            Rule::CreatingClause => {
                once(&mut self.creating_customers, clause, "creating customers", present)
            }
            _ => Ok(()),
        }
    }
}

fn columns(pair: Pair<'_>) -> Built<Vec<Name>> {
    let columns: Vec<Name> = Parts::of(pair).all(Rule::Name).map(|pair| name(&pair)).collect();
    check_distinct(columns.iter())?;
    Ok(columns)
}

fn delimiter(pair: Pair<'_>) -> Built<Delimiter> {
    let whole = pair.clone();
    let value = pair.into_inner().next_back().ok_or_else(|| broken(&whole))?;
    if value.as_rule() == Rule::BlanksWord {
        return Ok(Delimiter::Blanks);
    }
    let literal = text(&value)?;
    if literal.text.len() == 1 && literal.text.is_ascii() {
        return Ok(Delimiter::Character(literal));
    }
    let message = "a delimiter is one ASCII character, or `blanks`";
    Err(Diagnostic::new(Code::OutOfBounds, extent(&value), message).into())
}

fn with(pair: Pair<'_>) -> Built<(Vec<ImportType>, Vec<TextLiteral>)> {
    let (mut types, mut nulls) = (Vec::new(), Vec::new());
    for item in Parts::of(pair).rest() {
        match item.as_rule() {
            Rule::NullSpelling => nulls.push(text(&Parts::of(item).find(Rule::Text)?)?),
            Rule::DeclaredColumn => types.push(declared(item)?),
            _ => {}
        }
    }
    check_distinct(types.iter().map(|declared: &ImportType| &declared.name))?;
    Ok((types, nulls))
}

fn declared(pair: Pair<'_>) -> Built<ImportType> {
    let mut parts = Parts::of(pair);
    let name = name(&parts.next()?);
    let ty = type_name(parts.next()?)?;
    let format = parts.take(Rule::Text).map(|pair| text(&pair)).transpose()?;
    Ok(ImportType { name, ty, format })
}
