//! The statements that read, each from its syntax to its outcome.

use std::path::Path;

use super::question::Question;
use super::view::View;
use super::{Counted, Error, Outcome, Table, Totalled, Written};
use crate::bind::{self, Predicate};
use crate::catalog::{Attribute, CUSTOMER, EventTable};
use crate::exec::{MemberSet, Reader};
use crate::lang::ast::{self, Expr, Showing};
use crate::model::{
    AttributeId, OrderKey, Projection, RowId, ScalarType, Source, TextTest, Type, Value,
};
use crate::parallel::Usage;
use crate::plan::Statistics;
use crate::transfer::{self, Context, ExportColumn};

/// Members a bare rule shows.
const PREVIEW_ROWS: usize = 5;

/// Rows an export gathers at a time.
const EXPORT_ROWS: usize = 65_536;

impl Question<'_> {
    /// A bare rule: how many, and a few of them.
    pub(crate) fn preview(&self, rule: &Expr) -> Result<Outcome, Error> {
        let asked = self.asking_members(&[], Some(rule))?;
        let predicate = asked.bind(Some(rule))?;
        let plan = asked.plan(&predicate)?;
        let count = asked.settle(asked.run(&plan).count())?;
        let rows = asked.settle(asked.run(&plan).first(PREVIEW_ROWS))?;
        let mut shown = vec![self.key_projection()];
        shown.extend(self.projections_of(&bind::attributes(&predicate)));
        for asked in asked.aggregates().shown() {
            // An attribute that holds the answer may be shown already.
            if shown.iter().all(|known| known.source != asked.source) {
                shown.push(asked);
            }
        }
        let preview = Some(asked.table(&rows, &shown)?);
        Ok(Outcome::Counted(Counted {
            count,
            total: u64::from(self.view.snapshot.n_customers()),
            preview,
        }))
    }

    /// `count RULE`, or the pool's size.
    pub(crate) fn count_all(&self, rule: Option<&Expr>) -> Result<Outcome, Error> {
        let total = u64::from(self.view.snapshot.n_customers());
        let count = match rule {
            Some(rule) => self.count(rule)?,
            None => total,
        };
        Ok(Outcome::Counted(Counted { count, total, preview: None }))
    }

    /// `select …`
    pub(crate) fn select(&self, select: &ast::Select) -> Result<Outcome, Error> {
        self.check_defined()?;
        let shown = select.columns.iter().map(|column| &column.value);
        let order = select.order.iter().map(|key| &key.value);
        let exprs: Vec<&Expr> = shown.chain(order).collect();
        let asked = self.asking_members(&exprs, select.rule.as_ref())?;
        let select = bind::select(select, &asked.scope())?;
        let members = asked.member_set(&select.predicate.unwrap_or(Predicate::Constant(true)))?;
        let (limit, offset) = (select.limit, select.offset);
        let rows = asked.ordered(&members, &select.order, limit, offset)?;
        Ok(Outcome::Table(asked.table(&rows, &select.projections)?))
    }

    /// `summarize …`
    pub(crate) fn summarize(&self, summarize: &ast::Summarize) -> Result<Outcome, Error> {
        self.check_defined()?;
        let exprs: Vec<&Expr> = summarize.arguments();
        let asked = self.asking_members(&exprs, summarize.rule.as_ref())?;
        let bound = bind::summarize(summarize, &asked.scope())?;
        let members = asked.member_set(&bound.predicate.unwrap_or(Predicate::Constant(true)))?;
        let by: Vec<_> = bound.by.iter().map(|(_, attribute)| *attribute).collect();
        let mut read = by.clone();
        bound
            .measures
            .iter()
            .filter_map(|m| m.source.as_ref())
            .for_each(|s| s.attributes(&mut read));
        asked.load(&read)?;
        let time = self.time();
        let summary = asked.reader(&time).summarize(&members, &bound.measures, &by);
        let n_shown = bound.n_shown;
        let having = bound.having.as_ref();
        let groups = asked.settle(summary)?.groups.into_iter();
        let groups =
            groups.filter(|group| having.is_none_or(|having| having.holds(&group.figures)));
        let rows = groups.map(|group| [&group.by, &group.figures[..n_shown]].concat()).collect();
        let totals = match summarize.totals {
            true => {
                let all = asked.reader(&time).summarize(&members, &bound.measures[..n_shown], &[]);
                asked.settle(all)?.groups.into_iter().next().map(|group| group.figures)
            }
            false => None,
        };
        let names = bound.by.iter().map(|(name, _)| name.clone());
        let shown = bound.measures.into_iter().take(n_shown).map(|measure| measure.name);
        let table = Table { columns: names.chain(shown).collect(), rows };
        Ok(match totals {
            None => Outcome::Table(table),
            Some(figures) => {
                let by = vec![Value::Null; table.columns.len() - n_shown];
                Outcome::Totalled(Totalled { table, totals: [by, figures].concat() })
            }
        })
    }

    /// `explain RULE`
    pub(crate) fn explain(&self, rule: &Expr) -> Result<Outcome, Error> {
        Ok(Outcome::Explained(self.explanation(rule)?))
    }

    /// `explain analyze RULE`
    pub(crate) fn analyze(&self, rule: &Expr) -> Result<Outcome, Error> {
        Ok(Outcome::Explained(self.analysis(rule)?))
    }

    /// `show schema`, `show settings`
    pub(crate) fn show(&self, showing: Showing) -> Result<Outcome, Error> {
        Ok(Outcome::Table(match showing {
            Showing::Schema => self.schema()?,
            Showing::Settings => self.settings()?,
        }))
    }

    /// `export …`
    pub(crate) fn export(&self, export: &ast::Export) -> Result<Outcome, Error> {
        self.check_defined()?;
        let shown = export.columns.iter().map(|column| &column.value);
        let exprs: Vec<&Expr> = shown.collect();
        let asked = self.asking_members(&exprs, export.rule.as_ref())?;
        let bound = bind::export(export, &asked.scope())?;
        let members = asked.member_set(&bound.predicate.unwrap_or(Predicate::Constant(true)))?;
        let rows = asked.write_file(Path::new(&export.path.text), &members, &bound.projections)?;
        Ok(Outcome::Written(Written { rows, ..Written::default() }))
    }

    /// Up to `limit` values of a text or set attribute that begin with `prefix`, sorted.
    pub(crate) fn values_with_prefix(
        &self,
        attribute: &str,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        let Some(attribute) = self.view.catalog.find(attribute) else { return Ok(Vec::new()) };
        self.load(&[attribute.id])?;
        let column = self.view.snapshot.column(attribute.id)?;
        let Some(dictionary) = column.dictionary() else { return Ok(Vec::new()) };
        let codes = dictionary.search(&TextTest::StartsWith(prefix.to_owned()));
        let codes = codes.as_slice().iter().flat_map(|range| range.low..=range.high);
        let texts = codes.take(limit).map(|code| dictionary.text(code as u32).to_owned());
        let mut texts: Vec<String> = texts.collect();
        texts.sort_unstable();
        Ok(texts)
    }

    /// The rows of members in an order.
    fn ordered(
        &self,
        members: &MemberSet,
        order: &[OrderKey],
        limit: Option<u64>,
        offset: u64,
    ) -> Result<Vec<RowId>, Error> {
        let mut read = Vec::new();
        order.iter().for_each(|key| key.source.attributes(&mut read));
        self.load_keys()?;
        self.load(&read)?;
        let time = self.time();
        self.settle(self.reader(&time).order(members, order, limit, offset))
    }

    /// The values of rows, one column a projection.
    fn table(&self, rows: &[RowId], projections: &[Projection]) -> Result<Table, Error> {
        let columns = projections.iter().map(|p| p.name.clone()).collect();
        Ok(Table { columns, rows: self.values(rows, projections)? })
    }

    /// The values of rows, row by row.
    pub(crate) fn values(
        &self,
        rows: &[RowId],
        shown: &[Projection],
    ) -> Result<Vec<Vec<Value>>, Error> {
        let mut columns: Vec<_> =
            self.columns(rows, shown)?.into_iter().map(Vec::into_iter).collect();
        let row = |_| columns.iter_mut().filter_map(Iterator::next).collect();
        Ok((0..rows.len()).map(row).collect())
    }

    /// The values of rows, column by column.
    fn columns(&self, rows: &[RowId], shown: &[Projection]) -> Result<Vec<Vec<Value>>, Error> {
        let mut read = Vec::new();
        shown.iter().for_each(|projection| projection.source.attributes(&mut read));
        if shown.iter().any(|projection| projection.source == Source::Key) {
            self.load_keys()?;
        }
        self.load(&read)?;
        let sources: Vec<Source> = shown.iter().map(|p| p.source.clone()).collect();
        let time = self.time();
        self.settle(self.reader(&time).values(rows, &sources))
    }

    /// Writes members to a file; how many.
    pub(crate) fn write_file(
        &self,
        path: &Path,
        members: &MemberSet,
        shown: &[Projection],
    ) -> Result<u64, Error> {
        let columns: Vec<ExportColumn> = shown.iter().map(|p| self.export_column(p)).collect();
        let report = |progress| self.session.report(progress);
        let zone = &self.view.settings.zone;
        let context = Context { executor: &self.executor, zone, progress: &report };
        let mut after = None;
        let mut batches = || -> Result<Option<Vec<Vec<Value>>>, Error> {
            let rows = members.page(after, EXPORT_ROWS);
            let Some(last) = rows.last() else { return Ok(None) };
            after = Some(*last);
            self.columns(&rows, shown).map(Some)
        };
        Ok(transfer::export::<Error>(path, &columns, &context, &mut batches)?.n_rows)
    }

    /// Writes the events of a table to a file, in the order in which they lie: the customer's key,
    /// then the properties.
    pub(crate) fn write_events(&self, path: &Path, table: &EventTable) -> Result<u64, Error> {
        let key = self.view.catalog.key().map_or(Type::Int, |key| key.ty.as_type());
        let link = ExportColumn { name: CUSTOMER.to_owned(), ty: key };
        let properties = table.properties().attributes();
        let column = |a: &Attribute| ExportColumn { name: a.name.clone(), ty: a.ty };
        let columns: Vec<ExportColumn> =
            [link].into_iter().chain(properties.iter().map(column)).collect();
        let sources: Vec<Source> = properties.iter().map(|a| Source::Attribute(a.id)).collect();
        let events = self.view.snapshot.events(table.id())?;
        let read: Vec<AttributeId> = table.columns().map(|(id, _)| id).collect();
        events.snapshot.load(&read, &self.executor, &self.budget)?;
        let keys = self.view.snapshot.load_keys(&self.executor)?;
        let links = events.links(&self.executor)?;
        let (size, time) = (events.snapshot.size(), self.time());
        let reader = Reader::new(&events.snapshot, &time, &self.executor, &self.budget);
        let key = |row: &RowId| {
            let link = links[size.chunk_of(*row)].get(size.position_of(*row));
            link.map_or(Value::Null, |link| keys.key(RowId(link as u32)).to_value())
        };
        let members = self.all_events(table.id())?;
        let report = |progress| self.session.report(progress);
        let zone = &self.view.settings.zone;
        let context = Context { executor: &self.executor, zone, progress: &report };
        let mut after = None;
        let mut batches = || -> Result<Option<Vec<Vec<Value>>>, Error> {
            let rows = members.page(after, EXPORT_ROWS);
            let Some(last) = rows.last() else { return Ok(None) };
            after = Some(*last);
            let mut columns = vec![rows.iter().map(key).collect::<Vec<Value>>()];
            columns.extend(self.settle(reader.values(&rows, &sources))?);
            Ok(Some(columns))
        };
        Ok(transfer::export::<Error>(path, &columns, &context, &mut batches)?.n_rows)
    }

    fn export_column(&self, shown: &Projection) -> ExportColumn {
        let ty = match &shown.source {
            Source::Key => self.view.catalog.key().map_or(Type::Int, |key| key.ty.as_type()),
            Source::Attribute(id) => self.view.catalog.by_id(*id).map_or(Type::Text, |a| a.ty),
            Source::Scalar(scalar) => column_type(scalar.ty),
        };
        ExportColumn { name: shown.name.clone(), ty }
    }

    fn projections_of(&self, attributes: &[AttributeId]) -> impl Iterator<Item = Projection> {
        let name = |id| self.view.catalog.by_id(id).map(|attribute| attribute.name.clone());
        attributes.iter().filter_map(move |id| {
            Some(Projection { name: name(*id)?, source: Source::Attribute(*id) })
        })
    }

    /// A row for the key and for every attribute: name, type, customers with a value, and, where
    /// there are derived ones, what each is computed as.
    fn schema(&self) -> Result<Table, Error> {
        let View { catalog, snapshot, .. } = &*self.view;
        let no_definition = || Value::Null;
        let total = i64::from(snapshot.n_customers());
        let mut rows = Vec::new();
        if let Some(key) = catalog.key() {
            let ty = format!("{} key", key.ty.as_type());
            rows.push(vec![key.name.as_str().into(), ty.into(), total.into(), no_definition()]);
        }
        for attribute in catalog.attributes() {
            self.load(&[attribute.id])?;
            let known = Statistics::known(&**snapshot, attribute.id) as i64;
            let ty = attribute.ty.to_string();
            let definition = attribute.definition.as_ref();
            let definition = definition.map_or_else(no_definition, |d| d.text().into());
            rows.push(vec![attribute.name.as_str().into(), ty.into(), known.into(), definition]);
        }
        for table in catalog.tables() {
            let events = &snapshot.events(table.id())?.snapshot;
            let n_events = i64::from(events.n_customers());
            let name = table.name().into();
            rows.push(vec![name, "events".into(), n_events.into(), no_definition()]);
            for property in table.properties().attributes() {
                events.load(&[property.id], &self.executor, &self.budget)?;
                let known = Statistics::known(&**events, property.id) as i64;
                let (name, ty) = (format!("{}.{}", table.name(), property.name), property.ty);
                let ty = ty.to_string();
                rows.push(vec![name.into(), ty.into(), known.into(), no_definition()]);
            }
        }
        let mut columns = ["name", "type", "known", "definition"].map(str::to_owned).to_vec();
        if catalog.derived().next().is_none() {
            columns.truncate(3);
            rows.iter_mut().for_each(|row| row.truncate(3));
        }
        Ok(Table { columns, rows })
    }

    /// A row a setting: its name and its value.
    fn settings(&self) -> Result<Table, Error> {
        let View { snapshot, settings, .. } = &*self.view;
        let pool = &self.session.pool;
        let clock = match (self.session.now, settings.fixed_now) {
            (Some(_), _) => "fixed for this session",
            (None, Some(_)) => "fixed by `set now`",
            (None, None) => "system",
        };
        let disk = if pool.store.is_kept() { pool.store.size_on_disk()? as i64 } else { 0 };
        let (log_commits, log_bytes) = pool.pending().log();
        let rows: [(&str, Value); 15] = [
            ("now", settings.zone.format(self.now).into()),
            ("clock", clock.into()),
            ("timezone", settings.zone.name().into()),
            ("commit", (snapshot.commit() as i64).into()),
            ("customers", i64::from(snapshot.n_customers()).into()),
            ("threads", (self.executor.n_threads() as i64).into()),
            ("memory_budget", (pool.memory.limit() as i64).into()),
            ("memory_columns", pool.memory.held_for(Usage::Columns)?.into()),
            ("memory_keys", pool.memory.held_for(Usage::Keys)?.into()),
            ("memory_caches", pool.memory.held_for(Usage::Caches)?.into()),
            ("memory_statements", pool.memory.held_for(Usage::Statements)?.into()),
            ("log_commits", (log_commits as i64).into()),
            ("log_bytes", (log_bytes as i64).into()),
            ("backend", pool.store.backend_name().into()),
            ("disk", disk.into()),
        ];
        let rows = rows.into_iter().map(|(name, value)| vec![name.into(), value]).collect();
        Ok(Table { columns: ["setting", "value"].map(str::to_owned).to_vec(), rows })
    }

    pub(crate) fn key_projection(&self) -> Projection {
        let name = self.view.catalog.key().map_or("key", |key| &key.name).to_owned();
        Projection { name, source: Source::Key }
    }
}

/// The type of a file's column that holds a calculated value.
fn column_type(ty: ScalarType) -> Type {
    match ty {
        ScalarType::Exact { scale: 0 } => Type::Int,
        ScalarType::Exact { scale } | ScalarType::Money { scale, .. } => Type::Decimal { scale },
        ScalarType::Float => Type::Float,
        ScalarType::Bool => Type::Bool,
        ScalarType::Date => Type::Date,
        ScalarType::Timestamp => Type::Timestamp,
    }
}
